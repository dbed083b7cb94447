package diagnosis

// identitiesEntries are the reasons that lie in verified identities and in the sandbox.
var identitiesEntries = []Entry{
	{
		Code:     IDNone,
		Title:    "no verified identity covers the sender",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "neither the address nor its domain or a parent domain is verified in this account and region",
		Tell: "aws sesv2 get-email-identity --email-identity DOMAIN answers NotFoundException; SES says: " +
			"Email address is not verified, listing senders and recipients alike",
		Fix: "aws sesv2 create-email-identity --email-identity DOMAIN and publish the DNS records it " +
			"returns; check domain, region and account for a mistake first",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html",
		Evidence: Documented,
		AWS: []string{
			"554 Message rejected: Email address is not verified. The following identities failed the " +
				"check in region US-EAST-1: news@example.com",
			"Email address is not verified. The following identities failed the check in region " +
				"US-EAST-1: a@example.com, b@example.org, ...",
		},
	},
	{
		Code:     IDPending,
		Title:    "the verification of the identity has not finished",
		Reply:    451,
		Enhanced: Enhanced{4, 7, 1},
		Retry:    true,
		Cause: "the DNS records or the confirmation mail are still awaited (PENDING), or SES could not look " +
			"them up for the moment (TEMPORARY_FAILURE)",
		Tell: "aws sesv2 get-email-identity shows VerificationStatus",
		Fix: "publish the DNS records that get-email-identity shows, or open the link in the confirmation " +
			"mail; then wait",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html",
		Evidence: Documented,
	},
	{
		Code:     IDFailed,
		Title:    "the verification of the identity has failed",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "SES did not find the DNS records in 72 hours, or the confirmation link expired",
		Tell:     "aws sesv2 get-email-identity shows VerificationStatus FAILED and VerificationInfo.ErrorType",
		Fix:      "correct the DNS records and start verification anew: delete and create the identity",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html",
		Evidence: Documented,
	},
	{
		Code:     IDShadow,
		Title:    "an unverified address identity hides the verified domain",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Warning:  true,
		Cause: "the address exists as an identity of its own that is not verified; SES probably uses it in " +
			"place of the verified domain",
		Tell: "aws sesv2 list-email-identities shows the address beside its domain; the message may be " +
			"refused as not verified",
		Fix:      "verify the address identity, or delete it: aws sesv2 delete-email-identity",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html",
		Evidence: Inferred,
	},
	{
		Code:     IDCase,
		Title:    "the address identity is stored in other letter case",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "email address identities compare letter case, domain identities do not; the sender is likely " +
			"written in another case than the identity",
		Tell: "compare the From address with aws sesv2 list-email-identities; another case may be taken for " +
			"another address",
		Fix:      "send with the address as it was verified, or verify the domain instead",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html",
		Evidence: Inferred,
	},
	{
		Code:     IDDisabled,
		Title:    "SES has switched sending off for the identity",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "the identity is verified, but not for sending, or its reputation has paused it",
		Tell: "aws sesv2 get-email-identity shows VerifiedForSendingStatus false; aws sesv2 " +
			"get-reputation-entity shows a pause",
		Fix:      "see the reputation page of the SES console, mend what it names and enable the identity again",
		Source:   "https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetEmailIdentity.html",
		Evidence: Documented,
	},
	{
		Code:     IDRetPath,
		Title:    "the return-path address is not verified",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "the address for bounces must be covered by a verified identity, like the From address",
		Tell:     "SES says: Email address is not verified, and lists the return-path address",
		Fix:      "verify its domain, or drop the Return-Path header",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html",
		Evidence: Documented,
	},
	{
		Code:     IDSender,
		Title:    "the address in the Sender header is not verified",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "SES may check the Sender header like the From header",
		Tell:     "SES says: Email address is not verified, and probably lists the address of the Sender header",
		Fix:      "drop the Sender header or verify its domain",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html",
		Evidence: Inferred,
	},
	{
		Code:     SbxRcpt,
		Title:    "the account is in the sandbox and the recipient is not verified",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "in the sandbox SES delivers only to verified addresses and domains and to its mailbox simulator",
		Tell: "aws sesv2 get-account shows ProductionAccessEnabled false; SES says: Email address is not " +
			"verified, and lists the recipient",
		Fix: "request production access; until then verify the recipient or send to " +
			"success@simulator.amazonses.com",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html",
		Evidence: Documented,
	},
}
