package diagnosis

import "strings"

// DuplicateHeader returns the finding of [MsgDupHdr] for the header of that name,
// with a fix that fits it.
func DuplicateHeader(name string) Finding {
	f := New(MsgDupHdr)
	f.Title = Clean("header "+name+" occurs twice", maxTitle)
	f.Layer = "ses"
	f.Source = Clean(name, maxName)
	if strings.EqualFold(name, "DKIM-Signature") {
		f.Fix = "remove one of the two signatures: let only SES, or only your own program, sign with DKIM"
	}
	return f
}

// messageEntries are the reasons that lie in the message itself or its addresses.
var messageEntries = []Entry{
	{
		Code:     MsgRcpt50,
		Title:    "too many recipients in one message",
		Reply:    452,
		Enhanced: Enhanced{4, 5, 3},
		Retry:    true,
		Cause:    "SES takes at most 50 recipients in one message",
		Tell:     "SES says: Recipient count exceeds 50",
		Fix:      "send the rest in another transaction, as SMTP clients do on this reply",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/quotas.html",
		Evidence: Reported,
		AWS: []string{
			"554 Transaction failed: Recipient count exceeds 50",
			"Recipient count exceeds 50.",
		},
	},
	{
		Code:     MsgSize,
		Title:    "the message is too large",
		Reply:    552,
		Enhanced: Enhanced{5, 3, 4},
		Cause: "SES takes 40 MB after base64 encoding (10 MB through the old API), which is about three " +
			"quarters of it in attachments",
		Tell:     "SES says: Message length is more than, Message is too long or RequestEntityTooLarge",
		Fix:      "send links instead of attachments, or several messages",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/quotas.html",
		Evidence: Documented,
		AWS: []string{
			"Message length is more than 10485760 bytes long: '12078147'.",
			"552 Message is too long.",
			"RequestEntityTooLargeException",
		},
	},
	{
		Code:     MsgParts,
		Title:    "the message has too many MIME parts",
		Reply:    554,
		Enhanced: Enhanced{5, 6, 0},
		Cause:    "SES takes at most 500 MIME parts",
		Tell:     "count the boundary lines of the message",
		Fix:      "send fewer attachments, or pack them in one archive",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/quotas.html",
		Evidence: Documented,
	},
	{
		Code:     MsgLine,
		Title:    "a line of the message is too long",
		Reply:    554,
		Enhanced: Enhanced{5, 6, 0},
		Cause:    "lines may have at most 998 characters and CRLF (RFC 5322 section 2.1.1)",
		Tell:     "HTML or base64 was written without line breaks",
		Fix:      "encode the body as quoted-printable or base64 with lines of 76 characters",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/send-email-raw.html",
		Evidence: Documented,
	},
	{
		Code:     MsgDupHdr,
		Title:    "a header occurs twice that may occur once",
		Reply:    554,
		Enhanced: Enhanced{5, 6, 0},
		Cause: "often another mail program signed or wrote the header before: DKIM-Signature, Content-Type, " +
			"MIME-Version, From",
		Tell:     "SES says: Duplicate header, and names it",
		Fix:      "remove one of the two; if several programs handle the message, let only one write this header",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/header-fields.html",
		Evidence: Documented,
		AWS: []string{
			"554 Transaction failed: Duplicate header 'DKIM-Signature'.",
			"InvalidParameterValue: Duplicate header 'Content-Type'.",
		},
	},
	{
		Code:     MsgNoFrom,
		Title:    "the message has no From header",
		Reply:    554,
		Enhanced: Enhanced{5, 6, 0},
		Cause:    "SES takes the sender from the From header, not from MAIL FROM",
		Tell:     "SES says: Missing required header 'From'",
		Fix:      "let the application write a From header (RFC 5322 section 3.6)",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/send-email-raw.html",
		Evidence: Reported,
		AWS: []string{
			"BadRequestException: Missing required header 'From'.",
		},
	},
	{
		Code:     MsgNoRcpt,
		Title:    "the message has no recipient",
		Reply:    554,
		Enhanced: Enhanced{5, 6, 0},
		Cause:    "neither the envelope nor To, Cc or Bcc names a recipient",
		Tell:     "SES says: Missing required header 'To'",
		Fix:      "name at least one recipient",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/send-email-raw.html",
		Evidence: Reported,
		AWS: []string{
			"InvalidParameterValue: Missing required header 'To'.",
		},
	},
	{
		Code:     MsgMultiFrom,
		Title:    "the From header has several addresses",
		Reply:    554,
		Enhanced: Enhanced{5, 6, 0},
		Cause:    "SES is likely to refuse several mailboxes in From, though RFC 5322 allows them",
		Tell:     "look at the From header; a comma in a display name without quotes may read as two addresses",
		Fix:      "write one address, and put display names with commas in quotes",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/send-email-raw.html",
		Evidence: Inferred,
	},
	{
		Code:     MsgFrom,
		Title:    "the From header cannot be read",
		Reply:    554,
		Enhanced: Enhanced{5, 6, 0},
		Cause:    "the From header is not an address or \"name <address>\" (RFC 5322 section 3.4)",
		Tell:     "look at the From header for missing quotes, brackets or a missing domain",
		Fix:      "write it as \"Display Name\" <user@example.com>",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/send-email-raw.html",
		Evidence: Documented,
	},
	{
		Code:     MsgHeader,
		Title:    "SES does not take the header section",
		Reply:    554,
		Enhanced: Enhanced{5, 6, 0},
		Cause:    "the header section is too long as a whole, or a line in it has no name",
		Tell:     "SES says: Header section too long, or Empty header names are illegal",
		Fix:      "shorten long headers such as References or To, and look for lines that begin with a colon",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/header-fields.html",
		Evidence: Reported,
		AWS: []string{
			"InvalidParameterValue: Header section too long.",
			"Empty header names are illegal.",
		},
	},
	{
		Code:     MsgMIME,
		Title:    "SES cannot read the MIME structure",
		Reply:    554,
		Enhanced: Enhanced{5, 6, 0},
		Cause:    "a multipart type is announced whose boundary does not occur in the body",
		Tell:     "SES says: Missing start boundary",
		Fix: "write the boundary of Content-Type before every part; do not change a body after its header " +
			"was made",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/send-email-raw.html",
		Evidence: Reported,
		AWS: []string{
			"InvalidParameterValue: Missing start boundary",
		},
	},
	{
		Code:     MsgAddr,
		Title:    "an address is not one that SES takes",
		Reply:    553,
		Enhanced: Enhanced{5, 1, 3},
		Cause: "an address in the envelope or the header lacks its domain, or holds spaces, control " +
			"characters or others that are not allowed",
		Tell: "SES says: Missing final '@domain', Illegal address and the like, without naming the address; " +
			"for an empty MAIL FROM it says Invalid MAIL FROM address provided",
		Fix:      "correct the address: user@example.com; quote display names with commas or other specials",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html",
		Evidence: Reported,
		AWS: []string{
			"InvalidParameterValue: Missing final '@domain'",
			"Illegal address",
			"Local address contains control or whitespace",
			"Local address contains illegal character",
			"Domain contains control or whitespace",
			"Domain contains illegal character",
			"Missing domain",
			"Extra route-addr",
			"553 <user@example> Invalid email address",
			"553 <nobody> address unknown",
			"501 Invalid RCPT TO address provided",
			"501 Invalid MAIL FROM address provided",
		},
	},
	{
		Code:     MsgUTF8,
		Title:    "an address is not ASCII",
		Reply:    553,
		Enhanced: Enhanced{5, 6, 7},
		Cause: "SES has no SMTPUTF8: addresses must be 7-bit ASCII, domains in Punycode, and a local part " +
			"cannot be encoded",
		Tell:     "look for letters with accents or in other scripts in the address",
		Fix:      "write the domain as xn--..., and use another address where the local part is not ASCII",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/send-email-raw.html",
		Evidence: Documented,
	},
	{
		Code:     MsgNUL,
		Title:    "the message holds a NUL octet",
		Reply:    554,
		Enhanced: Enhanced{5, 6, 0},
		Cause: "NUL is not allowed in mail (RFC 5322 section 4); it usually comes from binary data that was " +
			"not encoded",
		Tell:     "grep -c -P \"\\x00\" finds it in a saved copy of the message",
		Fix:      "encode attachments as base64",
		Evidence: Documented,
	},
	{
		Code:     MsgAttach,
		Title:    "an attachment has a type that SES refuses",
		Reply:    554,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "SES refuses file names with certain extensions, such as .exe, .js, .bat, .vbs",
		Tell:     "compare the file names with the list of unsupported attachment types",
		Fix:      "pack the file in an archive, or send a link",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/attachments.html",
		Evidence: Documented,
	},
	{
		Code:     MsgNull,
		Title:    "mail with an empty reverse-path cannot be sent through SES",
		Reply:    501,
		Enhanced: Enhanced{5, 1, 7},
		Cause: "MAIL FROM:<> marks bounces and automatic replies; SES has no way to send them with an empty " +
			"return path",
		Tell:     "the client is usually a mail server returning a bounce",
		Fix:      "deliver bounces by another way than SES, or send them from a verified address",
		Evidence: Reported,
	},
	{
		Code:     MsgVirus,
		Title:    "SES found malware after it had accepted the message",
		Reply:    554,
		Enhanced: Enhanced{5, 7, 1},
		Warning:  true,
		Cause:    "SES scans accepted mail and drops what it finds; the send itself succeeds",
		Tell:     "a Reject event with reason Bad content, if the configuration set publishes events",
		Fix:      "remove the attachment; add an event destination to see such events",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html",
		Evidence: Documented,
	},
	{
		Code:     MsgBad,
		Title:    "SES calls the message or a parameter of it invalid",
		Reply:    554,
		Enhanced: Enhanced{5, 6, 0},
		Cause:    "SES answered that the input is not valid, with a text that is not known here",
		Tell: "the text of SES is in the detail and in the log; the exception is BadRequestException, " +
			"InvalidParameterValue or MessageRejected",
		Fix:      "mend what the text names; the same message is refused again",
		Source:   "https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html",
		Evidence: Documented,
		AWS: []string{
			"BadRequestException",
			"MessageRejected: Something new.",
		},
	},
	{
		Code:     Supp,
		Title:    "the recipient is on the suppression list",
		Reply:    550,
		Enhanced: Enhanced{5, 1, 1},
		Warning:  true,
		Cause: "earlier mail to the address bounced or was complained of, so SES accepts mail for it but " +
			"does not send it",
		Tell:     "aws sesv2 get-suppressed-destination --email-address ADDRESS",
		Fix:      "if the address works again: aws sesv2 delete-suppressed-destination --email-address ADDRESS",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html",
		Evidence: Documented,
		AWS: []string{
			"554 Message rejected: Address blacklisted.",
		},
	},
	{
		Code:     LMUnsub,
		Title:    "the contact has unsubscribed from the list",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Warning:  true,
		Cause:    "the message uses list management, and SES does not send to contacts that opted out",
		Tell:     "aws sesv2 get-contact --contact-list-name LIST --email-address ADDRESS",
		Fix:      "respect it, or send mail that is not of the list without list management",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/sending-email-subscription-management.html",
		Evidence: Documented,
	},
}
