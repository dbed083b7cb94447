package proxy

import (
	"strings"

	"golang.org/x/net/idna"

	"sesgate/authz/diagnosis"
)

// The address gate. The library hands over addresses without the quotes of their
// local part: <"a@b "@c> arrives as "a@b @c", which says another thing. So an
// address passes only if it is the same quoted or not: a dot-string, an at sign,
// a domain name (RFC 5321 section 4.1.2). What is authorised is then, octet for
// octet, what is sent.

// Limits of RFC 5321 section 4.5.3.1, in octets. A path of 256 octets includes
// its angle brackets.
const (
	maxLocalPart = 64
	maxDomain    = 255
	maxAddress   = 254
	maxLabel     = 63 // RFC 1035 section 2.3.4
)

// checkAddress says why an envelope address is refused, or nil.
func checkAddress(address string) *diagnosis.Finding {
	if !isASCII(address) {
		f := diagnosis.New(diagnosis.MsgUTF8)
		f.Title = "SES takes no address that is not ASCII: " + address
		return &f
	}
	if fault := addressFault(address); fault != "" {
		f := diagnosis.New(diagnosis.MsgAddr)
		f.Title = "the address <" + address + "> cannot be sent: " + fault
		return &f
	}
	return nil
}

func addressFault(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return "it has no domain"
	}
	local, domain := address[:at], address[at+1:]
	switch {
	case len(address) > maxAddress:
		return "it is longer than 254 octets"
	case len(local) > maxLocalPart:
		return "what stands before the @ is longer than 64 octets"
	}
	if fault := localPartFault(local); fault != "" {
		return fault
	}
	return domainFault(domain)
}

// localPartFault holds a local part to a dot-string. SES refuses dots at either
// end and in a row, too ("Local address contains dot-dot").
func localPartFault(local string) string {
	if local == "" {
		return "nothing stands before the @"
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" {
			return "a dot stands at the end of the local part or beside another"
		}
		if strings.ContainsFunc(atom, func(r rune) bool { return !isAtext(r) }) {
			return "the local part has a character that would need quotes"
		}
	}
	return ""
}

// isAtext is atext of RFC 5322 section 3.2.3.
func isAtext(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
		strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

func domainFault(domain string) string {
	switch {
	case domain == "":
		return "nothing stands after the @"
	case len(domain) > maxDomain:
		return "its domain is longer than 255 octets"
	case domain[0] == '[':
		return "SES does not deliver to address literals"
	}
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" {
			return "its domain has a dot at an end or beside another"
		}
		if len(label) > maxLabel {
			return "its domain has a label of more than 63 octets"
		}
	}
	// Underscores are for SES to judge: hosts have them though host names may not.
	if _, err := idna.Lookup.ToASCII(strings.ReplaceAll(domain, "_", "x")); err != nil {
		return "its domain is not a domain name"
	}
	return ""
}

// badSender has the enhanced status code that RFC 3463 gives senders.
func badSender(code diagnosis.Code) *reply { return badAddress(code, 7) }

// badRecipient has the one that it gives recipients.
func badRecipient(code diagnosis.Code) *reply { return badAddress(code, 3) }

func badAddress(code diagnosis.Code, detail int) *reply {
	if code == diagnosis.MsgUTF8 {
		return fixed(553, 5, 6, 7, "")
	}
	return fixed(501, 5, 1, detail, "")
}
