package policy

import (
	"slices"
	"strings"
)

// grant is how a Principal element meets the caller: whether it names it, and
// which limits an Allow to that name goes past within one account, where those
// do not allow. An explicit Deny in them still counts.
//
//	named                         identity  boundary  session
//	user                          past      past      -
//	user behind a federated user  past      limits    limits
//	role                          past      limits    limits
//	session, federated user, "*"  past      past      past
//	account                       limits    limits    limits
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
type grant struct {
	named Truth
	past  [layers]Truth
}

// noGrant names nobody. (The zero Truth is Maybe.)
func noGrant() grant {
	return grant{named: No, past: [layers]Truth{No, No, No, No, No, No, No}}
}

// add is what two names grant together.
func (g *grant) add(named Truth, past LayerSet) {
	g.named = g.named.or(named)
	for l := range layers {
		if past.Has(l) {
			g.past[l] = g.past[l].or(named)
		}
	}
}

// doubtful reports whether the grant is not certain, or what it goes past.
func (g grant) doubtful() bool { return g.named == Maybe || slices.Contains(g.past[:], Maybe) }

// What a grant may go past.
const (
	pastIdentity LayerSet = 1 << Identity
	pastBoundary LayerSet = pastIdentity | 1<<Boundary
	pastSession  LayerSet = pastBoundary | 1<<Session
)

// names compares the caller with the entries of a Principal element.
func (c *caller) names(list []NamedPrincipal) grant {
	g := noGrant()
	for i := range list {
		g.add(c.named(&list[i]))
	}
	return g
}

// named compares the caller with one entry. A wildcard within a name is none:
// "You cannot use a wildcard to match part of a principal name or ARN."
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (c *caller) named(p *NamedPrincipal) (Truth, LayerSet) {
	switch {
	case p.Type == "*", p.Type == "AWS" && p.Value == "*":
		return Yes, pastSession
	case c.kind == stranger:
		return Maybe, pastSession
	case p.Type == "Service":
		return truth(c.kind == service && c.arn == p.Value), pastSession
	case c.kind == service:
		return No, 0
	case p.Type == "CanonicalUser":
		return Maybe, 0 // an account by another name, which only Amazon S3 takes
	case p.Type == "Federated":
		// A session that a provider's token began; what such a grant goes past is
		// not documented.
		return truth(c.federated).and(Maybe), pastSession
	}
	return c.namedAWS(p.Value)
}

func (c *caller) namedAWS(value string) (Truth, LayerSet) {
	switch {
	case c.isAccount(value):
		return Yes, 0
	case value == c.arn && c.kind == user:
		return Yes, pastBoundary
	case value == c.arn:
		return Yes, pastSession
	case c.kind == session:
		return c.isRole(value), pastIdentity
	case c.kind == federated && strings.HasPrefix(c.entity(value), "user/"):
		// The user who asked for the session, perhaps; the ARN does not tell.
		return Maybe, pastIdentity
	}
	return No, 0
}

// isAccount reports whether value names the caller's account: its ID, or the
// ARN of its root, which stands for all of it.
func (c *caller) isAccount(value string) bool {
	return value == c.account || c.entity(value) == "root"
}

// entity is what follows the account in the ARN of an IAM entity of the caller's
// account, such as "user/jane"; "" for another account.
func (c *caller) entity(arn string) string {
	for _, part := range [...]string{"arn:", c.partition, ":iam::", c.account, ":"} {
		rest, ok := strings.CutPrefix(arn, part)
		if !ok {
			return ""
		}
		arn = rest
	}
	return arn
}

// isRole reports whether value is the ARN of the role behind the session. Names
// of roles are unique in an account whatever their path, so that another path
// with the same name may be right if the path is not known.
func (c *caller) isRole(value string) Truth {
	if c.roleARN != "" {
		return truth(value == c.roleARN)
	}
	path, ok := c.rolePath(value)
	switch {
	case !ok:
		return No
	case path == "" && !c.anyPath:
		return Yes
	}
	return Maybe
}

// rolePath is the path of the role that an ARN names, without the leading
// slash; false if that is not a role of the caller's name and account.
func (c *caller) rolePath(arn string) (string, bool) {
	role, ok := strings.CutPrefix(c.entity(arn), "role/")
	path, named := strings.CutSuffix(role, c.role)
	return path, ok && named && (path == "" || strings.HasSuffix(path, "/"))
}

// spared reports whether a NotPrincipal element leaves the caller out. "When you
// use NotPrincipal, you must also specify the account ARN of the not-denied
// principal. Otherwise, the policy might deny access to the entire account";
// for a session, the role and the account.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
func (c *caller) spared(list []NamedPrincipal) Truth {
	account, itself, roleOnly := No, No, No
	for i := range list {
		named, past := c.named(&list[i])
		switch {
		case list[i].Type == "*" || list[i].Value == "*":
			return Yes
		case past == 0:
			account = account.or(named)
		case past == pastIdentity:
			roleOnly = roleOnly.or(named)
		default:
			itself = itself.or(named)
		}
	}
	switch c.kind {
	case root:
		return account
	case service:
		return itself
	case session:
		return listed(account, roleOnly.or(itself.and(Maybe)))
	}
	return listed(account, itself)
}

// listed is Yes if the account and the principal itself are named, No if the
// principal is not, and Maybe if the account is missing.
func listed(account, itself Truth) Truth {
	if itself == Yes && account != Yes {
		return Maybe
	}
	return itself
}
