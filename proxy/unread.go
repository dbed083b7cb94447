package proxy

import (
	"strings"

	"sesgate/authz/diagnosis"
)

// MAIL and RCPT commands that the library cannot read do not reach the session.
// The library only says so; from that line and the command, which the guard
// keeps, come a reply that says what is wrong, and an event.

// unreadPaths are what the library says of a path that it cannot read.
var unreadPaths = map[string]bool{
	"501 5.5.2 Was expecting MAIL arg syntax of FROM:<address>": true,
	"501 5.5.2 Was expecting RCPT arg syntax of TO:<address>":   true,
}

// unreadParameters are what it says of parameters. 555 is the code for those that
// are not known (RFC 5321 section 4.1.1.11).
var unreadParameters = map[string]*reply{
	"500 5.5.4 Unknown MAIL FROM argument":            badParameter,
	"500 5.5.4 Unknown RCPT TO argument":              badParameter,
	"504 5.5.4 SMTPUTF8 is not implemented":           badParameter,
	"504 5.5.4 REQUIRETLS is not implemented":         badParameter,
	"504 5.5.4 BINARYMIME is not implemented":         badParameter,
	"504 5.5.4 RET is not implemented":                badParameter,
	"504 5.5.4 ENVID is not implemented":              badParameter,
	"504 5.5.4 NOTIFY is not implemented":             badParameter,
	"504 5.5.4 ORCPT is not implemented":              badParameter,
	"504 5.5.4 RRVS is not implemented":               badParameter,
	"504 5.5.4 DELIVERBY is not implemented":          badParameter,
	"504 5.5.4 MT-PRIORITY is not implemented":        badParameter,
	"501 5.5.4 Unable to parse MAIL ESMTP parameters": badValue,
	"501 5.5.4 Unable to parse RCPT ESMTP parameters": badValue,
	"501 5.5.4 Unable to parse SIZE as an integer":    badValue,
	"501 5.5.4 Unknown BODY value":                    badValue,
	"500 5.5.4 Malformed AUTH parameter value":        badValue,
	"500 5.5.4 Malformed AUTH parameter mailbox":      badValue,
}

// unread answers a command that the library could not read, if a line of the
// library's says that of one; otherwise it returns nil.
func (s *session) unread(text string) *reply {
	said := unreadParameters[text]
	if said == nil && !unreadPaths[text] {
		return nil
	}
	verb, address, fault := readPath(s.conn.Line())
	answer := s.add
	if verb == "MAIL" {
		answer = s.open
	}
	return answer(address, func(tx *transaction) *reply {
		switch {
		case said != nil:
			return said
		case verb == "MAIL":
			return s.refuse(tx, misaddressed(fault, badSender))
		}
		return s.refuse(tx, misaddressed(fault, badRecipient))
	})
}

func misaddressed(fault diagnosis.Finding, status func(diagnosis.Code) *reply) refusal {
	return refusal{findings: []diagnosis.Finding{fault}, status: status(fault.Code)}
}

// readPath finds the address in a MAIL or RCPT command, and what is wrong with it.
func readPath(line string) (verb, address string, fault diagnosis.Finding) {
	line = strings.TrimSpace(line)
	verb, keyword := "MAIL", "FROM:"
	if len(line) >= 4 && strings.EqualFold(line[:4], "RCPT") {
		verb, keyword = "RCPT", "TO:"
	}
	fault = diagnosis.New(diagnosis.MsgAddr)
	rest := strings.TrimSpace(line[min(len(verb), len(line)):])
	if len(rest) < len(keyword) || !strings.EqualFold(rest[:len(keyword)], keyword) {
		fault.Title = "the command must read " + verb + " " + keyword + "<user@example.com>"
		return verb, "", fault
	}
	address, closed := cutPath(strings.TrimSpace(rest[len(keyword):]))
	if f := checkAddress(address); f != nil {
		return verb, address, *f
	}
	fault.Title = "the address <" + address + "> cannot be read: write it as " + verb + " " + keyword + "<user@example.com>"
	if !closed {
		fault.Title = "the address <" + address + " has no > behind it"
	}
	return verb, address, fault
}

// cutPath takes an address out of its angle brackets, if it has any, and from what
// follows it. It reports whether every bracket has its counterpart.
func cutPath(path string) (address string, closed bool) {
	if inner, ok := strings.CutPrefix(path, "<"); ok {
		address, _, closed = strings.Cut(inner, ">")
		return address, closed
	}
	address, _, _ = strings.Cut(path, " ")
	return address, true
}
