package facts

import "errors"

// subject is what a fact is about.
type subject struct {
	kind   Kinds
	region string
	name   string // ARN of the principal, number of the account, name of identity, set or tenant, id, address
}

// gap is what takes the place of a fact that err kept from being read: the gap
// that the source gave, or one for an error that did not come from a source.
func (s subject) gap(err error) *Gap {
	if gap, ok := errors.AsType[*Gap](err); ok {
		return gap
	}
	return &Gap{What: s.what(), Call: s.call(), Err: err}
}

func (s subject) what() string {
	switch s.kind {
	case KindCaller:
		return "caller"
	case KindPrincipal:
		return "policies of " + s.name
	case KindOrganization:
		return "organization of account " + s.name
	case KindEndpoint:
		return "SES endpoint of " + s.region
	case KindAccount:
		return "SES account in " + s.region
	case KindIndex:
		return "SES identities in " + s.region
	case KindIdentity:
		return "identity " + s.name + " in " + s.region
	case KindConfigurationSet:
		return "configuration set " + s.name + " in " + s.region
	case KindTenant:
		return "tenant " + s.name + " in " + s.region
	case KindGlobalEndpoint:
		return "multi-region endpoint " + s.name + " in " + s.region
	case KindSuppression:
		return "suppression of " + s.name + " in " + s.region
	case KindOpinion:
		return "IAM's simulation of " + s.name
	}
	return ""
}

func (s subject) call() string {
	switch s.kind {
	case KindCaller:
		return "sts:GetCallerIdentity"
	case KindOrganization:
		return "organizations:DescribeOrganization"
	case KindAccount:
		return "ses:GetAccount"
	case KindIndex:
		return "ses:ListEmailIdentities"
	case KindIdentity:
		return "ses:GetEmailIdentity"
	case KindConfigurationSet:
		return "ses:GetConfigurationSet"
	case KindTenant:
		return "ses:GetTenant"
	case KindGlobalEndpoint:
		return "ses:ListMultiRegionEndpoints"
	case KindSuppression:
		return "ses:GetSuppressedDestination"
	case KindOpinion:
		return "iam:SimulatePrincipalPolicy"
	}
	return "" // more than one call, or none of AWS's
}
