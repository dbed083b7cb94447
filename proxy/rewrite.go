package proxy

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// libraryLines are lines of the library's that sessions of ours say otherwise:
// 503 is the code for a bad sequence, 502 for a command that does not exist (RFC
// 5321 section 4.2.4).
var libraryLines = map[string]*reply{
	"502 5.5.1 Please introduce yourself first.":         noHello,
	"502 5.5.1 Missing MAIL FROM command.":               noMail,
	"502 5.5.1 Missing RCPT TO command.":                 noRecipients,
	"502 5.5.1 MAIL not allowed during message transfer": midMessage,
	"502 5.5.1 RCPT not allowed during message transfer": midMessage,
	"502 5.5.1 DATA not allowed during message transfer": midMessage,
	"421 4.4.0 Connection error, sorry":                  disconnected,
	"502 5.5.1 TLS not supported":                        noHello, // a session answers STARTTLS itself
}

// libraryPromises are beginnings of lines with which the library says yes. It
// echoes addresses, and promises what nobody can.
var libraryPromises = []struct {
	begins string
	reply  *reply
}{
	{"250 2.0.0 Roger, accepting mail from <", senderOk},
	{"250 2.0.0 I'll make sure <", recipientOk},
	{"250 2.0.0 I have successfully done nothing", done},
}

// perRecipient is how the library begins each recipient's reply to a message of
// LMTP. What the name stands before has the codes in another place, and may have
// no room for it.
var perRecipient = regexp.MustCompile(`^([0-9]{3}(?:-|(?: [0-9.]+)? ))<[^<>]*> `)

// chunkErrors are the library's answers to a BDAT that it cannot read. It then
// takes the chunk for commands, so the connection must end.
var chunkErrors = map[string]bool{
	"501 5.5.4 Missing chunk size argument": true,
	"501 5.5.4 Too many arguments":          true,
	"501 5.5.4 Unknown BDAT argument":       true,
	"501 5.5.4 Malformed size argument":     true,
}

// rewrite gives a line of a reply its final form. Of the session's own only the
// octets are looked at; the library echoes what clients send.
func (s *Server) rewrite(line []byte) (final []byte, last bool) {
	text := strings.TrimRight(string(line), "\r\n")
	if r, ok := libraryLines[text]; ok {
		text = r.first()
	}
	for _, p := range libraryPromises {
		if strings.HasPrefix(text, p.begins) {
			text = p.reply.first()
		}
	}
	if text == "250 SIZE" {
		text = fmt.Sprintf("250-SIZE %d\r\n250 LIMITS RCPTMAX=%d", s.maxMessageBytes(), s.maxRecipients())
		return []byte(text + "\r\n"), false
	}
	return append(bytes.Map(printable, []byte(text)), crlf...), chunkErrors[text]
}

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return '?'
	}
	return r
}
