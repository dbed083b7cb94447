package diagnosis

// accountEntries are the reasons that lie in the region or in the state of the account.
var accountEntries = []Entry{
	{
		Code:     RegNone,
		Title:    "no AWS region is configured",
		Reply:    454,
		Enhanced: Enhanced{4, 3, 5},
		Retry:    true,
		Cause:    "neither the configuration nor the AWS environment names a region",
		Tell:     "the error says Missing Region; aws configure get region prints nothing",
		Fix:      "set aws.region, or AWS_REGION in the environment",
		Source:   "https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html",
		Evidence: Documented,
		AWS: []string{
			"operation error SESv2: SendEmail, failed to resolve service endpoint, endpoint rule error, " +
				"Invalid Configuration: Missing Region",
			"MissingRegion: could not find region configuration",
		},
	},
	{
		Code:  RegNoSES,
		Title: "the name email.REGION.amazonaws.com cannot be looked up",
		// A resolver that is out of order gives the same evidence, and 554 would then
		// lose mail; hence 451, though a region without SES never gets one by itself.
		Reply:    451,
		Enhanced: Enhanced{4, 4, 4},
		Retry:    true,
		Cause: "the resolver here does not work or sees no public names, as in a network without Internet; " +
			"or the region does not exist or has no SES",
		Tell: "nslookup email.us-east-1.amazonaws.com from the same place: if that fails too it is the " +
			"network or the resolver, otherwise the region",
		Fix: "mend the resolver or the network: one without Internet needs a NAT gateway, or a VPC endpoint " +
			"for SES; if only this region's name fails, set aws.region to a region with SES",
		Source:   "https://docs.aws.amazon.com/general/latest/gr/ses.html",
		Evidence: Reported,
		AWS: []string{
			"dial tcp: lookup email.eu-wst-1.amazonaws.com on 10.0.0.2:53: no such host",
			"Could not resolve host: email.eu-wst-1.amazonaws.com",
		},
	},
	{
		Code:     RegWrong,
		Title:    "the identity is verified in another region",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "identities belong to one region: verified in one, they are unknown in the others",
		Tell: "aws sesv2 get-email-identity --email-identity DOMAIN --region OTHER finds it, and not in the " +
			"region in use",
		Fix:      "set aws.region to the identity's region, or verify the identity in this one",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/regions.html",
		Evidence: Documented,
	},
	{
		Code:     AcctNotSub,
		Title:    "the account is not signed up for SES",
		Reply:    554,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "the account never finished its sign-up, was closed, or has not enabled the region",
		Tell: "SES answers OptInRequired or SubscriptionRequired; its SMTP endpoint answers 535 Account not " +
			"subscribed to SES",
		Fix: "sign in to the AWS console of the account, finish its activation and open SES in this region " +
			"once",
		Source:   "https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html",
		Evidence: Documented,
		AWS: []string{
			"535 Account not subscribed to SES",
			"OptInRequired: The AWS Access Key Id needs a subscription for the service",
			"SubscriptionRequiredException",
		},
	},
	{
		Code:     AcctShutdown,
		Title:    "SES has paused or shut down sending for this account",
		Reply:    554,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "AWS stops accounts over bounces, complaints or content; the reason was sent to the address " +
			"of the AWS account",
		Tell:     "aws sesv2 get-account shows EnforcementStatus SHUTDOWN",
		Fix:      "read the message of AWS, mend what it names, and answer it in the support centre",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/faqs-enforcement.html",
		Evidence: Reported,
		AWS: []string{
			"Sending paused for this account. For more information, please check the inbox of the email " +
				"address associated with your AWS account.",
			"AccountSuspendedException: The message can't be sent because the account's ability to send " +
				"email has been permanently restricted.",
		},
	},
	{
		Code:     AcctPaused,
		Title:    "sending is switched off for the account",
		Reply:    451,
		Enhanced: Enhanced{4, 7, 1},
		Retry:    true,
		Cause:    "somebody, or an alarm of the account itself, has switched sending off in this region",
		Tell:     "aws sesv2 get-account shows SendingEnabled false",
		Fix: "aws sesv2 put-account-sending-attributes --sending-enabled, once the reason for the pause is " +
			"gone",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/monitoring-sender-reputation-pausing.html",
		Evidence: Documented,
		AWS: []string{
			"Email sending is disabled for your entire Amazon SES account.",
		},
	},
	{
		Code:     AcctProbation,
		Title:    "SES is reviewing the account",
		Reply:    451,
		Enhanced: Enhanced{4, 7, 1},
		Retry:    true,
		Warning:  true,
		Cause:    "bounces or complaints are high; sending still works but may be stopped",
		Tell:     "aws sesv2 get-account shows EnforcementStatus PROBATION",
		Fix: "lower bounces and complaints (reputation dashboard in the SES console) before SES stops the " +
			"account",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/faqs-enforcement.html",
		Evidence: Documented,
	},
}
