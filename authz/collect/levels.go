package collect

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// maxDepth is how many levels can be above an account: the root and five units.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
const maxDepth = 6

var errDeep = errors.New("the account is below more organizational units than there can be")

// climb reads the service control policies of an account and of all that is above
// it, from the account up. Only the management account and delegated
// administrators are let do that.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
type climb struct {
	*Collector
	account string
	scps    map[string]facts.Policy // by id: most hang at several levels
}

func (c *Collector) levels(ctx context.Context, account string) ([]facts.Level, *facts.Gap) {
	up := climb{c, account, make(map[string]facts.Policy)}
	var levels []facts.Level
	at := facts.Level{ID: account, Kind: "account"}
	for range maxDepth + 1 {
		scps, gap := up.attached(ctx, at.ID)
		if gap != nil {
			return nil, gap
		}
		at.SCPs = scps
		levels = append(levels, at)
		if at.Kind == "root" {
			slices.Reverse(levels)
			return levels, nil
		}
		if at, gap = up.parent(ctx, at.ID); gap != nil {
			return nil, gap
		}
	}
	return nil, up.gap("organizations:ListParents", errDeep)
}

// parent is the unit or root that a child is in.
func (c *climb) parent(ctx context.Context, child string) (facts.Level, *facts.Gap) {
	out, err := ask(ctx, c.orgSlots, c.organizations.ListParents, &organizations.ListParentsInput{ChildId: &child})
	if err == nil && (len(out.Parents) != 1 || aws.ToString(out.Parents[0].Id) == "") {
		err = errMalformed
	}
	if err != nil {
		return facts.Level{}, c.gap("organizations:ListParents", err)
	}
	id := *out.Parents[0].Id
	if out.Parents[0].Type == types.ParentTypeRoot {
		return facts.Level{ID: id, Name: "Root", Kind: "root"}, nil
	}
	return facts.Level{ID: id, Name: c.unitName(ctx, id), Kind: "organizational unit"}, nil
}

// unitName is how people call a unit; "" if that may not be read: the id will do.
func (c *climb) unitName(ctx context.Context, id string) string {
	out, err := ask(ctx, c.orgSlots, c.organizations.DescribeOrganizationalUnit, &organizations.DescribeOrganizationalUnitInput{OrganizationalUnitId: &id})
	if err != nil || out.OrganizationalUnit == nil {
		return ""
	}
	return aws.ToString(out.OrganizationalUnit.Name)
}

// attached reads the policies that hang at one level. There is always one.
func (c *climb) attached(ctx context.Context, target string) ([]facts.Policy, *facts.Gap) {
	list := organizations.NewListPoliciesForTargetPaginator(c.organizations, &organizations.ListPoliciesForTargetInput{
		TargetId: &target,
		Filter:   types.PolicyTypeServiceControlPolicy,
	})
	var summaries []types.PolicySummary
	err := pages(ctx, c.orgSlots, list, func(page *organizations.ListPoliciesForTargetOutput) error {
		summaries = append(summaries, page.Policies...)
		return nil // pages may be empty
	})
	if err == nil && len(summaries) == 0 {
		err = errMalformed
	}
	if err != nil {
		return nil, c.gap("organizations:ListPoliciesForTarget", err)
	}
	var scps []facts.Policy
	for _, s := range summaries {
		scp, gap := c.scp(ctx, aws.ToString(s.Id), aws.ToString(s.Name))
		if gap != nil {
			return nil, gap
		}
		scps = append(scps, scp)
	}
	return scps, nil
}

func (c *climb) scp(ctx context.Context, id, name string) (facts.Policy, *facts.Gap) {
	if scp, ok := c.scps[id]; ok {
		return scp, nil
	}
	if err := c.describePolicy.Wait(ctx); err != nil {
		return facts.Policy{}, c.gap("organizations:DescribePolicy", err)
	}
	out, err := ask(ctx, c.orgSlots, c.organizations.DescribePolicy, &organizations.DescribePolicyInput{PolicyId: &id})
	if err == nil && (out.Policy == nil || out.Policy.Content == nil || out.Policy.PolicySummary == nil) {
		err = errMalformed
	}
	if err != nil {
		return facts.Policy{}, c.gap("organizations:DescribePolicy", err)
	}
	scp := facts.Policy{Name: fmt.Sprintf("SCP %s (%s)", name, id), ARN: aws.ToString(out.Policy.PolicySummary.Arn)}
	scp.Document, scp.Err = policy.ParseFor(policy.SCP, scp.Name, []byte(*out.Policy.Content))
	c.scps[id] = scp
	return scp, nil
}

func (c *climb) gap(call string, err error) *facts.Gap {
	g := c.Collector.gap("service control policies of account "+c.account, call, "*", err)
	if g.Permission != "" {
		g.Principal = ""
		g.Permission += ", in the management account or a delegated administrator's"
	}
	return g
}

// scpsOff reports whether the organization certainly has not switched service
// control policies on. Where that may not be read they are taken to be on.
func (c *Collector) scpsOff(ctx context.Context) bool {
	out, err := ask(ctx, c.orgSlots, c.organizations.ListRoots, &organizations.ListRootsInput{})
	if err != nil || len(out.Roots) != 1 || out.Roots[0].PolicyTypes == nil {
		return false
	}
	for _, t := range out.Roots[0].PolicyTypes {
		if t.Type == types.PolicyTypeServiceControlPolicy && t.Status == types.PolicyTypeStatusEnabled {
			return false
		}
	}
	return true
}
