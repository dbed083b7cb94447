package facts

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// Error says what is not known, which call was to tell, what it answered and
// which permission would help.
func (g *Gap) Error() string {
	var b strings.Builder
	b.WriteString(g.What + " not known")
	if g.Call != "" {
		b.WriteString(": " + g.Call)
	}
	if g.Err != nil {
		b.WriteString(": " + g.Err.Error())
	}
	if g.Permission != "" {
		b.WriteString(" (allow " + g.Needs() + ")")
	}
	return b.String()
}

// Needs is the permission that would fill the gap, and who needs it where that is
// not the sender: "iam:GetRole on ARN, for role checker"; "" if none would help.
func (g *Gap) Needs() string {
	if g.Permission == "" || g.Principal == "" {
		return g.Permission
	}
	who := g.Principal[strings.LastIndexByte(g.Principal, ':')+1:]
	return g.Permission + ", for " + strings.Replace(who, "/", " ", 1)
}

// Unwrap returns what AWS or the network answered.
func (g *Gap) Unwrap() error { return g.Err }

// refused reports whether err is a gap that a permission would fill: it stays
// until people act.
func refused(err error) bool {
	gap, ok := errors.AsType[*Gap](err)
	return ok && gap.Permission != ""
}

// declined reports whether a call was refused or answered that it cannot be made:
// another may do better. A call that is late, throttled or failed is not declined.
func declined(err error) bool {
	if refused(err) {
		return true
	}
	if _, missing := errors.AsType[absent](err); missing {
		return true
	}
	if code, ok := errors.AsType[interface {
		error
		ErrorCode() string
	}](err); ok && code.ErrorCode() == "UnknownOperationException" {
		return true
	}
	answer, ok := errors.AsType[interface {
		error
		HTTPStatusCode() int
	}](err)
	return ok && slices.Contains([]int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented}, answer.HTTPStatusCode())
}

// errDisagree says that two answers of AWS do not go together.
var errDisagree = errors.New("ses:ListEmailIdentities has it, ses:GetEmailIdentity has not")
