package awssim

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
)

const (
	maxRecipients = 50
	maxEncoded    = 40 << 20 // octets after base64
	maxLine       = 1000     // octets with the line's end, RFC 5321 section 4.5.3.1.6
)

// onlyOnce are the header fields that SES takes once.
// Source: Amazon SES Developer Guide, "Amazon SES header fields".
var onlyOnce = strings.Fields(`
	Accept-Language acceptLanguage Archived-At Auto-Submitted Bounces-to Comments Content-Alternative Content-Base
	Content-Class Content-Description Content-Disposition Content-Duration Content-ID Content-Language Content-Length
	Content-Location Content-MD5 Content-Transfer-Encoding Content-Type Date Delivered-To Disposition-Notification-Options
	Disposition-Notification-To DKIM-Signature DomainKey-Signature Errors-To From Importance In-Reply-To Keywords
	List-Archive List-Help List-Id List-Owner List-Post List-Subscribe List-Unsubscribe List-Unsubscribe-Post
	Message-Context Message-ID MIME-Version Organization Original-From Original-Message-ID Original-Recipient
	Original-Subject Precedence Priority References Reply-To Return-Path Return-Receipt-To Sender Solicitation
	Sensitivity Subject Thread-Index Thread-Topic User-Agent VBR-Info`)

func badRequest(format string, args ...any) error {
	return refuse(400, "BadRequestException", fmt.Sprintf(format, args...))
}

// checkContent says what makes a message unacceptable, in the texts that users
// of SES report. Not looked at: MIME parts, attachments, viruses.
func (s *sending) checkContent() error {
	if encoded := base64.StdEncoding.EncodedLen(len(s.data)); encoded > maxEncoded {
		return badRequest("Message length is more than %d bytes long: '%d'.", maxEncoded, encoded)
	}
	if len(s.recipients) == 0 {
		return badRequest("Missing required header 'To'.")
	}
	if len(s.recipients) > maxRecipients {
		return badRequest("Recipient count exceeds %d.", maxRecipients)
	}
	if err := s.header.check(); err != nil {
		return err
	}
	return checkLines(s.data)
}

// check finds fields that are there too often or have no name.
func (h header) check() error {
	seen := map[string]bool{}
	for _, f := range h.fields {
		name := strings.ToLower(f.name)
		if name == "" {
			return badRequest("Empty header names are illegal.")
		}
		if seen[name] && isOnlyOnce(name) {
			return badRequest("Duplicate header '%s'.", f.name)
		}
		seen[name] = true
	}
	return nil
}

func isOnlyOnce(name string) bool {
	for _, once := range onlyOnce {
		if strings.EqualFold(once, name) {
			return true
		}
	}
	return false
}

// checkLines finds a line that SMTP cannot carry. SES's own text for it is not
// on record.
func checkLines(data []byte) error {
	for len(data) > 0 {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			end = len(data) - 1
		}
		if end+1 > maxLine {
			return badRequest("Message contains a line of more than %d characters.", maxLine)
		}
		data = data[end+1:]
	}
	return nil
}

// addressFault says in SES's words what is wrong with an address, "" if nothing
// is. SES has no SMTPUTF8: an address is ASCII.
func addressFault(address string) string {
	local, domain := splitAddress(address)
	switch {
	case !strings.Contains(address, "@"):
		return "Missing final '@domain'"
	case domain == "":
		return "Missing domain"
	case local == "":
		return "Illegal address"
	case strings.HasPrefix(local, `"`) && strings.HasSuffix(local, `"`) && len(local) > 1:
		return ""
	case strings.ContainsFunc(local, controlOrSpace):
		return "Local address contains control or whitespace"
	case strings.ContainsFunc(local, beyondASCII) || strings.ContainsAny(local, `()<>,;:\"[]@`):
		return "Local address contains illegal character"
	case strings.ContainsFunc(domain, controlOrSpace):
		return "Domain contains control or whitespace"
	case strings.ContainsFunc(domain, beyondASCII) || strings.ContainsAny(domain, `()<>,;:\"@`):
		return "Domain contains illegal character"
	case strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") || strings.Contains(domain, ".."):
		return "Illegal address"
	}
	return ""
}

func controlOrSpace(r rune) bool { return r <= ' ' || r == 0x7f }

func beyondASCII(r rune) bool { return r > 0x7f }
