package diagnosis

// sendingEntries are the reasons that lie in configuration set, MAIL FROM domain, quota,
// tenant and multi-region endpoint.
var sendingEntries = []Entry{
	{
		Code:     CSNone,
		Title:    "the configuration set does not exist in this region",
		Reply:    554,
		Enhanced: Enhanced{5, 3, 5},
		Cause:    "the configuration set was deleted, misspelt, or created in another region or account",
		Tell:     "aws sesv2 list-configuration-sets; SES says: Configuration set NAME does not exist",
		Fix: "create it here, or correct the name in aws.configuration_set, or the default of the identity: " +
			"aws sesv2 put-email-identity-configuration-set-attributes",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/using-configuration-sets.html",
		Evidence: Documented,
		AWS: []string{
			"NotFoundException: Configuration set <marketing> does not exist.",
			"ConfigurationSetDoesNotExist",
		},
	},
	{
		Code:     CSPaused,
		Title:    "sending is switched off for the configuration set",
		Reply:    451,
		Enhanced: Enhanced{4, 3, 2},
		Retry:    true,
		Cause:    "somebody, an alarm or SES has paused the configuration set",
		Tell:     "aws sesv2 get-configuration-set shows SendingOptions.SendingEnabled false",
		Fix: "aws sesv2 put-configuration-set-sending-options --configuration-set-name NAME " +
			"--sending-enabled, once the reason is gone",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/monitoring-sender-reputation-pausing.html",
		Evidence: Documented,
		AWS: []string{
			"Email sending is disabled for the configuration set marketing.",
			"Sending is paused for configuration set marketing",
		},
	},
	{
		Code:     CSBadName,
		Title:    "not a name that a configuration set can have",
		Reply:    554,
		Enhanced: Enhanced{5, 6, 0},
		Cause:    "names have up to 64 letters, digits, underscores and hyphens",
		Tell:     "look at aws.configuration_set, or at the X-SES-CONFIGURATION-SET header if SES gets one",
		Fix:      "correct the name",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/creating-configuration-sets.html",
		Evidence: Documented,
	},
	{
		Code:     MFMX,
		Title:    "the custom MAIL FROM domain has no working MX record",
		Reply:    451,
		Enhanced: Enhanced{4, 4, 4},
		Retry:    true,
		Cause: "SES does not find the MX record of the MAIL FROM domain, and the identity is set to reject " +
			"mail in that case",
		Tell: "aws sesv2 get-email-identity shows MailFromAttributes with status FAILED and REJECT_MESSAGE; " +
			"dig MX of the MAIL FROM domain",
		Fix: "publish MX 10 feedback-smtp.REGION.amazonses.com for the MAIL FROM domain, or set " +
			"USE_DEFAULT_VALUE",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/mail-from.html",
		Evidence: Documented,
		AWS: []string{
			"MailFromDomainNotVerifiedException: Amazon SES could not read the MX record required to use " +
				"the specified MAIL FROM domain.",
		},
	},
	{
		Code:  QDaily,
		Title: "the sending quota of 24 hours is used up",
		// 454 as SES's own SMTP endpoint answers: senders read 452 as "too many
		// recipients" and come back at once (RFC 5321 section 4.5.3.1.10).
		Reply:    454,
		Enhanced: Enhanced{4, 7, 0},
		Retry:    true,
		Cause:    "SES counts recipients over the last 24 hours, not over the calendar day",
		Tell:     "aws sesv2 get-account shows SendQuota; SES says: Daily message quota exceeded",
		Fix:      "wait until earlier mail is 24 hours old, or request a higher quota",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html",
		Evidence: Documented,
		AWS: []string{
			"454 Throttling failure: Daily message quota exceeded",
			"TooManyRequestsException: Daily message quota exceeded.",
		},
	},
	{
		Code:     QRate,
		Title:    "mail is sent faster than the account may",
		Reply:    451,
		Enhanced: Enhanced{4, 3, 2},
		Retry:    true,
		Cause: "more recipients a second than the maximum send rate, counting everything that sends in this " +
			"account and region",
		Tell:     "aws sesv2 get-account shows SendQuota.MaxSendRate; SES says: Maximum sending rate exceeded",
		Fix:      "retry after some seconds; send more slowly, or request a higher rate",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html",
		Evidence: Documented,
		AWS: []string{
			"454 Throttling failure: Maximum sending rate exceeded",
			"ThrottlingException: Maximum sending rate exceeded.",
			"454 Maximum SigV2 SMTP sending rate exceeded",
		},
	},
	{
		Code:     Throttle,
		Title:    "AWS throttles the call and does not say by which limit",
		Reply:    451,
		Enhanced: Enhanced{4, 3, 2},
		Retry:    true,
		Cause: "too many calls in a short time; most calls to SES but sending are limited to one a second " +
			"for the whole account and region",
		Tell:     "the text says Rate exceeded, or TooManyRequestsException without a quota",
		Fix:      "retry later; look for other tools that call SES in this account and region",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/quotas.html",
		Evidence: Documented,
		AWS: []string{
			"ThrottlingException: Rate exceeded",
			"TooManyRequestsException",
		},
	},
	{
		Code:     TenNone,
		Title:    "the tenant does not exist",
		Reply:    554,
		Enhanced: Enhanced{5, 3, 5},
		Cause:    "the tenant was deleted or misspelt, or belongs to another region or account",
		Tell:     "aws sesv2 get-tenant --tenant-name NAME",
		Fix:      "create the tenant, or correct its name in the program or header (X-SES-TENANT) that gives it",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/tenants.html",
		Evidence: Reported,
		AWS: []string{
			"NotFoundException: Tenant acme for AwsAccountId 111122223333 not found.",
		},
	},
	{
		Code:     TenDisabled,
		Title:    "the tenant may not send",
		Reply:    554,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "sending was disabled for the tenant by hand or by its reputation policy; what SES answers " +
			"then is not confirmed",
		Tell:     "aws sesv2 get-tenant shows SendingStatus DISABLED; the answer may be a SendingPausedException",
		Fix:      "see the reputation findings of the tenant, then reinstate it",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/tenants.html",
		Evidence: Inferred,
	},
	{
		Code:     TenAssoc,
		Title:    "the identity or configuration set is not associated with the tenant",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "a tenant may use only identities, configuration sets and templates that are associated with it",
		Tell:     "SES says: Tenant not associated with resources, and lists them; aws sesv2 list-tenant-resources",
		Fix:      "aws sesv2 create-tenant-resource-association --tenant-name NAME --resource-arn ARN",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/tenants.html",
		Evidence: Reported,
		AWS: []string{
			"AccessDeniedException: Tenant not associated with resources " +
				"[arn:aws:ses:us-east-1:111122223333:identity/example.com].",
		},
	},
	{
		Code:     TenNoCS,
		Title:    "a tenant needs a configuration set",
		Reply:    554,
		Enhanced: Enhanced{5, 3, 5},
		Cause:    "mail of a tenant must name a configuration set, and neither the message nor the identity does",
		Tell:     "the call or its X-SES-TENANT header names a tenant, and no configuration set",
		Fix:      "name a configuration set that is associated with the tenant",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/tenants.html",
		Evidence: Documented,
	},
	{
		Code:     MRENotReady,
		Title:    "the multi-region endpoint is not ready",
		Reply:    451,
		Enhanced: Enhanced{4, 3, 2},
		Retry:    true,
		Cause:    "the endpoint is being created, failed or is being deleted",
		Tell:     "aws sesv2 get-multi-region-endpoint shows Status",
		Fix:      "wait for READY; if it failed create it anew",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/global-endpoints.html",
		Evidence: Documented,
	},
	{
		Code:     MREIdent,
		Title:    "identity or configuration set missing in the second region of the endpoint",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Warning:  true,
		Cause: "a multi-region endpoint sends from both regions, so mail routed to the one that lacks the " +
			"identity is likely to be refused",
		Tell:     "aws sesv2 get-email-identity in both regions; refusals may come and go",
		Fix:      "verify the identity and create the configuration set in the second region too",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/global-endpoints.html",
		Evidence: Inferred,
	},
}
