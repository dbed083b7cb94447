package diagnosis

// crossAccountEntries are the reasons that lie in identities of another account.
var crossAccountEntries = []Entry{
	{
		Code:     XAccNoARN,
		Title:    "the identity is in another account and its ARN was not passed",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "without the ARN of the identity SES looks for it in the account of the caller and finds it " +
			"not verified",
		Tell: "aws sesv2 get-email-identity does not find the identity in the own account; SES answers that " +
			"the address is not verified",
		Fix: "name the identity's ARN in a route for the sender (identity_arn), use credentials of the owner's " +
			"account, or verify the domain in this account too",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/sending-authorization.html",
		Evidence: Reported,
	},
	{
		Code:     XAccNoPolicy,
		Title:    "the owner's sending authorization policy does not admit this caller",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "sending as an identity of another account needs a policy on that identity that names this " +
			"account, user or role",
		Tell: "IAM says: because no resource-based policy allows the action; only the owner can read the policy",
		Fix: "send the owner of the identity a statement that allows ses:SendRawEmail to the ARN of this " +
			"caller",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/sending-authorization-identity-owner-tasks-policy.html",
		Evidence: Documented,
		AWS: []string{
			"User: arn:aws:iam::111122223333:user/app is not authorized to perform: ses:SendRawEmail on " +
				"resource: arn:aws:ses:us-east-1:444455556666:identity/example.com because no resource-based " +
				"policy allows the ses:SendRawEmail action",
		},
	},
	{
		Code:     XAccRegion,
		Title:    "the identity's ARN names another region than the one in use",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "sending authorization works only in the region of the identity",
		Tell:     "compare the region in the ARN with that of the route, or aws.region",
		Fix:      "send in the region of the owner's identity: the region of the route, or aws.region",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/sending-authorization.html",
		Evidence: Documented,
	},
	{
		Code:     XAccSandbox,
		Title:    "cross-account sending from the sandbox reaches verified recipients only",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "the sending account needs production access of its own, and so does the owner of the identity",
		Tell:     "aws sesv2 get-account shows ProductionAccessEnabled false",
		Fix:      "request production access in both accounts",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html",
		Evidence: Documented,
	},
}
