package awssim

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// sesRoute names the operation that a method and path ask for, and the name that
// the path holds.
func (c *call) sesRoute() (operation, name string) {
	path := strings.TrimPrefix(c.request.URL.EscapedPath(), "/v2/email/")
	first, rest, _ := strings.Cut(path, "/")
	name, last, more := strings.Cut(rest, "/")
	name, err := url.PathUnescape(name)
	if err != nil {
		return "", ""
	}
	switch route := c.request.Method + " " + first; {
	case route == "POST outbound-emails" && rest == "":
		return "SendEmail", ""
	case route == "GET account" && rest == "":
		return "GetAccount", ""
	case (route == "POST list-identities" || route == "GET identities") && rest == "":
		return "ListEmailIdentities", ""
	case route == "GET identities" && last == "policies":
		return "GetEmailIdentityPolicies", name
	case route == "GET identities" && !more:
		return "GetEmailIdentity", name
	case route == "POST tenants" && rest == "get":
		return "GetTenant", ""
	case route == "POST tenants" && rest == "resources/list":
		return "ListTenantResources", ""
	case route == "GET multi-region-endpoints" && rest == "":
		return "ListMultiRegionEndpoints", ""
	case route == "GET suppression" && name == "addresses" && more:
		address, err := url.PathUnescape(last)
		if err != nil {
			return "", ""
		}
		return "GetSuppressedDestination", address
	case route == "GET configuration-sets" && name != "" && !more:
		return "GetConfigurationSet", name
	}
	return "", ""
}

// ses answers the REST protocol of SES v2.
func (c *call) ses() (any, error) {
	operation, name := c.sesRoute()
	if operation == "SendEmail" {
		return c.sendEmail()
	}
	if operation != "" && !c.world.admitRead(c) {
		return nil, refuse(429, "TooManyRequestsException", "Rate exceeded")
	}
	c.resource = name
	switch operation {
	case "GetAccount":
		return c.getAccount()
	case "ListEmailIdentities":
		return c.listEmailIdentities()
	case "GetEmailIdentity":
		return c.onIdentity(name, c.getEmailIdentity)
	case "GetEmailIdentityPolicies":
		return c.onIdentity(name, c.getEmailIdentityPolicies)
	case "GetConfigurationSet":
		return c.getConfigurationSet(name)
	}
	return c.rareRead(operation, name)
}

// rareRead answers what few messages need.
func (c *call) rareRead(operation, name string) (any, error) {
	switch operation {
	case "GetTenant":
		return c.getTenant()
	case "ListTenantResources":
		return c.listTenantResources()
	case "ListMultiRegionEndpoints":
		return c.listEndpoints()
	case "GetSuppressedDestination":
		return c.getSuppressed(name)
	}
	return nil, c.unknownOperation()
}

func (c *call) getAccount() (any, error) {
	if err := c.refused("ses:GetAccount", "*"); err != nil {
		return nil, err
	}
	a := c.region(c.regionID).account
	suppressed := a.SuppressedReasons
	if suppressed == nil {
		suppressed = []string{}
	}
	return map[string]any{
		"DedicatedIpAutoWarmupEnabled": true,
		"EnforcementStatus":            a.Enforcement,
		"ProductionAccessEnabled":      !a.Sandbox,
		"SendingEnabled":               a.Sending,
		"SendQuota": map[string]float64{
			"Max24HourSend":   a.Max24HourSend,
			"MaxSendRate":     a.MaxSendRate,
			"SentLast24Hours": c.world.sentToday(c, a),
		},
		"SuppressionAttributes": map[string]any{"SuppressedReasons": suppressed},
	}, nil
}

