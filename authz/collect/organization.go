package collect

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"sesgate/authz/facts"
)

// Organization asks what organization the caller's account is in and, where service
// control policies apply, for those. Every account may be let ask the former; an
// account in none is a fact.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html
func (c *Collector) Organization(ctx context.Context, caller facts.Caller) (facts.Organization, error) {
	out, err := c.organizations.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	if _, none := errors.AsType[*types.AWSOrganizationsNotInUseException](err); none {
		return facts.Organization{}, nil
	}
	if err == nil && (out.Organization == nil || aws.ToString(out.Organization.Id) == "") {
		err = errMalformed
	}
	if err != nil {
		return facts.Organization{}, c.gap("organization of account "+caller.Account, "organizations:DescribeOrganization", "*", err)
	}
	org := facts.Organization{
		ID:         *out.Organization.Id,
		Management: aws.ToString(out.Organization.MasterAccountId) == caller.Account,
		// Only this one value rules service control policies out.
		AllFeatures: out.Organization.FeatureSet != types.OrganizationFeatureSetConsolidatedBilling,
	}
	if !org.Restricts() {
		return org, nil
	}
	org.Levels, org.LevelsGap = c.levels(ctx, caller.Account)
	if g := org.LevelsGap; g != nil && g.Permission == "" && c.scpsOff(ctx) {
		org.SCPsOff, org.LevelsGap = true, nil // then none are attached anywhere
	}
	return org, nil
}
