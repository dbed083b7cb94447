package authz

import (
	"fmt"
	"slices"
	"strings"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
)

// tenant judges the tenant that the route names: whether it may send, and what
// with.
// https://docs.aws.amazon.com/ses/latest/dg/tenants.html
func (j *judgement) tenant() {
	name := j.req.Route.Tenant
	if name == "" {
		return
	}
	fact, region := j.snap.Tenant, j.snap.Region
	if !fact.Known() {
		j.unsure = true
		return
	}
	f := diagnosis.Finding{Layer: layerSES, Source: "tenant " + name}
	switch {
	case !fact.Value.Exists:
		f.Code = diagnosis.TenNone
		f.Title = fmt.Sprintf("tenant %s does not exist in %s", name, region)
		f.Detail = "the route names it"
		f.Fix = fmt.Sprintf("aws sesv2 create-tenant --tenant-name %s --region %s, or name another", name, region)
		j.block(facts.KindTenant, f)
		return
	case fact.Value.Status == "DISABLED":
		f.Code = diagnosis.TenDisabled
		f.Title = fmt.Sprintf("tenant %s may not send in %s", name, region)
		f.Detail = "GetTenant: SendingStatus is DISABLED"
		f.Fix = fmt.Sprintf("look at its reputation findings in the SES console; then reinstate it: aws sesv2 update-reputation-entity-customer-managed-status, type RESOURCE, status REINSTATED, region %s", region)
		j.block(facts.KindTenant, f)
	}
	set, _, known := j.setInUse()
	if known && set == "" {
		f.Code = diagnosis.TenNoCS
		f.Title = fmt.Sprintf("mail of tenant %s needs a configuration set", name)
		f.Detail = fmt.Sprintf("neither the route nor identity %s names one", j.sender.name)
		f.Fix = "name one that is associated with the tenant: configuration_set of the route"
		j.block(facts.KindTenant|facts.KindIdentity, f)
	}
	if fact.Value.ResourcesGap != nil {
		j.unsure = true
		return
	}
	j.associated(f, "identity", j.sendersARN())
	if known && set != "" {
		j.associated(f, "configuration set", j.setARN(set))
	}
}

// sendersARN is the ARN of the sender's identity, "" if it is not known.
func (j *judgement) sendersARN() string {
	switch id := j.named(); {
	case id.text != "":
		return id.text
	case j.sender.exists:
		return j.identityARN(j.sender.name)
	}
	return ""
}

// associated judges whether the tenant may use a resource.
func (j *judgement) associated(f diagnosis.Finding, kind, arn string) {
	tenant := &j.snap.Tenant.Value
	if arn == "" || slices.ContainsFunc(tenant.Resources, func(has string) bool { return strings.EqualFold(has, arn) }) {
		return
	}
	f.Code, f.Resource = diagnosis.TenAssoc, arn
	f.Title = fmt.Sprintf("tenant %s may not use %s %s", tenant.Name, kind, arn[strings.IndexByte(arn, '/')+1:])
	f.Detail = "ListTenantResources: " + arn + " is not associated with it"
	f.Fix = fmt.Sprintf("aws sesv2 create-tenant-resource-association --tenant-name %s --resource-arn %s --region %s", tenant.Name, arn, j.snap.Region)
	j.block(facts.KindTenant|facts.KindIdentity, f)
}

// globalEndpoint judges the multi-region endpoint that the route names.
// https://docs.aws.amazon.com/ses/latest/dg/global-endpoints.html
func (j *judgement) globalEndpoint() {
	id := j.req.Route.EndpointID
	if id == "" {
		return
	}
	fact := j.snap.GlobalEndpoint
	if !fact.Known() {
		j.unsure = true
		return
	}
	f := diagnosis.Finding{Code: diagnosis.MRENotReady, Layer: layerSES, Source: "multi-region endpoint " + id}
	switch {
	case !fact.Value.Exists:
		f.Code = diagnosis.MRENone
		f.Title = fmt.Sprintf("multi-region endpoint %s does not exist with %s as its primary region", id, j.snap.Region)
		f.Detail = "the route names it; no endpoint of the account has that id"
		f.Fix = fmt.Sprintf("aws sesv2 list-multi-region-endpoints --region %s shows the ids; correct endpoint_id of the route, or its region", j.snap.Region)
		j.block(facts.KindGlobalEndpoint, f)
		return
	case fact.Value.Status != "READY":
		f.Title = fmt.Sprintf("multi-region endpoint %s is not ready", id)
		f.Detail = fmt.Sprintf("GetMultiRegionEndpoint %s: Status is %s", fact.Value.Name, fact.Value.Status)
		f.Fix = "wait until it is READY; if it has failed, create it anew"
		j.block(facts.KindGlobalEndpoint, f)
	}
	for _, region := range fact.Value.Regions {
		j.there(region)
	}
}

// there judges whether another region of the multi-region endpoint has the
// sender's identity, too: SES sends from each.
func (j *judgement) there(region string) {
	if region == j.snap.Region || !j.sender.exists {
		return
	}
	names, known := j.snap.Elsewhere[region], false
	for _, name := range j.snap.Candidates(j.sender.address) {
		fact, asked := names[name]
		if known = asked && fact.Known(); !known || fact.Value.Exists && fact.Value.VerifiedToSend {
			return
		}
	}
	if !known {
		return
	}
	j.block(facts.KindIdentity, diagnosis.Finding{
		Code:      diagnosis.MREIdent,
		Title:     fmt.Sprintf("%s is not verified in %s, the other region of the multi-region endpoint", j.sender.address, region),
		Detail:    "SES sends from both regions, and what goes out there is likely to be refused",
		Fix:       fmt.Sprintf("aws sesv2 create-email-identity --email-identity %s --region %s, and publish the DKIM records it prints", j.sender.name, region),
		Layer:     layerSES,
		Source:    "identity " + j.sender.name,
		Suspected: true,
	})
}
