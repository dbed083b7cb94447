package guard

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
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

// What the guard says by itself; %s is the host's name.
const (
	closingDown = "421 4.3.2 %s is closing down"
	noTLS       = "554 5.5.1 %s speaks SMTP without TLS on this port: turn TLS off in the application"
	notYetTLS   = "554 5.5.1 %s speaks TLS after STARTTLS only on this port: choose STARTTLS in the application"
	onlyTLS     = "554 5.5.1 %s speaks TLS from the first octet on this port: choose TLS (not STARTTLS) in the application"
	tooLong     = "500 5.5.2 %s takes no command line of this length"
	tooSlow     = "421 4.4.2 %s has waited too long for a command"
	tooMuchJunk = "421 4.7.0 %s takes no more commands that lead to no message: connect again"
)

// Conn is a connection that ends at its first error.
type Conn struct {
	net.Conn // the client, through TLS once it is secure
	raw      net.Conn
	listener *Listener

	// Rewrite is the listener's at first. It is called, and may be replaced, by the
	// goroutine that writes. Nothing is written where it returns nothing.
	Rewrite func(line []byte) (final []byte, last bool)

	buffer []byte // what the client sends is read into it
	ahead  []byte // the part of it that is not delivered yet
	line   []byte // the beginning of the last line that was delivered
	silent bool   // the last reply is out; like what follows, of the goroutine that reads and writes
	inside bool   // of a reply: a line that is not its last was written
	secure bool   // the client speaks TLS

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
	if len(c.line) == 0 && !c.secure && isClientHello(b[:n]) {
		c.sayAndEnd(c.listener.clearOnly())
		return 0, io.EOF
	}
	c.keep(b[:n])
	if c.overlong(b[:n]) {
		c.sayAndEnd(tooLong)
		return 0, io.EOF
	}
	return n, nil
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
	if c.listener.Implicit && !c.secure {
		if err := c.handshake(); err != nil {
			return 0, err
		}
	}
	if c.wasted(b) {
		c.sayAndEnd(tooMuchJunk)
		return len(b), nil
	}
	final, last := b, false
	if c.Rewrite != nil {
		final, last = c.Rewrite(b)
	}
	if len(final) == 0 { // Rewrite has answered itself
		return len(b), nil
	}
	if err := c.send(final); err != nil {
		return 0, err
	}
	if last {
		c.End()
	}
	return len(b), nil
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
	c.mu.Lock()
	conn := c.Conn
	c.mu.Unlock()
	return conn.Close()
}

// abort closes the connection at once: TLS would take leave of its client first.
func (c *Conn) abort() {
	c.End()
	c.listener.remove(c)
	c.raw.Close()
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
