package collect

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"sesgate/authz/facts"
)

// Organization asks what organization the caller's account is in. Every account
// may be let ask; an account in none is a fact.
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
		return facts.Organization{}, gap("organization of account "+caller.Account, "organizations:DescribeOrganization", "*", err)
	}
	return facts.Organization{
		ID:         *out.Organization.Id,
		Management: aws.ToString(out.Organization.MasterAccountId) == caller.Account,
		// Only this one value rules service control policies out.
		AllFeatures: out.Organization.FeatureSet != types.OrganizationFeatureSetConsolidatedBilling,
	}, nil
}
