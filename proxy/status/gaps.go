package status

import (
	"errors"
	"regexp"
	"slices"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
)

// longestCause bounds what is said of an error, in octets.
const longestCause = 300

// gap is something that is not known, as people and programs are told of it.
type gap struct {
	What       string `json:"what"`
	Call       string `json:"call,omitempty"`
	Permission string `json:"permission,omitempty"` // would settle it
	Cause      string `json:"cause,omitempty"`      // what AWS or the network answered
}

// gaps is what is not known. Other than in a finding it is not known which
// addresses turn up there; what looks like one is masked.
func (b *Board) gaps() []gap { return b.shown(b.info().Gaps) }

func (b *Board) shown(gaps []facts.Gap) []gap {
	var list []gap
	for _, g := range gaps {
		shown := gap{What: b.masked(g.What), Call: g.Call, Cause: b.masked(cause(g.Err))}
		if refused(g.Err) {
			shown.Permission = b.masked(g.Needs())
		}
		list = append(list, shown)
	}
	return list
}

// refused reports whether AWS answered that the caller may not ask: a network that
// is down is not cured by a permission.
func refused(err error) bool {
	answer, ok := errors.AsType[interface {
		error
		ErrorCode() string
	}](err)
	return ok && slices.Contains(refusals, answer.ErrorCode())
}

// refusals are the codes by which IAM, STS and the JSON services refuse a call.
var refusals = []string{"AccessDenied", "AccessDeniedException", "NotAuthorized", "UnauthorizedOperation"}

func cause(err error) string {
	if err == nil {
		return ""
	}
	return diagnosis.Clean(err.Error(), longestCause)
}

// addressed matches what looks like an address, also at the end of an ARN.
var addressed = regexp.MustCompile(`[^\s<>()"',:;/@]+@[^\s<>()"',:;/@]+`)

func (b *Board) masked(s string) string {
	if b.Mask == nil {
		return s
	}
	return addressed.ReplaceAllStringFunc(s, b.Mask)
}

// unknown is the gaps of the overview, by what helps against them.
type unknown struct {
	Grantable []gap // a permission
	Unread    []gap // something else, or nothing
}

// newUnknown returns nil if everything is known.
func newUnknown(gaps []gap) *unknown {
	if len(gaps) == 0 {
		return nil
	}
	u := new(unknown)
	for _, g := range gaps {
		if g.Permission != "" {
			u.Grantable = append(u.Grantable, g)
		} else {
			u.Unread = append(u.Unread, g)
		}
	}
	return u
}
