package policy

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// The versions of the policy language. Variables came with the second; a
// document without Version is of the first.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
const (
	version2008 = "2008-10-17"
	version2012 = "2012-10-17"
)

// Parse reads a policy document. The name is the label that people read, such
// as "policy mail of role app". What AWS accepts nowhere is a *SyntaxError; so
// is not a principal that cannot exist, which merely matches nobody.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func Parse(name string, src []byte) (*Document, error) {
	text := string(src)
	p := parser{
		scanner: scanner{name: name, src: text},
		doc:     &Document{Name: name, source: text},
	}
	if err := p.document(); err != nil {
		return nil, err
	}
	return p.doc, nil
}

// parser reads one document.
type parser struct {
	scanner
	doc   *Document
	lines lines
}

// document reads the whole source.
func (p *parser) document() error {
	if !utf8.ValidString(p.src) {
		return p.errorf(0, "the document is not UTF-8")
	}
	statements := false
	err := p.object(func(element string, at int) (err error) {
		switch element {
		case "Version":
			return p.version()
		case "Id":
			p.doc.ID, err = p.text()
			return err
		case "Statement":
			statements = true
			return p.oneOrMany(p.statement)
		}
		return p.unknown(element, at, "document", []string{"Version", "Id", "Statement"})
	})
	if err != nil {
		return err
	}
	if err := p.end(); err != nil {
		return err
	}
	if !statements || len(p.doc.Statements) == 0 {
		return p.errorf(0, "the document has no Statement")
	}
	p.compile()
	return nil
}

// version reads the Version element.
func (p *parser) version() (err error) {
	at := p.pos
	if p.doc.Version, err = p.text(); err != nil {
		return err
	}
	if p.doc.Version != version2008 && p.doc.Version != version2012 {
		return p.errorf(at, "Version %q is neither %s nor %s", p.doc.Version, version2012, version2008)
	}
	return nil
}

// unknown refuses an element, and names the one that was meant if only the
// letter case differs: element names are case sensitive.
func (p *parser) unknown(element string, at int, of string, known []string) error {
	i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, element) })
	if i >= 0 {
		return p.errorf(at, "element %q is written %q", element, known[i])
	}
	return p.errorf(at, "a %s has no element %q", of, element)
}

// statement reads one statement.
func (p *parser) statement() error {
	at := p.pos
	st := &Statement{Index: len(p.doc.Statements)}
	st.Line, st.Column = p.lines.place(p.src, at)
	effect := false
	err := p.object(func(element string, at int) error {
		effect = effect || element == "Effect"
		return p.element(st, element, at)
	})
	if err != nil {
		return err
	}
	if !effect {
		return p.errorf(at, "the statement has no Effect")
	}
	if msg := st.incomplete(); msg != "" {
		return p.errorf(at, "%s", msg)
	}
	st.source = p.src[at:p.pos]
	p.doc.Statements = append(p.doc.Statements, st)
	return nil
}

// statementElements are the names that a statement may use.
var statementElements = []string{"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction",
	"Resource", "NotResource", "Condition"}

// element reads one element of a statement.
func (p *parser) element(st *Statement, name string, at int) (err error) {
	switch name {
	case "Sid":
		st.Sid, err = p.text()
	case "Effect":
		st.Effect, err = p.effect()
	case "Principal":
		st.Principals, err = p.principals(name)
	case "NotPrincipal":
		st.NotPrincipals, err = p.principals(name)
	case "Action":
		st.Actions, err = p.actions()
	case "NotAction":
		st.NotActions, err = p.actions()
	case "Resource":
		st.Resources, err = p.resources()
	case "NotResource":
		st.NotResources, err = p.resources()
	case "Condition":
		st.Conditions, err = p.conditions()
	default:
		err = p.unknown(name, at, "statement", statementElements)
	}
	return err
}

// incomplete says which element a statement lacks, or which two exclude each
// other.
func (s *Statement) incomplete() string {
	switch {
	case s.Principals != nil && s.NotPrincipals != nil:
		return "the statement has both Principal and NotPrincipal"
	case s.Actions != nil && s.NotActions != nil:
		return "the statement has both Action and NotAction"
	case s.Actions == nil && s.NotActions == nil:
		return "the statement has neither Action nor NotAction"
	case s.Resources != nil && s.NotResources != nil:
		return "the statement has both Resource and NotResource"
	case s.Resources == nil && s.NotResources == nil:
		return "the statement has neither Resource nor NotResource"
	}
	return ""
}

// effect reads the Effect element; its value is case sensitive.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_effect.html
func (p *parser) effect() (Effect, error) {
	at := p.pos
	word, err := p.text()
	if err != nil {
		return 0, err
	}
	switch word {
	case "Allow":
		return EffectAllow, nil
	case "Deny":
		return EffectDeny, nil
	}
	return 0, p.errorf(at, `Effect %q is neither "Allow" nor "Deny"`, word)
}

// strings reads a string or an array of strings, never nil, and has each one
// checked.
func (p *parser) strings(check func(text string) string) ([]string, error) {
	list := []string{}
	err := p.oneOrMany(func() error {
		at := p.pos
		text, err := p.text()
		if err != nil {
			return err
		}
		if msg := check(text); msg != "" {
			return p.errorf(at, "%s", msg)
		}
		list = append(list, text)
		return nil
	})
	return list, err
}

// actions reads Action or NotAction. IAM's own words for the refusal:
// "Actions/Conditions must be prefixed by a vendor".
func (p *parser) actions() ([]string, error) {
	return p.strings(func(action string) string {
		if !everything(action) && !strings.Contains(action, ":") {
			return quote("action %s has no service prefix such as ses:", action)
		}
		return ""
	})
}

// resources reads Resource or NotResource. IAM's own words for the refusal:
// `Resource must be in ARN format or "*"`.
func (p *parser) resources() ([]string, error) {
	return p.strings(func(resource string) string {
		if !everything(resource) && !strings.HasPrefix(resource, "arn:") {
			return quote(`resource %s is neither an ARN nor "*"`, resource)
		}
		return ""
	})
}
