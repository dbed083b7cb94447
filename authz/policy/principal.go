package policy

import (
	"fmt"
	"strings"
)

// Principal is who calls. The zero value is nobody known: only policies for
// everyone certainly mean it.
type Principal struct {
	ARN     string // as the call carries it: user, assumed-role session, root, federated user; or a service's name
	Role    string // ARN with path of the role behind a session; "" takes it to have no path
	Account string // 12 digits; "" for a service
}

// ParsePrincipal takes apart the ARN that sts:GetCallerIdentity returns, or the
// name of a service such as cognito-idp.amazonaws.com.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
func ParsePrincipal(arn string) (Principal, error) {
	p := Principal{ARN: arn}
	c := p.caller()
	if c.kind == stranger {
		return Principal{}, fmt.Errorf("principal %q is not the ARN of a user, session, root or federated user, nor a service", arn)
	}
	p.Account = c.account
	return p, nil
}

// Root reports whether the caller is the root user of its account.
func (p Principal) Root() bool { return p.caller().kind == root }

// Federated reports whether the caller is a federated user, as
// sts:GetFederationToken makes them.
func (p Principal) Federated() bool { return p.caller().kind == federated }

// Service reports whether the caller is an AWS service.
func (p Principal) Service() bool { return p.caller().kind == service }

// ServiceLinked reports whether the caller is a session of a service-linked
// role, which SCPs and RCPs do not restrict. Maybe, if only the role's name
// says so and its path is not known.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html#not-restricted-by-scp
func (p Principal) ServiceLinked() Truth {
	c := p.caller()
	return c.serviceLinked()
}

// caller is a principal taken apart.
type caller struct {
	kind      callerKind
	arn       string
	partition string
	account   string
	role      string // name of the role behind a session
	roleARN   string // with path; "" if only the name is known
	anyPath   bool   // the role may have a path
	federated bool   // an identity provider may be behind the session
}

type callerKind uint8

const (
	stranger callerKind = iota // anything else
	user
	session
	federated
	root
	service
)

func (p Principal) caller() caller {
	c := caller{arn: p.ARN, roleARN: p.Role}
	prefix, rest, isARN := strings.Cut(p.ARN, ":")
	if !isARN {
		if isServiceName(p.ARN) {
			c.kind = service
		}
		return c
	}
	partition, rest, _ := strings.Cut(rest, ":")
	api, rest, _ := strings.Cut(rest, ":")
	region, rest, _ := strings.Cut(rest, ":")
	account, resource, _ := strings.Cut(rest, ":")
	if prefix != "arn" || region != "" || !isAccount(account) {
		return c
	}
	c.partition, c.account = partition, account
	kind, name, _ := strings.Cut(resource, "/")
	switch {
	case api == "iam" && resource == "root":
		c.kind = root
	case api == "iam" && kind == "user" && name != "":
		c.kind = user
	case api == "sts" && kind == "federated-user" && name != "":
		c.kind = federated
	case api == "sts" && kind == "assumed-role":
		if role, id, ok := strings.Cut(name, "/"); ok && role != "" && id != "" {
			c.kind, c.role = session, role
		}
	}
	return c
}

// learn takes from the context what a session's ARN does not tell: the path of
// its role, and whether an identity provider is behind it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
func (c *caller) learn(ctx *Context) {
	if c.kind != session {
		return
	}
	c.federated = ctx.State("aws:federatedprovider") != KeyAbsent
	if c.roleARN != "" {
		return
	}
	e, state := ctx.lookup("aws:principalarn")
	c.anyPath = state == KeyUnknown
	if state != KeyPresent || e.multi {
		return
	}
	if _, ok := c.rolePath(e.values[0]); ok {
		c.roleARN = e.values[0]
	}
}

func (c *caller) serviceLinked() Truth {
	switch {
	case c.kind != session:
		return No
	case c.roleARN != "":
		return truth(strings.Contains(c.roleARN, ":role/aws-service-role/"))
	case strings.HasPrefix(c.role, "AWSServiceRoleFor"):
		return Maybe
	}
	return No
}

// isServiceName reports whether text is a name such as cognito-idp.amazonaws.com.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
func isServiceName(text string) bool {
	return strings.Contains(strings.Trim(text, "."), ".") &&
		strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}

// isAccount reports whether text is an account ID.
func isAccount(text string) bool { return len(text) == 12 && isDigits(text) }
