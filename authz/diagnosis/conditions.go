package diagnosis

// conditionsEntries are the reasons that lie in the Condition of identity policies.
var conditionsEntries = []Entry{
	{
		Code:     IAMCondFrom,
		Title:    "the From address does not match ses:FromAddress",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "the statement that allows sending is limited to other From addresses",
		Tell: "the Condition of the statement has ses:FromAddress; what counts is the From header, not MAIL " +
			"FROM",
		Fix:      "send with an address that the condition allows, or add this one to it",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html",
		Evidence: Documented,
	},
	{
		Code:     IAMCondFromCase,
		Title:    "the From address differs from ses:FromAddress by letter case",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "StringEquals and StringLike compare letter case; whether SES lower-cases the address first " +
			"is not documented, so this is the likely reason only",
		Tell:     "the address and the pattern may differ in nothing but letter case",
		Fix:      "write the address in the case of the policy, or use StringEqualsIgnoreCase",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html",
		Evidence: Inferred,
	},
	{
		Code:     IAMCondName,
		Title:    "the display name does not match ses:FromDisplayName",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "the statement wants a certain display name in the From header, and the message has another " +
			"or none; how SES compares encoded names is unknown",
		Tell: "the Condition of the statement has ses:FromDisplayName; a missing name probably leaves the " +
			"key absent",
		Fix:      "set the display name of the From header as the condition wants it",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html",
		Evidence: Inferred,
	},
	{
		Code:     IAMCondFeedback,
		Title:    "the feedback address does not match ses:FeedbackAddress",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "the statement wants a certain return-path; which address SES takes when none is given is not " +
			"documented",
		Tell: "the Condition of the statement has ses:FeedbackAddress, and the address of the message is " +
			"likely another",
		Fix:      "set or drop the Return-Path header as the condition wants it, or add the address to it",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html",
		Evidence: Inferred,
	},
	{
		Code:     IAMCondRcpt,
		Title:    "a recipient is outside ses:Recipients",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "the statement that allows sending is limited to certain recipients; one outside them refuses " +
			"the whole message",
		Tell:     "the Condition of the statement has ses:Recipients",
		Fix:      "leave out the recipient named, send to it in a message of its own, or add it to the condition",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html",
		Evidence: Documented,
	},
	{
		Code:     IAMCondRcptSet,
		Title:    "ses:Recipients is compared without the right set operator",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "ses:Recipients has several values: without ForAllValues or ForAnyValue the result is not " +
			"documented, and with the wrong one it may be the opposite of what was meant",
		Tell: "look for ses:Recipients under a plain operator such as StringLike; IAM Access Analyzer " +
			"reports it as a missing qualifier",
		Fix:      "in an Allow use ForAllValues:StringLike, in a Deny of outsiders ForAnyValue:StringNotLike",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html",
		Evidence: Inferred,
	},
	{
		Code:     IAMCondAPIVer,
		Title:    "the policy is limited to another version of the SES API",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "a condition on ses:ApiVersion pins the version; mail is sent by version 2 here, as by " +
			"the SMTP interface of SES",
		Tell:     "the Condition of the statement has ses:ApiVersion",
		Fix:      "allow \"2\" in that condition",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html",
		Evidence: Documented,
	},
	{
		Code:     IAMCondTenant,
		Title:    "the policy has a condition on tenant or multi-region endpoint",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "the keys ses:TenantName and ses:MultiRegionEndpointId are not documented for " +
			"ses:SendRawEmail and may be absent from such a call",
		Tell: "the Condition of the statement has one of these keys; whether it can match a raw message is " +
			"unknown",
		Fix:      "allow ses:SendRawEmail without that condition and limit the resource instead",
		Source:   "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html",
		Evidence: Inferred,
	},
	{
		Code:  IAMCondTime,
		Title: "the policy does not allow sending at this time",
		// 4yz because a window may still open and new credentials may come; if neither
		// happens the sender learns of it when its queue gives up.
		Reply:    451,
		Enhanced: Enhanced{4, 7, 1},
		Retry:    true,
		Cause: "a condition on aws:CurrentTime or aws:EpochTime is outside its window, or one on " +
			"aws:TokenIssueTime revokes older sessions (AWSRevokeOlderSessions)",
		Tell: "the Condition of the statement has one of these keys; compare its dates with the time of the " +
			"refusal",
		Fix: "wait for the window or change it; after a revocation a new session is needed: refresh the " +
			"credentials, or restart sesgate",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
		Evidence: Documented,
	},
	{
		Code:     IAMCondTimeOver,
		Title:    "the policy no longer allows sending",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "a condition on aws:CurrentTime or aws:EpochTime has closed a window that does not open again",
		Tell:     "the Condition of the statement asks for an earlier time, or denies from a time that has come",
		Fix:      "change or remove the condition: waiting does not help",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
		Evidence: Documented,
	},
	{
		Code:     IAMCondIP,
		Title:    "the policy does not allow the IP address that AWS sees",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "a condition on aws:SourceIp does not include the public address of the network; which " +
			"address AWS sees is likely that of the NAT gateway",
		Tell:     "compare curl https://checkip.amazonaws.com with the addresses in the condition",
		Fix:      "add the egress address (NAT gateway, proxy) to the condition",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
		Evidence: Inferred,
	},
	{
		Code:     IAMCondIPVPCE,
		Title:    "the policy wants aws:SourceIp, which a VPC endpoint does not supply",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "calls through a VPC endpoint carry no aws:SourceIp: an Allow with IpAddress then fails and a " +
			"Deny with NotIpAddress applies; here SES is probably reached through one",
		Tell:     "email.REGION.amazonaws.com resolves to a private address, which may mean a VPC endpoint",
		Fix:      "use aws:VpcSourceIp, aws:SourceVpc or aws:SourceVpce in the condition",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
		Evidence: Inferred,
	},
	{
		Code:     IAMCondVPCE,
		Title:    "the policy wants a VPC or VPC endpoint that the call did not pass",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "a condition on aws:SourceVpce or aws:SourceVpc names another endpoint, or SES is reached " +
			"over the Internet, which is likely if its name resolves to a public address",
		Tell: "look at what email.REGION.amazonaws.com resolves to here; a public address probably means no " +
			"endpoint",
		Fix: "create the VPC endpoint for SES with private DNS in the network of sesgate, or correct the " +
			"condition",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/send-email-set-up-vpc-endpoints.html",
		Evidence: Inferred,
	},
	{
		Code:     IAMCondTLS,
		Title:    "the policy refuses calls over TLS",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "a condition wants aws:SecureTransport false, the inverse of what such conditions are meant " +
			"for; every call to SES uses TLS",
		Tell:     "the Condition of the statement has aws:SecureTransport",
		Fix:      "in an Allow use \"true\", in a Deny \"false\"",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
		Evidence: Documented,
	},
	{
		Code:     IAMCondUA,
		Title:    "the policy does not allow this user agent",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "a condition on aws:UserAgent does not match the name that the AWS SDK sends for sesgate",
		Tell:     "the Condition of the statement has aws:UserAgent",
		Fix:      "remove the condition: a user agent proves nothing, as every client chooses its own",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
		Evidence: Documented,
	},
	{
		Code:     IAMCondTag,
		Title:    "the caller lacks a tag that the policy wants",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "a condition on aws:PrincipalTag/NAME finds no such tag, or another value",
		Tell:     "aws iam list-role-tags or list-user-tags; session tags are not shown there",
		Fix:      "tag the role or user, or pass the tag when the role is assumed",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
		Evidence: Documented,
	},
	{
		Code:     IAMCondMFA,
		Title:    "the policy wants multi-factor authentication",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "a condition wants aws:MultiFactorAuthPresent true, which a program with long-term keys " +
			"cannot offer",
		Tell:     "the Condition of the statement has aws:MultiFactorAuthPresent",
		Fix:      "exempt this principal from the condition, or give the application a role without it",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
		Evidence: Documented,
	},
	{
		Code:     IAMCondUnknownKey,
		Title:    "the policy has a condition key that SES does not supply",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "the key is misspelt (ses:Recipient, ses:From) or belongs to another service, so the " +
			"condition never matches",
		Tell: "compare the key with the list in the service authorization reference of SES",
		Fix: "correct the key: ses:FromAddress, ses:FromDisplayName, ses:FeedbackAddress, ses:Recipients, " +
			"ses:ApiVersion",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html",
		Evidence: Documented,
	},
}
