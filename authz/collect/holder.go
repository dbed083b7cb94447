package collect

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// holder is what policies hang on: a role, a user or a group. Lists that end in
// an error hold what was read before.
type holder interface {
	kind() string // Role, User, Group: as in the names of IAM's calls
	label() string
	arn() string
	inline(ctx context.Context) ([]string, error)
	document(ctx context.Context, name string) (*string, error)
	attached(ctx context.Context) ([]types.AttachedPolicy, error)
}

// named is what all holders have.
type named struct {
	*iamReader
	name     string
	resource string // ARN
}

func (n named) arn() string { return n.resource }

type role struct{ named }

func (r role) kind() string  { return "Role" }
func (r role) label() string { return "role " + r.name }

func (r role) inline(ctx context.Context) (names []string, err error) {
	list := iam.NewListRolePoliciesPaginator(r.roles, &iam.ListRolePoliciesInput{RoleName: &r.name})
	err = pages(ctx, r.slots, list, func(page *iam.ListRolePoliciesOutput) error {
		names = append(names, page.PolicyNames...)
		return listed(page.PolicyNames)
	})
	return names, err
}

func (r role) document(ctx context.Context, name string) (*string, error) {
	out, err := ask(ctx, r.slots, r.roles.GetRolePolicy, &iam.GetRolePolicyInput{RoleName: &r.name, PolicyName: aws.String(name)})
	if err != nil {
		return nil, err
	}
	return out.PolicyDocument, nil
}

func (r role) attached(ctx context.Context) (policies []types.AttachedPolicy, err error) {
	list := iam.NewListAttachedRolePoliciesPaginator(r.roles, &iam.ListAttachedRolePoliciesInput{RoleName: &r.name})
	err = pages(ctx, r.slots, list, func(page *iam.ListAttachedRolePoliciesOutput) error {
		policies = append(policies, page.AttachedPolicies...)
		return listed(page.AttachedPolicies)
	})
	return policies, err
}

type user struct{ named }

func (u user) kind() string  { return "User" }
func (u user) label() string { return "user " + u.name }

func (u user) inline(ctx context.Context) (names []string, err error) {
	list := iam.NewListUserPoliciesPaginator(u.users, &iam.ListUserPoliciesInput{UserName: &u.name})
	err = pages(ctx, u.slots, list, func(page *iam.ListUserPoliciesOutput) error {
		names = append(names, page.PolicyNames...)
		return listed(page.PolicyNames)
	})
	return names, err
}

func (u user) document(ctx context.Context, name string) (*string, error) {
	out, err := ask(ctx, u.slots, u.users.GetUserPolicy, &iam.GetUserPolicyInput{UserName: &u.name, PolicyName: aws.String(name)})
	if err != nil {
		return nil, err
	}
	return out.PolicyDocument, nil
}

func (u user) attached(ctx context.Context) (policies []types.AttachedPolicy, err error) {
	list := iam.NewListAttachedUserPoliciesPaginator(u.users, &iam.ListAttachedUserPoliciesInput{UserName: &u.name})
	err = pages(ctx, u.slots, list, func(page *iam.ListAttachedUserPoliciesOutput) error {
		policies = append(policies, page.AttachedPolicies...)
		return listed(page.AttachedPolicies)
	})
	return policies, err
}

// memberships lists the groups of the user.
func (u user) memberships(ctx context.Context) (groups []group, err error) {
	list := iam.NewListGroupsForUserPaginator(u.groups, &iam.ListGroupsForUserInput{UserName: &u.name})
	err = pages(ctx, u.slots, list, func(page *iam.ListGroupsForUserOutput) error {
		for _, g := range page.Groups {
			groups = append(groups, group{named{u.iamReader, aws.ToString(g.GroupName), aws.ToString(g.Arn)}})
		}
		return listed(page.Groups)
	})
	return groups, err
}

type group struct{ named }

func (g group) kind() string  { return "Group" }
func (g group) label() string { return "group " + g.name }

func (g group) inline(ctx context.Context) (names []string, err error) {
	list := iam.NewListGroupPoliciesPaginator(g.groups, &iam.ListGroupPoliciesInput{GroupName: &g.name})
	err = pages(ctx, g.slots, list, func(page *iam.ListGroupPoliciesOutput) error {
		names = append(names, page.PolicyNames...)
		return listed(page.PolicyNames)
	})
	return names, err
}

func (g group) document(ctx context.Context, name string) (*string, error) {
	out, err := ask(ctx, g.slots, g.groups.GetGroupPolicy, &iam.GetGroupPolicyInput{GroupName: &g.name, PolicyName: aws.String(name)})
	if err != nil {
		return nil, err
	}
	return out.PolicyDocument, nil
}

func (g group) attached(ctx context.Context) (policies []types.AttachedPolicy, err error) {
	list := iam.NewListAttachedGroupPoliciesPaginator(g.groups, &iam.ListAttachedGroupPoliciesInput{GroupName: &g.name})
	err = pages(ctx, g.slots, list, func(page *iam.ListAttachedGroupPoliciesOutput) error {
		policies = append(policies, page.AttachedPolicies...)
		return listed(page.AttachedPolicies)
	})
	return policies, err
}

// listed says that an answer of IAM without its list is none: an empty list is an
// element without members.
func listed[T any](list []T) error {
	if list == nil {
		return errMalformed
	}
	return nil
}
