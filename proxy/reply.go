package proxy

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/emersion/go-smtp"

	"sesgate/authz/diagnosis"
)

// Every reply that a session gives is made in this file, so that it is ASCII, of
// lines of at most 500 octets (RFC 5321 section 4.5.3.1.5 allows 512), and has its
// enhanced status code on every line (RFC 2034 section 4). The first line is
// complete in itself, as many clients show no other.

const (
	maxReplyLine   = 500 // octets, CRLF included
	maxFindings    = 8   // that one reply tells of
	maxParagraph   = 1500
	maxReplyNotes  = 8
	refuseFallback = "the message was refused, the reason is not known"
)

// reply is an answer to a command. A nil reply is the library's own success.
type reply struct {
	code     int
	enhanced diagnosis.Enhanced
	lines    []string // at least one, clean
	inFull   string   // the first line as DiagnosticsFull has it; "" is lines[0]
}

// The replies that have no reason beyond the protocol.
var (
	senderOk       = fixed(250, 2, 1, 0, "Ok")
	recipientOk    = fixed(250, 2, 1, 5, "Ok")
	done           = fixed(250, 2, 0, 0, "Ok")
	nestedMail     = fixed(503, 5, 5, 1, "a transaction is open already: end it by DATA or RSET before another MAIL")
	noHello        = fixed(503, 5, 5, 1, "send EHLO first")
	midMessage     = fixed(503, 5, 5, 1, "a message is arriving: end it by BDAT LAST or RSET")
	noMail         = fixed(503, 5, 5, 1, "send MAIL FROM first")
	noRecipients   = fixed(503, 5, 5, 1, "send RCPT TO first")
	noPassword     = fixed(502, 5, 5, 1, "no password is needed here: turn authentication and TLS off in the application")
	noTLS          = fixed(502, 5, 5, 1, "there is no TLS here: turn authentication and TLS off in the application")
	badParameter   = fixed(555, 5, 5, 4, "a parameter of the command is not known here: leave it out")
	badValue       = fixed(501, 5, 5, 4, "a parameter of the command cannot be read: SIZE=octets, BODY=7BIT or BODY=8BITMIME")
	tooManyRefused = fixed(421, 4, 7, 0, "too many recipients were refused, nothing was sent: connect again")
	unguarded      = fixed(421, 4, 3, 0, "this connection cannot be served")
	outOfStep      = fixed(421, 4, 4, 2, "the connection has failed, nothing was sent: connect again")
	disconnected   = fixed(421, 4, 4, 2, "the message did not arrive whole, nothing was sent: connect again")
	closingDown    = fixed(421, 4, 3, 2, "the server is closing down, nothing was sent: connect again")
	ambiguous      = fixed(451, 4, 4, 2, "")
	crashed        = fixed(421, 4, 3, 0, "internal error, it is not known whether the message was sent")
	noRoom         = fixed(452, 4, 3, 1, "too many messages are arriving at once, nothing was sent: try again")
	ambiguousEnd   = fixed(550, 5, 5, 2, "a dot stands alone on a line that does not begin and end by CRLF, so servers disagree on where the message ends: end every line by CRLF")
	loneEnding     = fixed(550, 5, 5, 2, "a line does not end by CRLF, which this server insists on: end every line by CRLF")
	failed         = fixed(421, 4, 3, 0, "internal error, nothing was sent")
	aborted        = fixed(451, 4, 3, 0, "the message was given up, nothing was sent")
)

func fixed(code, class, subject, detail int, text string) *reply {
	return &reply{code: code, enhanced: diagnosis.Enhanced{class, subject, detail}, lines: []string{text}}
}

// accepted says that SES has the message.
func accepted(messageID string) *reply {
	return fixed(250, 2, 0, 0, "Ok "+diagnosis.Clean(messageID, 200))
}

// refusal is why a command is refused.
type refusal struct {
	findings []diagnosis.Finding // most decisive first
	notes    []string            // what else may bear on it
	ref      string              // of the event
	status   *reply              // its codes stand in place of the catalogue's; nil: the catalogue's
}

