package collect

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"sesgate/authz/facts"
)

// Tenant reads a tenant and what is associated with it. That it exists and may
// send is told even where the rest may not be read.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetTenant.html
func (c *Collector) Tenant(ctx context.Context, region, name string) (facts.Tenant, error) {
	r := c.region(region)
	what := fmt.Sprintf("tenant %s in %s", name, region)
	out, err := ask(ctx, r, r.ses.GetTenant, &sesv2.GetTenantInput{TenantName: &name})
	if notFound(err) {
		return facts.Tenant{Name: name}, nil
	}
	if err == nil && (out.Tenant == nil || out.Tenant.SendingStatus == "") {
		err = errMalformed
	}
	if err != nil {
		return facts.Tenant{}, c.gap(what, "ses:GetTenant", c.arn(region, "tenant", name+"/*"), err)
	}
	t := facts.Tenant{Name: name, Exists: true, Status: string(out.Tenant.SendingStatus)}
	t.Resources, err = r.tenantResources(ctx, name)
	if err != nil {
		t.Resources = nil
		t.ResourcesGap = c.gap("resources of "+what, "ses:ListTenantResources", c.arn(region, "tenant", name+"/*"), err)
	}
	return t, nil
}

// tenantResources lists the ARNs of what is associated with a tenant, sorted.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_ListTenantResources.html
func (r *region) tenantResources(ctx context.Context, name string) ([]string, error) {
	arns := []string{}
	list := sesv2.NewListTenantResourcesPaginator(r.ses, &sesv2.ListTenantResourcesInput{TenantName: &name})
	err := pages(ctx, r, list, func(page *sesv2.ListTenantResourcesOutput) error {
		for _, resource := range page.TenantResources {
			if aws.ToString(resource.ResourceArn) == "" {
				return errMalformed
			}
			arns = append(arns, *resource.ResourceArn)
		}
		return listed(page.TenantResources)
	})
	slices.Sort(arns)
	return arns, err
}

// GlobalEndpoint finds a multi-region endpoint by its id. SES reads single ones by
// name, and mail names them by id: they are listed.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_ListMultiRegionEndpoints.html
func (c *Collector) GlobalEndpoint(ctx context.Context, region, id string) (facts.GlobalEndpoint, error) {
	r := c.region(region)
	found := facts.GlobalEndpoint{ID: id}
	list := sesv2.NewListMultiRegionEndpointsPaginator(r.ses, &sesv2.ListMultiRegionEndpointsInput{})
	err := pages(ctx, r, list, func(page *sesv2.ListMultiRegionEndpointsOutput) error {
		for _, e := range page.MultiRegionEndpoints {
			if aws.ToString(e.EndpointId) == id {
				found = facts.GlobalEndpoint{ID: id, Name: aws.ToString(e.EndpointName), Exists: true, Status: string(e.Status), Regions: e.Regions}
			}
		}
		return listed(page.MultiRegionEndpoints)
	})
	if err == nil && found.Exists && found.Status == "" {
		err = errMalformed
	}
	if err != nil {
		return facts.GlobalEndpoint{}, c.gap(fmt.Sprintf("multi-region endpoint %s in %s", id, region), "ses:ListMultiRegionEndpoints", "*", err)
	}
	return found, nil
}

// Suppression asks whether an address is on the account's suppression list.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetSuppressedDestination.html
func (c *Collector) Suppression(ctx context.Context, region, address string) (facts.Suppression, error) {
	r := c.region(region)
	out, err := ask(ctx, r, r.ses.GetSuppressedDestination, &sesv2.GetSuppressedDestinationInput{EmailAddress: &address})
	if notFound(err) {
		return facts.Suppression{Address: address}, nil
	}
	if err == nil && (out.SuppressedDestination == nil || out.SuppressedDestination.Reason == "") {
		err = errMalformed
	}
	if err != nil {
		return facts.Suppression{}, c.gap(fmt.Sprintf("suppression of %s in %s", address, region), "ses:GetSuppressedDestination", "*", err)
	}
	return facts.Suppression{Address: address, Suppressed: true, Reason: string(out.SuppressedDestination.Reason)}, nil
}