func (c *call) listEmailIdentities() (any, error) {
	if err := c.refused("ses:ListEmailIdentities", "*"); err != nil {
		return nil, err
	}
	size, token, err := c.pageAsked()
	if err != nil {
		return nil, err
	}
	region := c.region(c.regionID)
	names, next, ok := cut(slices.Sorted(maps.Keys(region.identities)), token, size)
	if !ok {
		return nil, refuse(400, "BadRequestException", "Invalid NextToken.")
	}
	list := make([]map[string]any, 0, len(names))
	for _, name := range names {
		id := region.identities[name]
		list = append(list, map[string]any{
			"IdentityName": name, "IdentityType": id.kind(), "SendingEnabled": id.maySend(), "VerificationStatus": id.Status,
		})
	}
	out := map[string]any{"EmailIdentities": list}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

// pageAsked reads PageSize and NextToken from the body, where SDKs since 2026
// have them, or from the query.
func (c *call) pageAsked() (size int, token string, err error) {
	var input struct {
		PageSize  *int
		NextToken string
		Filter    map[string]string
	}
	if len(c.body) > 0 {
		if err := json.Unmarshal(c.body, &input); err != nil {
			return 0, "", refuse(400, "SerializationException", "the request is not JSON as it should be")
		}
	}
	if len(input.Filter) > 0 {
		return 0, "", refuse(400, "BadRequestException", "the simulator does not filter identities")
	}
	query := c.request.URL.Query()
	if n, err := strconv.Atoi(query.Get("PageSize")); err == nil {
		input.PageSize = &n
	}
	if input.NextToken == "" {
		input.NextToken = query.Get("NextToken")
	}
	size = 1000
	if input.PageSize != nil {
		size = *input.PageSize
	}
	if size < 0 || size > 1000 {
		return 0, "", refuse(400, "BadRequestException", "PageSize must be between 0 and 1000.")
	}
	if c.SESPageSize > 0 {
		size = min(size, c.SESPageSize)
	}
	return max(size, 1), input.NextToken, nil
}

// onIdentity authorises a call about an identity and carries it out.
func (c *call) onIdentity(name string, do func(*identity) any) (any, error) {
	local, domain := splitAddress(name)
	if name = strings.ToLower(domain); local != "" {
		name = local + "@" + name
	}
	if err := c.refused("ses:"+c.action, c.identityARN(name)); err != nil {
		return nil, err
	}
	id := c.region(c.regionID).identities[name]
	if id == nil {
		return nil, refuse(404, "NotFoundException", "Email identity "+name+" does not exist.")
	}
	return do(id), nil
}

func (c *call) getEmailIdentity(id *identity) any {
	out := map[string]any{
		"IdentityType":             id.kind(),
		"FeedbackForwardingStatus": true,
		"VerifiedForSendingStatus": id.maySend(),
		"VerificationStatus":       id.Status,
		"DkimAttributes":           id.dkim(),
		"MailFromAttributes":       id.mailFrom(),
		"Policies":                 c.policiesOf(id),
		"Tags":                     tags(id.Tags),
	}
	if id.ErrorType != "" {
		out["VerificationInfo"] = map[string]any{"ErrorType": id.ErrorType}
	}
	if id.ConfigurationSet != "" {
		out["ConfigurationSetName"] = id.ConfigurationSet
	}
	return out
}

func (c *call) getEmailIdentityPolicies(id *identity) any {
	return map[string]any{"Policies": c.policiesOf(id)}
}

func (c *call) policiesOf(id *identity) map[string]string {
	policies := c.region(c.regionID).policies[id.name]
	if policies == nil {
		return map[string]string{}
	}
	return policies
}

func (i *identity) dkim() map[string]any {
	return map[string]any{
		"SigningAttributesOrigin": "AWS_SES",
		"SigningEnabled":          i.kind() == "DOMAIN",
		"Status":                  i.Status,
		"Tokens":                  append([]string{}, i.DKIMTokens...),
	}
}

func (i *identity) mailFrom() map[string]any {
	out := map[string]any{"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}
	if i.MailFromReject {
		out["BehaviorOnMxFailure"] = "REJECT_MESSAGE"
	}
	if i.MailFrom != "" {
		out["MailFromDomain"], out["MailFromDomainStatus"] = i.MailFrom, i.MailFromStatus
	}
	return out
}

func tags(all map[string]string) []iamTag {
	out := []iamTag{}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		out = append(out, iamTag{key, all[key]})
	}
	return out
}

func (c *call) getConfigurationSet(name string) (any, error) {
	if err := c.refused("ses:GetConfigurationSet", c.configurationSetARN(name)); err != nil {
		return nil, err
	}
	set := c.region(c.regionID).configurationSets[name]
	if set == nil {
		return nil, refuse(404, "NotFoundException", missingSet(name))
	}
	return map[string]any{
		"ConfigurationSetName": name,
		"DeliveryOptions":      map[string]any{"TlsPolicy": set.TLSPolicy},
		"ReputationOptions":    map[string]any{"ReputationMetricsEnabled": true},
		"SendingOptions":       map[string]any{"SendingEnabled": set.Sending},
		"Tags":                 tags(set.Tags),
	}, nil
}

// missingSet is SES's text, whose brackets are literal.
func missingSet(name string) string {
	return "Configuration set <" + name + "> does not exist."
}

func (c *call) identityARN(name string) string {
	return c.arn("ses", c.regionID, "identity/"+name)
}

func (c *call) configurationSetARN(name string) string {
	return c.arn("ses", c.regionID, "configuration-set/"+name)
}
