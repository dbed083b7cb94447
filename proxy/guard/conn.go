package guard

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// State is what a connection is doing, as its server knows it.
type State uint8

const (
	Idle        State = iota // between transactions: a drain may end it
	Transaction              // a transaction is open
	Message                  // its message is arriving
)

// What [Conn.Enter] says of a connection that is not to be served any more.
var (
	ErrBroken   = errors.New("the connection has failed")
	ErrDraining = errors.New("the server is closing down")
)

// maxCommand is how much of a command line may arrive before its end, in
// octets. It is far above what any command needs because a server reads ahead:
// up to 32 KiB of a chunk before it says that a message has begun.
const maxCommand = 64 << 10

// maxKeptLine is how much of a line [Conn.Line] keeps, in octets: more than a
// command may have (RFC 5321 section 4.5.3.1.4).
const maxKeptLine = 1 << 10

// What the guard says by itself; %s is the host's name.
const (
	closingDown = "421 4.3.2 %s is closing down"
	noTLS       = "554 5.5.1 %s speaks SMTP without TLS on this port: turn TLS off in the application"
	tooLong     = "500 5.5.2 %s takes no command line of this length"
	tooSlow     = "421 4.4.2 %s has waited too long for a command"
	tooMuchJunk = "421 4.7.0 %s takes no more commands that lead to no message: connect again"
)

// Conn is a connection that ends at its first error.
type Conn struct {
	net.Conn
	listener *Listener

	// Rewrite is the listener's at first. It is called, and may be replaced, by the
	// goroutine that writes.
	Rewrite func(line []byte) (final []byte, last bool)

	buffer []byte // what the client sends is read into it
	ahead  []byte // the part of it that is not delivered yet
	line   []byte // the beginning of the last line that was delivered
	silent bool   // the last reply is out; like what follows, of the goroutine that reads and writes
	inside bool   // of a reply: a line that is not its last was written

	mu       sync.Mutex
	state    State
	broken   bool      // nothing more is delivered
	draining bool      // the server is closing down
	expelled bool      // and does not wait
	pending  int       // octets of a command line whose end has not come
	due      time.Time // when what is being read must be complete
	excess   int64     // octets of the message that are still delivered; 0 sets no limit
	junk     int       // commands since the last message that lead to none
	owed     bool      // the reply to a message
}

// Enter notes what the connection is doing from now on. It returns [ErrBroken]
// where a read or write has failed, so that what the server has read may be a
// fragment and must not be acted on, and [ErrDraining] where a transaction is to
// begin that must not. After either the connection is at its end.
func (c *Conn) Enter(s State) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken {
		return ErrBroken
	}
	if c.draining && c.state == Idle && s != Idle {
		c.broken = true
		return ErrDraining
	}
	if s == Message && c.state != Message {
		c.due = time.Now().Add(c.listener.messageTimeout())
	}
	if (s == Message) != (c.state == Message) {
		c.pending = 0
	}
	if s == Message {
		c.junk, c.owed = 0, true
	} else {
		c.excess = 0
	}
	c.state = s
	return nil
}

// Tolerate lets the message that is arriving go on for n octets, n above 0. If it
// goes on longer, the connection is at its end.
func (c *Conn) Tolerate(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.excess = n
}

// Line returns the beginning of the last line that was delivered. When a server
// replies to a command this is the command. It is for the goroutine that reads
// and writes.
func (c *Conn) Line() string { return string(c.line) }

// Read delivers what the client sends, until the first error. From then on the
// stream is at its end. A server calls Read and Write from one goroutine.
//
// Read delivers one line at a time: what a server has read ahead it executes even
// after QUIT, or after a reply that was to be its last.
func (c *Conn) Read(b []byte) (int, error) {
	if farewell, err := c.prepare(); err != nil {
		c.sayAndEnd(farewell)
		return 0, err
	}
	n, err := c.receive(b)
	if err != nil {
		farewell, err := c.fail(err)
		c.sayAndEnd(farewell)
		return n, err
	}
	if len(c.line) == 0 && isClientHello(b[:n]) {
		c.sayAndEnd(noTLS)
		return 0, io.EOF
	}
	c.keep(b[:n])
	if c.overlong(b[:n]) {
		c.sayAndEnd(tooLong)
		return 0, io.EOF
	}
	return n, nil
}

