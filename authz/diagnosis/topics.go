package diagnosis

// Topic is one of the causes of "not authorized" that AWS's own troubleshooting
// page for SES lists, with what is told apart in it here.
type Topic struct {
	Title string // no capital, no full stop
	Text  string // what SES checks, and how it is told here
	Codes []Code // in the order in which to look
}

// Topics returns the causes in the order of AWS's page.
func Topics() []Topic {
	return []Topic{
		{
			Title: "the wrong user or role sends",
			Text: "SES judges the credentials that the SDK finds first, which in a pod may be those of the node. " +
				"With principal.expected in the configuration another principal is named first in each refusal; " +
				"without it one that looks like a node's is named as likely",
			Codes: []Code{CredPrincipal, CredWrongAcct, CredNone, CredExpired, CredInvalid, CredSkew, CredRole},
		},
		{
			Title: "the identity policies do not allow ses:SendRawEmail",
			Text: "the API that is called is SendEmail; what SES checks for a raw message is ses:SendRawEmail, on the " +
				"sender's identity, on the configuration set and, in the sandbox, on the recipients",
			Codes: []Code{IAMNoAllow, IAMAction, IAMResKind, IAMResRegion, IAMResCase, IAMResConfSet, IAMResDefCS, IAMResSandbox, IAMResRetPath, IAMVar},
		},
		{
			Title: "a Deny by a condition",
			Text: "in an identity policy, or in a sending authorization policy, by ses:Recipients, ses:FromAddress, " +
				"ses:FromDisplayName, ses:FeedbackAddress, aws:CurrentTime, aws:EpochTime, aws:SecureTransport, aws:SourceIp or " +
				"aws:UserAgent; the reply names the value wanted and the one found",
			Codes: []Code{
				IAMCondRcpt, IAMCondRcptSet, IAMCondFrom, IAMCondFromCase, IAMCondName, IAMCondFeedback, IAMCondTime, IAMCondTimeOver,
				IAMCondTLS, IAMCondIP, IAMCondIPVPCE, IAMCondUA, IAMDeny, IAMDenyGroup, ResDeny, ResAddrOverDomain,
			},
		},
		{
			Title: "a permissions boundary",
			Text:  "it grants nothing, and has to allow ses:SendRawEmail beside the identity policies",
			Codes: []Code{IAMBoundImpl, IAMBoundExpl, IAMBoundNotPrincipal},
		},
		{
			Title: "a service control policy",
			Text: "one Deny at any level of the organization is enough, and at every level one policy has to allow. Where they " +
				"cannot be read they are suspected once SES has refused",
			Codes: []Code{SCPExpl, SCPRegion, SCPImpl},
		},
		{
			Title: "an identity of another account",
			Text: "its ARN has to be named (identity_arn of a route), its region used, its owner's policy has to admit the caller, " +
				"and both accounts need production access",
			Codes: []Code{XAccNoARN, XAccNoPolicy, XAccRegion, XAccSandbox, CredWrongAcct},
		},
	}
}
