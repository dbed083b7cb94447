package collect

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// errNotShown says that AWS has no call for it.
var errNotShown = errors.New("AWS does not show it")

// Principal reads the user or role behind the caller, its policies and its
// permissions boundary. What may not be read is a gap of its layer; the rest is
// kept.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func (c *Collector) Principal(ctx context.Context, caller facts.Caller) (facts.Principal, error) {
	parsed, err := arn.Parse(caller.ARN)
	if err != nil {
		return facts.Principal{}, &facts.Gap{What: "policies of " + caller.ARN, Err: err}
	}
	kind, rest, _ := strings.Cut(parsed.Resource, "/")
	switch {
	case parsed.Resource == "root":
		return facts.Principal{ARN: caller.ARN, Name: "root", Kind: "root"}, nil
	case kind == "assumed-role" && rest != "":
		name, _, _ := strings.Cut(rest, "/")
		return c.iam.role(ctx, caller, name), nil
	case kind == "user" && rest != "":
		return c.iam.user(ctx, caller, rest[strings.LastIndexByte(rest, '/')+1:]), nil
	case kind == "federated-user":
		return federated(rest), nil
	}
	return facts.Principal{}, &facts.Gap{What: "policies of " + caller.ARN, Err: fmt.Errorf("%q is neither user nor role", parsed.Resource)}
}

// federated is a session of sts:GetFederationToken. It has the policies of the
// user who asked for it, whom its ARN does not name, cut down by its own.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
func federated(name string) facts.Principal {
	p := facts.Principal{Name: name, Kind: "federated-user"}
	for _, layer := range []policy.Layer{policy.Identity, policy.Boundary} {
		p.Gaps = append(p.Gaps, facts.LayerGap{Layer: layer, Gap: &facts.Gap{
			What: "policies of the user behind federated user " + name, Err: errNotShown,
		}})
	}
	return p
}

// role reads the role of a session. The session's ARN lacks the role's path;
// GetRole has it. Until that answers, or where it is refused, the ARN in a gap's
// permission is written without path.
func (r *iamReader) role(ctx context.Context, caller facts.Caller, name string) facts.Principal {
	p := facts.Principal{Name: name, Kind: "role"}
	h := role{named{r, name, fmt.Sprintf("arn:%s:iam::%s:role/%s", caller.Partition, caller.Account, name)}}
	out, err := ask(ctx, r.slots, r.roles.GetRole, &iam.GetRoleInput{RoleName: &name})
	if err == nil && (out.Role == nil || aws.ToString(out.Role.Arn) == "") {
		err = errMalformed
	}
	if err != nil {
		return r.unread(ctx, p, h, err)
	}
	id, _, _ := strings.Cut(caller.UserID, ":")
	if other := aws.ToString(out.Role.RoleId); other != id {
		return r.recreated(p, h, other, id)
	}
	p.ARN, h.resource = *out.Role.Arn, *out.Role.Arn
	p.Tags, p.TagsRead = tags(out.Role.Tags), true
	return r.complete(ctx, p, h, out.Role.PermissionsBoundary)
}

func (r *iamReader) user(ctx context.Context, caller facts.Caller, name string) facts.Principal {
	p := facts.Principal{ARN: caller.ARN, Name: name, Kind: "user"}
	h := user{named{r, name, caller.ARN}}
	out, err := ask(ctx, r.slots, r.users.GetUser, &iam.GetUserInput{UserName: &name})
	if err == nil && out.User == nil {
		err = errMalformed
	}
	if err != nil {
		return r.unread(ctx, p, h, err)
	}
	if other := aws.ToString(out.User.UserId); other != caller.UserID {
		return r.recreated(p, h, other, caller.UserID)
	}
	p.Tags, p.TagsRead = tags(out.User.Tags), true
	return r.complete(ctx, p, h, out.User.PermissionsBoundary)
}

// unread goes on without what GetRole or GetUser would have told: the policies are
// listed by name.
func (r *iamReader) unread(ctx context.Context, p facts.Principal, h holder, err error) facts.Principal {
	p.Gaps = []facts.LayerGap{{Layer: policy.Boundary, Gap: r.gap("permissions boundary of "+h.label(), "iam:Get"+h.kind(), h.arn(), err)}}
	return r.complete(ctx, p, h, nil)
}

// recreated is a principal whose name now stands for another: it was deleted and
// made again after the credentials were given out. Its policies are not theirs.
func (r *iamReader) recreated(p facts.Principal, h holder, id, want string) facts.Principal {
	err := fmt.Errorf("%s has id %s, the credentials are of %s: it was deleted and made again; get new credentials", h.label(), id, want)
	for _, layer := range []policy.Layer{policy.Identity, policy.Boundary} {
		p.Gaps = append(p.Gaps, facts.LayerGap{Layer: layer, Gap: r.gap("policies of "+h.label(), "iam:Get"+h.kind(), h.arn(), err)})
	}
	return p
}

// complete adds the policies of h and of its groups, and the boundary.
func (r *iamReader) complete(ctx context.Context, p facts.Principal, h holder, boundary *types.AttachedPermissionsBoundary) facts.Principal {
	reads := []func() findings{
		func() findings { return r.held(ctx, h) },
		func() findings { return r.inherited(ctx, h) },
		func() findings {
			var f findings
			p.Boundary, f = r.boundary(ctx, h, boundary)
			return f
		},
	}
	f := together(reads, func(read func() findings) findings { return read() })
	p.Policies, p.Gaps = f.policies, append(p.Gaps, f.gaps...)
	return p
}

// inherited reads the policies of a user's groups.
func (r *iamReader) inherited(ctx context.Context, h holder) findings {
	u, ok := h.(user)
	if !ok {
		return findings{}
	}
	groups, err := u.memberships(ctx)
	f := together(groups, func(g group) findings { return r.held(ctx, g) })
	if err != nil {
		f.lack(policy.Identity, r.gap("groups of "+u.label(), "iam:ListGroupsForUser", u.arn(), err))
	}
	return f
}

func (r *iamReader) boundary(ctx context.Context, h holder, b *types.AttachedPermissionsBoundary) (*facts.Policy, findings) {
	var f findings
	if b == nil || aws.ToString(b.PermissionsBoundaryArn) == "" {
		return nil, f
	}
	read, missing := r.managed(ctx, "permissions boundary of "+h.label(), *b.PermissionsBoundaryArn)
	if missing != nil {
		f.lack(policy.Boundary, missing)
		return nil, f
	}
	return &read, f
}

func tags(list []types.Tag) map[string]string {
	m := make(map[string]string, len(list))
	for _, t := range list {
		m[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return m
}