// isClientHello reports whether a client begins a TLS handshake: a record of type
// handshake, of a protocol version 3.x (RFC 8446 section 5.1).
func isClientHello(b []byte) bool { return bytes.HasPrefix(b, []byte{0x16, 0x03}) }

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

// receive delivers the rest of a line, and reads from the client where nothing
// is left of what it has sent.
func (c *Conn) receive(b []byte) (int, error) {
	if len(c.ahead) == 0 {
		if c.buffer == nil {
			c.buffer = make([]byte, 4<<10)
		}
		n, err := c.Conn.Read(c.buffer)
		if err != nil {
			return 0, err
		}
		c.ahead = c.buffer[:n]
	}
	line := c.ahead
	if end := bytes.IndexByte(line, '\n') + 1; end > 0 {
		line = line[:end]
	}
	n := copy(b, line)
	c.ahead = c.ahead[n:]
	return n, nil
}

// Write sends a reply. A client that does not take it ends the connection.
func (c *Conn) Write(b []byte) (int, error) {
	if c.silent {
		return 0, net.ErrClosed
	}
	if c.wasted(b) {
		c.sayAndEnd(tooMuchJunk)
		return len(b), nil
	}
	final, last := b, false
	if c.Rewrite != nil {
		final, last = c.Rewrite(b)
	}
	if err := c.send(final); err != nil {
		return 0, err
	}
	if last {
		c.End()
	}
	return len(b), nil
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

// End ends the stream that Read delivers. Replies can still be written, until the
// server notices.
func (c *Conn) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = true
}

// Close closes the connection and forgets it.
func (c *Conn) Close() error {
	c.End()
	c.listener.remove(c)
	return c.Conn.Close()
}

// prepare sets the deadline of the next read. Where there is to be none it
// returns an error, and what is to be said in farewell.
func (c *Conn) prepare() (farewell string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.broken:
		return "", io.EOF
	case c.expelled && c.state == Message:
		c.broken = true
		return "", cmp.Or(c.listener.Fault, io.EOF)
	case c.expelled, c.draining && c.state == Idle:
		return closingDown, io.EOF
	}
	if len(c.ahead) == 0 {
		c.Conn.SetReadDeadline(c.deadline()) // fails only where the read then does
	}
	return "", nil
}

// deadline is when the next read must have delivered something. The rest of a
// command line gets no more time than the line, nor the rest of a message.
func (c *Conn) deadline() time.Time {
	idle := time.Now().Add(c.listener.idleTimeout())
	if c.state == Message {
		if c.due.Before(idle) {
			return c.due
		}
		return idle
	}
	if c.pending == 0 {
		c.due = idle
	}
	return c.due
}

// fail ends the stream. Within a message the server answers, otherwise the guard.
func (c *Conn) fail(err error) (farewell string, end error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = true
	var timeout net.Error
	switch {
	case c.state == Message:
		return "", cmp.Or(c.listener.Fault, err)
	case c.expelled, c.draining && c.state == Idle:
		return closingDown, io.EOF
	case errors.As(err, &timeout) && timeout.Timeout():
		return tooSlow, io.EOF
	}
	return "", io.EOF
}

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

// sayAndEnd writes the guard's own last reply, if there is one to write.
func (c *Conn) sayAndEnd(farewell string) {
	if farewell != "" && !c.silent {
		c.send(c.listener.line(farewell))
		c.silent = true
	}
	c.End()
}

func (c *Conn) send(b []byte) error {
	c.Conn.SetWriteDeadline(time.Now().Add(c.listener.writeTimeout()))
	_, err := c.Conn.Write(b)
	if err != nil {
		c.silent = true
		c.End()
	}
	return err
}

// drain wakes a read that waits for a command; the read then says farewell.
func (c *Conn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = true
	if c.state == Idle {
		c.Conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// expel wakes whatever read waits; it then says farewell, or that the message has
// not arrived.
func (c *Conn) expel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining, c.expelled = true, true
	c.Conn.SetReadDeadline(time.Unix(1, 0))
}

func (l *Listener) line(format string) []byte {
	return fmt.Appendf(nil, format+"\r\n", cmp.Or(l.Hostname, "localhost"))
}
