package guard

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
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

// Conn is a connection that ends at its first error. A server calls Read, Write
// and what it calls in the course of them from one goroutine at a time.
type Conn struct {
	net.Conn // the client, through TLS once it is secure
	raw      net.Conn
	listener *Listener
	client   netip.Prefix // whose connections are counted; the listener's lock holds it

	// Rewrite is the listener's at first. It is called, and may be replaced, by the
	// goroutine that writes. Nothing is written where it returns nothing.
	Rewrite func(line []byte) (final []byte, last bool)

	buffer     []byte // what the client sends is read into it
	ahead      []byte // the part of it that no line was made of yet
	line       []byte // the last line
	rest       []byte // what Read has not delivered of it yet
	chunk      int64  // octets behind the last line that are no lines but part of a message
	out        []byte // replies that are not sent yet
	greeted    bool
	silent     bool      // the last reply is out
	secure     bool      // the client speaks TLS
	inside     bool      // of a reply: a line that is not its last was written
	challenged bool      // the last reply was 3xx: what comes is no command
	due        time.Time // when the line that arrives must be complete; zero: none does

	mu       sync.Mutex
	state    State
	broken   bool      // nothing more is delivered
	draining bool      // the server is closing down
	expelled bool      // and does not wait
	begun    time.Time // when the message began to arrive
	received int64     // octets of it
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
		c.begun, c.received = time.Now(), 0
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
// stream is at its end.
//
// Read delivers whole command lines, one at a time: a server that reads ahead
// executes even what stands behind QUIT, or behind a reply that was to be its
// last. Of a chunk that follows BDAT it delivers what there is.
func (c *Conn) Read(b []byte) (int, error) {
	if len(c.rest) == 0 && c.chunk == 0 {
		if err := c.next(); err != nil {
			return 0, c.part(err)
		}
	}
	if len(c.rest) == 0 {
		return c.readChunk(b)
	}
	if c.isBroken() {
		return 0, io.EOF
	}
	n := copy(b, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// next reads the next line that is the server's to answer.
func (c *Conn) next() error {
	for {
		if err := c.mayRead(); err != nil {
			return err
		}
		end := bytes.IndexByte(c.ahead, '\n') + 1
		if end == 0 {
			if err := c.fill(); err != nil {
				return err
			}
			continue
		}
		c.line, c.ahead = c.ahead[:end], c.ahead[end:]
		c.due = time.Time{}
		if err := c.command(); err != nil {
			return err
		}
		c.rest = c.line
		return nil
	}
}

// fill reads more of a line that is not whole.
func (c *Conn) fill() error {
	if len(c.ahead) >= maxCommand {
		return farewell(tooLong)
	}
	c.makeRoom()
	n, err := c.receive(c.buffer[len(c.ahead):], c.lineDeadline)
	if err != nil {
		return err
	}
	first := len(c.ahead) == 0
	c.ahead = c.buffer[:len(c.ahead)+n]
	if first && !c.secure && isClientHello(c.ahead) {
		return farewell(c.listener.clearOnly())
	}
	return nil
}

// makeRoom has what was read ahead at the beginning of a buffer with room behind
// it. The buffer is small, because many a connection does nothing but wait.
func (c *Conn) makeRoom() {
	buffer := c.buffer
	switch {
	case len(c.ahead) == 0 && len(buffer) != lineBuffer:
		buffer = make([]byte, lineBuffer)
	case len(c.ahead) == len(buffer):
		buffer = make([]byte, 2*len(buffer))
	}
	copy(buffer, c.ahead)
	c.buffer, c.ahead = buffer, buffer[:len(c.ahead)]
}

// ReadMessage delivers the message that follows DATA, as the client sends it, and
// whatever follows that. What is not the message's is to be given back to
// [Conn.Unread].
func (c *Conn) ReadMessage(b []byte) (int, error) {
	if err := c.mayRead(); err != nil {
		return 0, c.part(err)
	}
	return c.readData(b)
}

// Unread has Read deliver the line that has ended a message, as the server waits
// for it, and then what the client has sent behind it.
func (c *Conn) Unread(end string, behind []byte) {
	c.line = []byte(end)
	c.rest = c.line
	if len(behind) == 0 {
		return
	}
	behind = append(bytes.Clone(behind), c.ahead...)
	c.buffer = append(make([]byte, 0, max(lineBuffer, len(behind))), behind...)
	c.ahead, c.buffer = c.buffer, c.buffer[:cap(c.buffer)]
}

// readChunk delivers what there is of a chunk.
func (c *Conn) readChunk(b []byte) (int, error) {
	if err := c.mayRead(); err != nil {
		return 0, c.part(err)
	}
	n, err := c.readData(b[:min(int64(len(b)), c.chunk)])
	c.chunk -= int64(n)
	return n, err
}

// readData reads octets that are no lines.
func (c *Conn) readData(b []byte) (int, error) {
	if len(c.ahead) > 0 {
		n := copy(b, c.ahead)
		c.ahead = c.ahead[n:]
		c.count(n)
		return n, nil
	}
	n, err := c.receive(b, c.dataDeadline)
	if err != nil {
		return 0, c.part(err)
	}
	c.count(n)
	return n, nil
}

// receive sends what is to be sent, and then reads from the client. The deadline
// is set under the lock, as a drain sets another.
func (c *Conn) receive(b []byte, deadline func() time.Time) (int, error) {
	if err := c.flush(); err != nil {
		return 0, io.EOF
	}
	c.mu.Lock()
	if !c.expelled && !(c.draining && c.state == Idle) {
		c.Conn.SetReadDeadline(deadline()) // fails only where the read then does
	}
	c.mu.Unlock()
	n, err := c.Conn.Read(b)
	if err != nil {
		return 0, c.fail(err)
	}
	return n, nil
}

// count counts octets of a message.
func (c *Conn) count(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.received += int64(n)
	if c.excess > 0 {
		c.excess -= int64(n)
		c.broken = c.broken || c.excess <= 0
	}
}

// mayRead says why nothing more is delivered, if that is so, whatever the client
// has sent.
func (c *Conn) mayRead() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.broken:
		return io.EOF
	case c.expelled && c.arriving():
		c.broken = true
		return cmp.Or(c.listener.Fault, io.EOF)
	case c.expelled, c.draining && c.state == Idle:
		return farewell(closingDown)
	}
	return nil
}

// fail ends the stream. Within a message the server answers, otherwise the guard.
func (c *Conn) fail(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	broken := c.broken
	c.broken = true
	var timeout net.Error
	switch {
	case c.arriving():
		return cmp.Or(c.listener.Fault, err)
	case broken:
		return io.EOF
	case c.expelled, c.draining && c.state == Idle:
		return farewell(closingDown)
	case errors.As(err, &timeout) && timeout.Timeout():
		return farewell(tooSlow)
	}
	return io.EOF
}

// arriving reports whether what is read belongs to a message.
func (c *Conn) arriving() bool { return c.state == Message || c.chunk > 0 }

// Write answers. Lines of one reply leave together, and replies to commands that
// came together do, too. A client that does not take them ends the connection.
func (c *Conn) Write(b []byte) (int, error) {
	if c.silent {
		return 0, net.ErrClosed
	}
	if !c.greeted {
		c.greeted = true
		if err := c.greet(); err != nil {
			return 0, c.part(err)
		}
	}
	if c.wasted(b) {
		c.part(farewell(tooMuchJunk))
		return len(b), nil
	}
	final, last := b, false
	if c.Rewrite != nil {
		final, last = c.Rewrite(b)
	}
	if len(final) == 0 { // Rewrite has answered itself
		return len(b), nil
	}
	c.challenged = final[0] == '3'
	c.out = append(c.out, final...)
	if last {
		c.End()
	}
	if last || !c.inside && bytes.IndexByte(c.ahead, '\n') < 0 {
		if err := c.flush(); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// flush sends the replies that wait.
func (c *Conn) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	c.Conn.SetWriteDeadline(time.Now().Add(c.listener.writeTimeout()))
	_, err := c.Conn.Write(c.out)
	if c.out = c.out[:0]; cap(c.out) > lineBuffer {
		c.out = nil
	}
	if err != nil {
		c.silent = true
		c.End()
	}
	return err
}

// farewell is an error that ends the stream, and what the guard says by itself
// then; %s is the host's name.
type farewell string

func (f farewell) Error() string { return string(f) }

// part says farewell where there is reason to, and returns the error for the server.
func (c *Conn) part(err error) error {
	text, ok := err.(farewell)
	if !ok {
		return err
	}
	c.End()
	if !c.silent {
		c.out = append(c.out, c.listener.line(string(text))...)
		c.flush()
		c.silent = true
	}
	return io.EOF
}

// End ends the stream that Read delivers. Replies can still be written, until the
// server notices.
func (c *Conn) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = true
}

// Close sends what is to be sent, closes the connection and forgets it.
func (c *Conn) Close() error {
	if !c.silent {
		c.flush()
	}
	c.End()
	c.listener.remove(c)
	return c.Conn.Close()
}

func (c *Conn) isBroken() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.broken
}

// abort closes the connection at once, under whatever uses it.
func (c *Conn) abort() {
	c.End()
	c.listener.remove(c)
	c.raw.Close()
}

// drain wakes a read that waits for a command; the read then says farewell.
func (c *Conn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = true
	if c.state == Idle {
		c.raw.SetReadDeadline(time.Unix(1, 0))
	}
}

// expel wakes whatever read waits; it then says farewell, or that the message has
// not arrived.
func (c *Conn) expel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining, c.expelled = true, true
	c.raw.SetReadDeadline(time.Unix(1, 0))
}

func (l *Listener) line(format string) []byte {
	return fmt.Appendf(nil, format+"\r\n", cmp.Or(l.Hostname, "localhost"))
}
