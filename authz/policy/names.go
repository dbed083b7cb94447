package policy

import "strings"

// namesAsOf is when the tables of names were last held against AWS's pages. A
// name that AWS added later is unknown to them.
const namesAsOf = "November 2026"

// sesResourceTypes are what the resource part of an ARN of SES begins with.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_sesv2.html#list_sesv2-resources-for-iam-policies
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_mailmanager.html#list_mailmanager-resources-for-iam-policies
var sesResourceTypes = []string{
	"identity", "configuration-set", "template", "contact-list", "custom-verification-email-template",
	"dedicated-ip-pool", "deliverability-test-report", "export-job", "import-job", "multi-region-endpoint",
	"reputation-policy", "tenant",
	"addon-instance", "addon-subscription", "mailmanager-address-list", "mailmanager-archive",
	"mailmanager-ingress-point", "mailmanager-rule-set", "mailmanager-smtp-relay", "mailmanager-traffic-policy",
}

// conditionKey is a condition key that AWS documents.
type conditionKey struct {
	name  string // a name that ends in "/*" is a family, such as aws:PrincipalTag/*
	multi bool   // it has any number of values
	raw   supply // when ses:SendRawEmail has it
}

// supply is when the context of a ses:SendRawEmail holds a key.
type supply uint8

const (
	sometimes supply = iota // or it is not documented
	always
	never    // the Service Authorization Reference has it on other actions only
	unlisted // likewise, but on SendEmail, which is the call that carries raw mail
	indirect // only if a service calls for someone, or with what sending does not have
)

// conditionKeys are the keys of SES and the global ones. Keys of other services
// may also be in a request; those are not judged.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_sesv2.html#list_sesv2-policy-keys
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonses.html#amazonses-policy-keys
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_mailmanager.html#list_mailmanager-policy-keys
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
var conditionKeys = []conditionKey{
	{name: "ses:ApiVersion", raw: always},
	{name: "ses:FeedbackAddress"},
	{name: "ses:FromAddress", raw: always},
	{name: "ses:FromDisplayName"},
	{name: "ses:Recipients", multi: true, raw: always},
	{name: "ses:TenantName", raw: unlisted},
	{name: "ses:MultiRegionEndpointId", raw: unlisted},
	{name: "ses:ExportSourceType", raw: never},
	{name: "ses:ReplicaRegion", multi: true, raw: never},
	{name: "ses:AddonSubscriptionArn", raw: never},
	{name: "ses:MailManagerIngressPointType", raw: never},
	{name: "ses:MailManagerRuleSetArn", raw: never},
	{name: "ses:MailManagerTrafficPolicyArn", raw: never},

	// Of the principal.
	{name: "aws:PrincipalArn", raw: always},
	{name: "aws:PrincipalAccount", raw: always},
	{name: "aws:PrincipalOrgPaths", multi: true},
	{name: "aws:PrincipalOrgID"},
	{name: "aws:PrincipalTag/*"},
	{name: "aws:PrincipalIsAWSService"},
	{name: "aws:PrincipalServiceName", raw: indirect},
	{name: "aws:PrincipalServiceNamesList", multi: true, raw: indirect},
	{name: "aws:PrincipalType", raw: always},
	{name: "aws:userid", raw: always},
	{name: "aws:username"},

	// Of the session.
	{name: "aws:AssumedRoot"},
	{name: "aws:FederatedProvider"},
	{name: "aws:TokenIssueTime"},
	{name: "aws:MultiFactorAuthAge"},
	{name: "aws:MultiFactorAuthPresent"},
	{name: "aws:ChatbotSourceArn"},
	{name: "aws:Ec2InstanceSourceVpc"},
	{name: "aws:Ec2InstanceSourcePrivateIPv4"},
	{name: "aws:SourceIdentity"},
	{name: "aws:SignInSessionArn"},

	// Of the network.
	{name: "aws:SourceIp"},
	{name: "aws:SourceVpc"},
	{name: "aws:SourceVpcArn"},
	{name: "aws:SourceVpce"},
	{name: "aws:VpceAccount"},
	{name: "aws:VpceOrgID"},
	{name: "aws:VpceOrgPaths", multi: true},
	{name: "aws:VpcSourceIp"},

	// Of the resource.
	{name: "aws:ResourceAccount"},
	{name: "aws:ResourceOrgID"},
	{name: "aws:ResourceOrgPaths", multi: true},
	{name: "aws:ResourceTag/*"},

	// Of the request.
	{name: "aws:CalledVia", multi: true, raw: indirect},
	{name: "aws:CalledViaFirst", raw: indirect},
	{name: "aws:CalledViaLast", raw: indirect},
	{name: "aws:CalledViaAWSMCP", raw: indirect},
	{name: "aws:ViaAWSMCPService"},
	{name: "aws:IsMcpServiceAction"},
	{name: "aws:ViaAWSService"},
	{name: "aws:CurrentTime", raw: always},
	{name: "aws:EpochTime", raw: always},
	{name: "aws:referer"},
	{name: "aws:RequestedRegion", raw: always},
	{name: "aws:RequestTag/*", raw: indirect},
	{name: "aws:TagKeys", multi: true, raw: indirect},
	{name: "aws:SecureTransport", raw: always},
	{name: "aws:SourceAccount", raw: indirect},
	{name: "aws:SourceArn", raw: indirect},
	{name: "aws:SourceOrgID", raw: indirect},
	{name: "aws:SourceOrgPaths", multi: true, raw: indirect},
	{name: "aws:UserAgent"},
}

// findKey returns what is documented of a key; nil if nothing is.
func findKey(key string) *conditionKey {
	for i := range conditionKeys {
		k := &conditionKeys[i]
		family, ok := strings.CutSuffix(k.name, "*")
		if ok && len(key) > len(family) && strings.EqualFold(key[:len(family)], family) || strings.EqualFold(key, k.name) && !ok {
			return k
		}
	}
	return nil
}

// judged reports whether the tables have every key with the prefix of this one.
// A key without a prefix, or with one that no service has, is none.
func judged(key string) bool {
	switch prefix, _, found := strings.Cut(strings.ToLower(key), ":"); prefix {
	case "aws", "ses", "sesv2":
		return true
	default:
		return !found
	}
}

// suggestKey returns the key that was most likely meant; "" if none is near.
func suggestKey(key string) string {
	_, local, found := strings.Cut(key, ":")
	if !found {
		local = key
	}
	list := make([]string, 0, len(conditionKeys))
	for _, k := range conditionKeys {
		_, name, _ := strings.Cut(k.name, ":")
		if strings.EqualFold(name, local) {
			return k.name
		}
		list = append(list, k.name)
	}
	return Nearest(key, list)
}