// reply words a refusal.
func (r refusal) reply(d Diagnostics) *reply {
	answer := &reply{code: 451, enhanced: diagnosis.Enhanced{4, 3, 0}}
	if r.status != nil {
		answer.code, answer.enhanced = r.status.code, r.status.enhanced
	} else if len(r.findings) > 0 {
		if e, ok := diagnosis.Lookup(r.findings[0].Code); ok && (e.Reply/100 == 4 || e.Reply/100 == 5) {
			answer.code, answer.enhanced = e.Reply, e.Enhanced
		}
	}
	full := r.full(answer.width())
	answer.inFull = full[0]
	switch d {
	case DiagnosticsFull:
		answer.lines = full
	case DiagnosticsCode:
		answer.lines = []string{"refused " + r.codes() + " ref " + r.ref}
	default:
		answer.lines = []string{"refused, ref " + r.ref}
	}
	return answer
}

// full is everything that is known, wrapped to width.
func (r refusal) full(width int) []string {
	var lines []string
	if len(r.findings) == 0 {
		lines = append(lines, refuseFallback)
	}
	shown := r.findings[:min(len(r.findings), maxFindings)]
	for _, f := range shown {
		lines = append(lines, headline(f, width))
		lines = append(lines, wrap(diagnosis.Clean(f.Detail, maxParagraph), width)...)
		if f.Fix != "" {
			lines = append(lines, wrap(diagnosis.Clean("fix: "+f.Fix, maxParagraph), width)...)
		}
	}
	if more := len(r.findings) - len(shown); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more reasons, see the log", more))
	}
	for _, note := range r.notes[:min(len(r.notes), maxReplyNotes)] {
		lines = append(lines, wrap(diagnosis.Clean(note, maxParagraph), width)...)
	}
	return append(lines, "ref "+r.ref)
}

// headline is a finding's title and code on one line.
func headline(f diagnosis.Finding, width int) string {
	title := f.Title
	if title == "" {
		title = refuseFallback
	}
	if f.Suspected {
		title = "likely: " + title
	}
	code := bracketed(f)
	return diagnosis.Clean(title, width-len(code)-1) + " " + code
}

func (r refusal) codes() string {
	var codes []string
	for _, f := range r.findings[:min(len(r.findings), maxFindings)] {
		codes = append(codes, bracketed(f))
	}
	return strings.Join(codes, " ")
}

func bracketed(f diagnosis.Finding) string {
	return "[" + diagnosis.Clean(string(f.Code), 40) + "]"
}

// wrap breaks clean text into lines of at most width octets, at spaces where it
// can. Lines after the first are indented. No text is no line.
func wrap(text string, width int) []string {
	const indent = "  "
	var lines []string
	for len(text) > width {
		end := width
		if i := strings.LastIndexByte(text[:width+1], ' '); i > width/2 {
			end = i
		}
		lines = append(lines, text[:end])
		text = indent + strings.TrimLeft(text[end:], " ")
	}
	if strings.TrimSpace(text) != "" {
		lines = append(lines, text)
	}
	return lines
}

// width is how much text a line has room for.
func (r *reply) width() int {
	return maxReplyLine - len("\r\n") - len(r.status()) - 1
}

// status is how every line begins: the two codes.
func (r *reply) status() string {
	return fmt.Sprintf("%d %s", r.code, r.enhanced)
}

// first is the first line, with its codes.
func (r *reply) first() string {
	return r.status() + " " + r.lines[0]
}

// event is the first line as events have it, whatever the client is told.
func (r *reply) event() string {
	return r.status() + " " + cmp.Or(r.inFull, r.lines[0])
}

// error is the reply as the library takes it. The library looks for this very
// type, unwrapped, and writes the enhanced code on the last line only.
func (r *reply) error() error {
	if r == nil {
		return nil
	}
	return &smtp.SMTPError{
		Code:         r.code,
		EnhancedCode: smtp.EnhancedCode(r.enhanced),
		Message:      r.message(),
	}
}

// wire is the reply as it goes over the connection, where the library has no part
// in it.
func (r *reply) wire() []byte {
	var b bytes.Buffer
	last := len(r.lines) - 1
	for i, line := range r.lines {
		between := byte('-')
		if i == last {
			between = ' '
		}
		fmt.Fprintf(&b, "%d%c%s %s\r\n", r.code, between, r.enhanced, line)
	}
	return b.Bytes()
}

func (r *reply) message() string {
	var b strings.Builder
	last := len(r.lines) - 1
	for _, line := range r.lines[:last] {
		fmt.Fprintf(&b, "%s %s\n", r.enhanced, line)
	}
	b.WriteString(r.lines[last])
	return b.String()
}
