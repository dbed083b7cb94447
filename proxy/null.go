package proxy

import (
	"bytes"
	"strings"
)

// SES cannot send with a null reverse-path, which marks what must not be answered
// by a bounce (RFC 5321 section 4.5.5). Where [Server.NullSender] is an address,
// such mail is sent as that address; otherwise it is refused at MAIL.

// sentAs makes address the sender of a message that came with a null reverse-path.
// What it said of its sender is kept under names that SES does not authorise:
// MAILER-DAEMON of some host is not an identity of the account.
func sentAs(address string, data []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(data) + 512)
	b.WriteString("From: <" + address + ">\r\n")
	end := 0
	for f := range fields(data) {
		if saysSender(f.name) {
			b.WriteString("X-Original-")
			if isBlank(data[f.start]) {
				f.start = f.value - len(f.name) - len(":")
			}
		}
		b.Write(data[f.start:f.end])
		end = f.end
	}
	b.Write(data[end:])
	return b.Bytes()
}

// saysSender reports whether SES takes the header of that name for a sender.
func saysSender(name string) bool {
	return strings.EqualFold(name, "From") || strings.EqualFold(name, "Sender") || strings.EqualFold(name, "Return-Path")
}
