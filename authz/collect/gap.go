package collect

import (
	"errors"
	"fmt"
	"slices"

	"github.com/aws/smithy-go"

	"sesgate/authz/facts"
)

// errMalformed says that an answer lacks what AWS always sends: it came from
// something else on the way, and nothing in it is believed.
var errMalformed = errors.New("the answer is not one of AWS: required fields are missing")

// errOthers says that no call tells what another account lets be done.
var errOthers = errors.New("only the account that owns the identity can read it")

// asker is who asks AWS: the sender, or in its place a role, by its ARN.
type asker struct{ role string }

// gap says that err kept what from being read by call, an IAM action, on
// resource. Where AWS refused the call, the permission that it asks for is named,
// and who needs it; where the role to ask with may not be assumed, that one.
func (a asker) gap(what, call, resource string, err error) *facts.Gap {
	g := &facts.Gap{What: what, Call: call, Err: err}
	if !refused(err) {
		return g
	}
	if role, ok := errors.AsType[*assumeError](err); ok {
		g.Permission = fmt.Sprintf("sts:AssumeRole on %s, and the sender in its trust policy", role.role)
		return g
	}
	g.Permission, g.Principal = fmt.Sprintf("%s on %s", call, resource), a.role
	return g
}

// refused reports whether AWS answered that the caller may not make the call.
// Credentials that AWS does not take are another matter: no permission helps.
func refused(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && slices.Contains(refusals, api.ErrorCode())
}

// refusals are the codes of IAM, of the JSON services, and of both in old answers.
var refusals = []string{"AccessDenied", "AccessDeniedException", "NotAuthorized", "UnauthorizedOperation"}
