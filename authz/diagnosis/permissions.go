package diagnosis

// permissionsEntries are the reasons that lie in actions and resources of identity
// policies, and the refusal that names none.
var permissionsEntries = []Entry{
	{
		Code:     AccessDenied,
		Title:    "AWS refuses the action and does not say why",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "the answer of SES to a send names caller, action and resource but no reason: a missing " +
			"allow, an explicit deny, a boundary, a service control policy and others all look alike",
		Tell: "the text has back-tick and apostrophe quotes and ends with the resource; sesgate check --from " +
			"SENDER --to RECIPIENT evaluates every policy that may be read",
		Fix: "run sesgate check --from SENDER --to RECIPIENT; if it finds nothing, grant ses:SendRawEmail " +
			"on the resource named, then look for denies in policies that it cannot read",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",
		Evidence: Reported,
		AWS: []string{
			"554 Access denied: User `arn:aws:sts::111122223333:assumed-role/app/i-0abc' is not " +
				"authorized to perform `ses:SendRawEmail' on resource " +
				"`arn:aws:ses:us-east-1:111122223333:identity/example.com'",
		},
	},
	{
		Code:     IAMNoAllow,
		Title:    "no identity policy allows the action",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "none of the policies of the user, its groups or the role allows ses:SendRawEmail on the resource",
		Tell: "the standard text of IAM says: because no identity-based policy allows the action; the older " +
			"text of SES gives no reason",
		Fix: "add to a policy of the user or role: {\"Effect\":\"Allow\",\"Action\":\"ses:SendRawEmail\"," +
			"\"Resource\":\"arn:aws:ses:REGION:ACCOUNT:identity/DOMAIN\"}",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",
		Evidence: Documented,
		AWS: []string{
			"User: arn:aws:sts::111122223333:assumed-role/app/i-0abc is not authorized to perform: " +
				"ses:SendRawEmail on resource: arn:aws:ses:us-east-1:111122223333:identity/example.com " +
				"because no identity-based policy allows the ses:SendRawEmail action",
		},
	},
	{
		Code:     IAMAction,
		Title:    "the policy allows another action than ses:SendRawEmail",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "a raw message is checked against ses:SendRawEmail, though the API called is SendEmail; " +
			"sesv2:* and misspelt names match nothing",
		Tell:     "the policy names ses:SendEmail, sesv2:* or the like, and the refusal names ses:SendRawEmail",
		Fix:      "add ses:SendRawEmail to the Action of that statement",
		Source:   "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html",
		Evidence: Reported,
	},
	{
		Code:     IAMResKind,
		Title:    "the policy names the domain identity, SES uses the address identity, or vice versa",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "SES authorises against the most specific identity that exists: an address verified beside " +
			"its domain takes its place",
		Tell: "aws sesv2 list-email-identities shows both; the refusal names the one that the policy lacks",
		Fix: "add both arn:aws:ses:REGION:ACCOUNT:identity/DOMAIN and .../identity/*@DOMAIN to Resource, " +
			"or delete the address identity",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html",
		Evidence: Reported,
	},
	{
		Code:     IAMResRegion,
		Title:    "the policy names an ARN of another region, account or partition",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "the ARN in Resource was copied from another region or account; in GovCloud and China the " +
			"partition differs too",
		Tell:     "compare region and account in the ARN of the policy with the ARN that SES authorises",
		Fix:      "correct the ARN, or write * for the region",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html",
		Evidence: Documented,
	},
	{
		Code:     IAMResCase,
		Title:    "the ARN in the policy differs by letter case or a +label",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "ARNs are compared with letter case, and email address identities keep theirs",
		Tell:     "compare the identity that SES resolves with the ARN in Resource letter by letter",
		Fix:      "write the identity in the policy exactly as aws sesv2 list-email-identities shows it",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html",
		Evidence: Documented,
	},
	{
		Code:     IAMResConfSet,
		Title:    "the configuration set is missing from the policy",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "a configuration set is a second resource of the same call: both it and the identity must be " +
			"allowed",
		Tell: "the refusal names a resource of the form configuration-set/NAME",
		Fix: "add arn:aws:ses:REGION:ACCOUNT:configuration-set/NAME to the Resource of the statement that " +
			"allows the identity",
		Source:   "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html",
		Evidence: Reported,
	},
	{
		Code:     IAMResDefCS,
		Title:    "the identity's default configuration set is missing from the policy",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "the identity has a default configuration set, which SES authorises although the message " +
			"names none",
		Tell: "aws sesv2 get-email-identity shows ConfigurationSetName",
		Fix: "add the ARN of that configuration set to Resource, or remove the default: aws sesv2 " +
			"put-email-identity-configuration-set-attributes",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/managing-configuration-sets.html",
		Evidence: Reported,
	},
	{
		Code:     IAMResSandbox,
		Title:    "in the sandbox the recipient's identity must be in the policy too",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "while the account is in the sandbox, SES also authorises the identity of each recipient",
		Tell:     "the refusal names identity/RECIPIENT; aws sesv2 get-account shows ProductionAccessEnabled false",
		Fix:      "allow arn:aws:ses:REGION:ACCOUNT:identity/*, or leave the sandbox",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html",
		Evidence: Reported,
	},
	{
		Code:     IAMResRetPath,
		Title:    "the return-path identity is missing from the policy",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "the feedback address is likely to be authorised as an identity of its own, and the policy " +
			"does not name it",
		Tell:     "the refusal may name the identity of the return-path address instead of that of the From header",
		Fix:      "add the identity of the return-path address to Resource, or drop the Return-Path header",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/sending-authorization.html",
		Evidence: Inferred,
	},
	{
		Code:     IAMVar,
		Title:    "a policy variable never gets a value for this caller",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "${aws:username} has no value for a role, and in a policy without \"Version\": \"2012-10-17\" no " +
			"variable is replaced at all",
		Tell:     "the Resource or a condition of the statement holds ${...}",
		Fix:      "use ${aws:PrincipalTag/NAME} for roles and set \"Version\": \"2012-10-17\"",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html",
		Evidence: Documented,
	},
	{
		Code:     IAMDeny,
		Title:    "an identity policy denies the action",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "a statement with \"Effect\": \"Deny\" in a policy of the user or role applies; no allow can " +
			"outweigh it",
		Tell: "the standard text of IAM says: with an explicit deny in an identity-based policy, and may " +
			"name the policy",
		Fix:      "remove the statement, or narrow its Action, Resource or Condition so that this send is exempt",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
		Evidence: Documented,
		AWS: []string{
			"User: arn:aws:iam::111122223333:user/app is not authorized to perform: ses:SendEmail on " +
				"resource: arn:aws:ses:us-east-1:111122223333:identity/example.com with an explicit deny in " +
				"an identity-based policy: arn:aws:iam::111122223333:policy/NoMail",
		},
	},
	{
		Code:     IAMDenyGroup,
		Title:    "a policy of the user's group decides against the action",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "a group of the user has a policy with a deny that applies",
		Tell:     "aws iam list-groups-for-user, then list-attached-group-policies and list-group-policies",
		Fix:      "change the policy of the group, or take the user out of the group",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
		Evidence: Documented,
	},
}
