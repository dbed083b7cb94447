package guard

import (
	"bytes"
	"strconv"
	"strings"
)

const (
	// lineBuffer is what is read into while a client is waited for, in octets. Most
	// commands fit; for others there is a larger one while they arrive.
	lineBuffer = 1 << 10

	// maxCommand is how long a command line may be, in octets. The longest that
	// there is answers AUTH (RFC 4954 section 4.5.3: 12288).
	maxCommand = 16 << 10
)

// What the guard says by itself.
const (
	closingDown    = "421 4.3.2 %s is closing down"
	tooManyConns   = "421 4.3.2 %s has too many connections, try again later"
	tooManyOfYours = "421 4.7.0 %s has too many connections from your address, try again later"
	notAdmitted    = "554 5.7.1 %s has no SMTP service for your address"
	noTLS          = "554 5.5.1 %s speaks SMTP without TLS on this port: turn TLS off in the application"
	notYetTLS      = "554 5.5.1 %s speaks TLS after STARTTLS only on this port: choose STARTTLS in the application"
	onlyTLS        = "554 5.5.1 %s speaks TLS from the first octet on this port: choose TLS (not STARTTLS) in the application"
	outOfStep      = "554 5.5.0 %s has not answered yet: wait for the reply to a command before sending what follows it"
	notSMTP        = "554 5.5.1 %s speaks SMTP, not HTTP"
	tooLong        = "500 5.5.2 %s takes no command line of this length"
	tooSlow        = "421 4.4.2 %s has waited too long for a command"
	tooMuchJunk    = "421 4.7.0 %s takes no more commands that lead to no message: connect again"
)

// Line returns the last line that was delivered. When a server replies to a
// command this is the command. It is for the goroutine that reads and writes.
func (c *Conn) Line() string { return string(c.line) }

// isClientHello reports whether a client begins a TLS handshake: a record of type
// handshake, of a protocol version 3.x (RFC 8446 section 5.1).
func isClientHello(b []byte) bool { return bytes.HasPrefix(b, []byte{0x16, 0x03}) }

// command looks at a line before the server does, and says why the connection ends,
// if it does.
func (c *Conn) command() error {
	if c.challenged { // the line is no command
		return nil
	}
	verb, argument, _ := bytes.Cut(bytes.TrimRight(c.line, "\r\n"), []byte(" "))
	if len(verb) > len("OPTIONS") {
		return nil
	}
	switch strings.ToUpper(string(verb)) {
	case "BDAT":
		c.chunk = chunkSize(string(argument))
	case "GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE", "PATCH", "TRACE":
		return farewell(notSMTP) // a web page's or another's request that was led astray
	case "DATA", "EHLO", "HELO", "LHLO", "AUTH":
		// These end a group of commands (RFC 2920 section 3.1).
		if c.listener.InStep && len(c.ahead) > 0 {
			return farewell(outOfStep)
		}
	}
	return nil
}

// chunkSize is how many octets follow BDAT, as go-smtp reads its argument. What it
// cannot read it takes nothing of.
func chunkSize(argument string) int64 {
	fields := strings.Fields(argument)
	if len(fields) == 0 || len(fields) > 2 || len(fields) == 2 && !strings.EqualFold(fields[1], "LAST") {
		return 0
	}
	size, err := strconv.ParseUint(fields[0], 10, 32)
	if err != nil {
		return 0
	}
	return int64(size)
}

// wasted counts the commands that lead to no message as they are answered, and
// reports whether this is one too many.
func (c *Conn) wasted(reply []byte) bool {
	first := !c.inside
	c.inside = len(reply) > 3 && reply[3] == '-'
	if !first || c.listener.MaxJunk == 0 || len(c.line) == 0 || leadsToMessage(c.line) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == Message { // a chunk of it is answered
		return false
	}
	if c.owed { // the last line belongs to the message
		c.owed = false
		return false
	}
	c.junk++
	return c.junk > c.listener.MaxJunk
}

// leadsToMessage reports whether a command is part of sending a message, or QUIT.
func leadsToMessage(line []byte) bool {
	for _, verb := range []string{"MAIL", "RCPT", "DATA", "BDAT", "QUIT"} {
		if len(line) >= len(verb) && strings.EqualFold(string(line[:len(verb)]), verb) {
			return true
		}
	}
	return false
}
