package policy

import (
	"slices"
	"strings"
)

// ParseFor is Parse for a document that is attached at the given layer: it also
// refuses what AWS refuses there, such as a Principal in an identity policy.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html#policies-grammar-notes
func ParseFor(layer Layer, name string, src []byte) (*Document, error) {
	d, err := Parse(name, src)
	if err != nil {
		return nil, err
	}
	for i, st := range d.Statements {
		if msg := st.misfit(layer, d.Statements[:i]); msg != "" {
			return nil, &SyntaxError{Name: name, Line: st.Line, Column: st.Column, Msg: msg}
		}
	}
	return d, nil
}

// misfit says why AWS refuses the statement at the layer, "" if it does not.
func (s *Statement) misfit(layer Layer, before []*Statement) string {
	hasPrincipal := s.Principals != nil || s.NotPrincipals != nil
	switch {
	case layer.withoutPrincipal() && hasPrincipal:
		return "a policy of this kind has no Principal: it means whom it is attached to"
	case !layer.withoutPrincipal() && !hasPrincipal:
		return "the statement has no Principal"
	case !layer.inIAM():
		return ""
	case !isAlphanumeric(s.Sid):
		return quote("Sid %s has other characters than A-Z, a-z and 0-9", s.Sid)
	case s.Sid != "" && slices.ContainsFunc(before, func(b *Statement) bool { return b.Sid == s.Sid }):
		return quote("Sid %s occurs twice", s.Sid)
	}
	return ""
}

// inIAM reports whether IAM itself holds policies of the layer, with its rules
// for Sids; other services have their own.
func (l Layer) inIAM() bool { return l == Identity || l == Boundary || l == Session }

func isAlphanumeric(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) < 0
}
