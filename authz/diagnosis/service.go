package diagnosis

// serviceEntries are the reasons that lie in reading facts, in the network and in AWS
// itself.
var serviceEntries = []Entry{
	{
		Code:     FactThrottle,
		Title:    "reading facts about the account is throttled",
		Reply:    451,
		Enhanced: Enhanced{4, 3, 2},
		Retry:    true,
		Warning:  true,
		Cause: "calls to SES other than sending are limited to one a second for the whole account and " +
			"region, shared with every other tool",
		Tell:     "the log names the call; the verdict is unknown and mail is relayed",
		Fix:      "nothing at once: the call is repeated later; look for other tools that call SES in this account",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/quotas.html",
		Evidence: Documented,
	},
	{
		Code:     FactDenied,
		Title:    "a fact about the account may not be read",
		Reply:    451,
		Enhanced: Enhanced{4, 3, 0},
		Retry:    true,
		Warning:  true,
		Cause: "the credentials lack a permission to read, so less is known ahead of time; sending is not " +
			"concerned",
		Tell: "sesgate check --from SENDER --to RECIPIENT lists what is not known, and the permission that " +
			"it would need",
		Fix:      "allow the reading action named, or accept that refusals come from SES alone",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",
		Evidence: Documented,
		AWS: []string{
			"User: arn:aws:sts::111122223333:assumed-role/app/i-0abc is not authorized to perform: " +
				"ses:GetAccount on resource: * because no identity-based policy allows the ses:GetAccount " +
				"action",
		},
	},
	{
		Code:     Net,
		Title:    "AWS cannot be reached over the network",
		Reply:    451,
		Enhanced: Enhanced{4, 4, 1},
		Retry:    true,
		Cause: "no connection to the endpoint was made: DNS, routing, firewall, security group or a missing " +
			"VPC endpoint; nothing was sent",
		Tell: "curl -v https://email.REGION.amazonaws.com from the same place",
		Fix: "see that nslookup finds names here; open outbound TCP 443 to SES, or add a NAT gateway or VPC " +
			"endpoint; check the proxy variables",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/send-email-set-up-vpc-endpoints.html",
		Evidence: Documented,
		AWS: []string{
			"dial tcp 10.1.2.3:443: connect: connection refused",
			"dial tcp: lookup email.eu-west-1.amazonaws.com: i/o timeout",
			"Temporary failure in name resolution",
			"Could not connect to the endpoint URL: \"https://email.eu-west-1.amazonaws.com/\"",
		},
	},
	{
		Code:     NetTLS,
		Title:    "the TLS handshake with AWS fails",
		Reply:    451,
		Enhanced: Enhanced{4, 4, 1},
		Retry:    true,
		Cause: "the certificate is not trusted here: the image has no CA certificates, a proxy intercepts " +
			"TLS, or the clock is wrong; nothing was sent",
		Tell:     "curl -v https://email.REGION.amazonaws.com shows the issuer of the certificate",
		Fix:      "install ca-certificates, or add the CA of the intercepting proxy (AWS_CA_BUNDLE)",
		Source:   "https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html",
		Evidence: Documented,
		AWS: []string{
			"tls: failed to verify certificate: x509: certificate signed by unknown authority",
		},
	},
	{
		Code:     SMTPNoAuth,
		Title:    "the SMTP endpoint of SES wants TLS or authentication first",
		Reply:    530,
		Enhanced: Enhanced{5, 7, 0},
		Cause:    "the client speaks to the SMTP endpoint of SES itself and did not use STARTTLS or AUTH",
		Tell:     "SES says: Must issue a STARTTLS command first, or Authentication required",
		Fix:      "enable STARTTLS and SMTP credentials in the client, or point it at sesgate",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html",
		Evidence: Documented,
		AWS: []string{
			"530 Authentication required",
			"530 Must issue a STARTTLS command first",
		},
	},
	{
		Code:     SMTPConns,
		Title:    "too many connections to the SMTP endpoint of SES",
		Reply:    421,
		Enhanced: Enhanced{4, 7, 0},
		Retry:    true,
		Cause:    "the client opens more connections to the SMTP endpoint of SES than it allows",
		Tell:     "SES says: Too many concurrent SMTP connections",
		Fix:      "use fewer connections and reuse them, or point the client at sesgate",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html",
		Evidence: Documented,
		AWS: []string{
			"421 Too many concurrent SMTP connections",
		},
	},
	{
		Code:     SMTPTimeout,
		Title:    "the SMTP endpoint of SES waited in vain for the client",
		Reply:    451,
		Enhanced: Enhanced{4, 4, 2},
		Retry:    true,
		Cause:    "the client was silent for too long in the middle of a transaction with the SMTP endpoint of SES",
		Tell:     "SES says: Timeout waiting for data from client",
		Fix:      "send again; look for a slow disk, network or program that feeds the client",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html",
		Evidence: Documented,
		AWS: []string{
			"451 Timeout waiting for data from client",
		},
	},
	{
		Code:     Svc,
		Title:    "AWS failed or did not answer in time",
		Reply:    451,
		Enhanced: Enhanced{4, 4, 1},
		Retry:    true,
		Cause: "an error within AWS, or an answer that did not come; SES may have accepted the message all " +
			"the same",
		Tell:     "the AWS Health Dashboard, and the latency of other calls from the same place",
		Fix:      "retry later; as a send cannot be repeated safely, the recipient may get the message twice",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html",
		Evidence: Documented,
		AWS: []string{
			"ServiceUnavailable",
			"InternalFailure",
			"451 Temporary service failure",
			"454 Temporary authentication failure",
			"https response error StatusCode: 503, RequestID: 0a1b",
		},
	},
	{
		Code:     SvcUnknown,
		Title:    "an answer that is not known here",
		Reply:    451,
		Enhanced: Enhanced{4, 3, 0},
		Retry:    true,
		Cause:    "AWS or the network gave an error that is not in the catalogue",
		Tell:     "the text is in the detail and in the log",
		Fix:      "read the text; report it to the authors of sesgate, so that it can be added",
		Evidence: Documented,
	},
}
