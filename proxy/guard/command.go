package guard

import (
	"bytes"
	"strings"
)

// maxCommand is how much of a command line may arrive before its end, in
// octets. It is far above what any command needs because a server reads ahead:
// up to 32 KiB of a chunk before it says that a message has begun.
const maxCommand = 64 << 10

// maxKeptLine is how much of a line [Conn.Line] keeps, in octets: more than a
// command may have (RFC 5321 section 4.5.3.1.4).
const maxKeptLine = 1 << 10

// Line returns the beginning of the last line that was delivered. When a server
// replies to a command this is the command. It is for the goroutine that reads
// and writes.
func (c *Conn) Line() string { return string(c.line) }

// keep keeps a line, or one more part of it, for [Conn.Line].
func (c *Conn) keep(part []byte) {
	if bytes.HasSuffix(c.line, []byte("\n")) {
		c.line = c.line[:0]
	}
	room := maxKeptLine - len(c.line)
	switch {
	case len(part) <= room:
		c.line = append(c.line, part...)
	case bytes.HasSuffix(part, []byte("\n")):
		c.line = append(c.line[:min(len(c.line), maxKeptLine-1)], '\n')
	default:
		c.line = append(c.line, part[:room]...)
	}
}

// isClientHello reports whether a client begins a TLS handshake: a record of type
// handshake, of a protocol version 3.x (RFC 8446 section 5.1).
func isClientHello(b []byte) bool { return bytes.HasPrefix(b, []byte{0x16, 0x03}) }

// overlong counts the octets after the last complete command line, and those of a
// message that are tolerated.
func (c *Conn) overlong(b []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == Message {
		if c.excess > 0 {
			c.excess -= int64(len(b))
			c.broken = c.broken || c.excess <= 0
		}
		return false
	}
	c.pending += len(b)
	if i := bytes.LastIndexByte(b, '\n'); i >= 0 {
		c.pending = len(b) - 1 - i
	}
	return c.pending > maxCommand
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
