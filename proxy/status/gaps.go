package status

import (
	"errors"
	"slices"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
)

// longestCause bounds what the page says of an error, in octets.
const longestCause = 300

// unknown is what is not known: what a permission would show, and the rest.
type unknown struct {
	Grantable []facts.Gap
	Unread    []unread
}

type unread struct{ What, Call, Cause string }

// newUnknown sorts gaps by what helps against them. It returns nil if there are none.
func newUnknown(gaps []facts.Gap) *unknown {
	if len(gaps) == 0 {
		return nil
	}
	u := new(unknown)
	for _, gap := range gaps {
		if gap.Permission != "" && refused(gap.Err) {
			u.Grantable = append(u.Grantable, gap)
			continue
		}
		u.Unread = append(u.Unread, unread{What: gap.What, Call: gap.Call, Cause: cause(gap.Err)})
	}
	return u
}

// refused reports whether AWS answered that the caller may not ask: a network that
// is down is not cured by a permission.
func refused(err error) bool {
	answer, ok := errors.AsType[interface {
		error
		ErrorCode() string
	}](err)
	return ok && slices.Contains(denials, answer.ErrorCode())
}

// denials are the codes by which IAM, STS and the JSON services refuse a call.
var denials = []string{"AccessDenied", "AccessDeniedException", "NotAuthorized", "UnauthorizedOperation"}

func cause(err error) string {
	if err == nil {
		return ""
	}
	return diagnosis.Clean(err.Error(), longestCause)
}
