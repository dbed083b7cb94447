package guard

import (
	"cmp"
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// Listener accepts connections for an SMTP server and remembers them. Its
// fields are set before the first Accept and not changed afterwards; its methods
// are safe for concurrent use.
type Listener struct {
	net.Listener

	Hostname string // what the guard's own replies are signed with; "" is localhost

	// MaxConns is how many connections may be open at once. Further ones are told
	// 421 and closed. 0 sets no limit.
	MaxConns int

	// MaxJunk is how many commands a client may send between two messages that are no
	// part of sending one: NOOP, RSET, unknown ones and the like. The next is told
	// 421. 0 sets no limit.
	MaxJunk int

	// Admit says whether a client may connect at all; nil admits everybody. Those
	// not admitted are told 554 (RFC 5321 section 3.1) and closed.
	Admit func(client net.Addr) bool

	// Rewrite gives every line that the server writes its final form; last ends
	// the connection after it. nil leaves lines as they are.
	Rewrite func(line []byte) (final []byte, last bool)

	// Fault is the error of a read that fails within a message, the end of the
	// stream included. nil leaves the error as it is.
	Fault error

	// TLS begins with the connection where Implicit is set, otherwise when the server
	// calls [Conn.StartTLS]. nil: there is none.
	TLS      *tls.Config
	Implicit bool

	// Unsecured is told of handshakes that have failed; nil tells nobody.
	Unsecured func(client net.Addr, err error)

	IdleTimeout      time.Duration // for a command, and between two reads of a message; 0 is 5 minutes
	MessageTimeout   time.Duration // for a whole message; 0 is 10 minutes
	WriteTimeout     time.Duration // for one reply; 0 is 1 minute
	HandshakeTimeout time.Duration // for a TLS handshake; 0 is 30 s

	mu       sync.Mutex
	conns    map[*Conn]struct{}
	draining bool
}

// Accept waits for the next connection that may come in. What it returns is a
// *Conn.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.Admit != nil && !l.Admit(conn.RemoteAddr()) {
			l.turnAway(conn, "554 5.7.1 %s has no SMTP service for your address")
			continue
		}
		if c := l.add(conn); c != nil {
			return c, nil
		}
		l.turnAway(conn, "421 4.3.2 %s has too many connections, try again later")
	}
}

// Drain stops accepting and ends every connection that is idle; those in a
// transaction end when it has ended.
func (l *Listener) Drain() error {
	err := l.Listener.Close()
	for _, c := range l.open(true) {
		c.drain()
	}
	return err
}

// Expel ends every connection at once that waits for its client, and tells it so;
// the others when they have answered.
func (l *Listener) Expel() {
	for _, c := range l.open(true) {
		c.expel()
	}
}

// CloseAll closes every connection, whatever it is doing.
func (l *Listener) CloseAll() {
	for _, c := range l.open(false) {
		c.abort()
	}
}

// Open returns how many connections are open.
func (l *Listener) Open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.conns)
}

func (l *Listener) open(drain bool) []*Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.draining = l.draining || drain
	conns := make([]*Conn, 0, len(l.conns))
	for c := range l.conns {
		conns = append(conns, c)
	}
	return conns
}

func (l *Listener) add(conn net.Conn) *Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.MaxConns > 0 && len(l.conns) >= l.MaxConns {
		return nil
	}
	c := &Conn{Conn: conn, raw: conn, Rewrite: l.Rewrite, listener: l, draining: l.draining}
	if l.conns == nil {
		l.conns = make(map[*Conn]struct{})
	}
	l.conns[c] = struct{}{}
	return c
}

func (l *Listener) remove(c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

// turnAway writes one line and closes. A connection that was just made has room
// for it, so the deadline is short: nobody else is accepted meanwhile.
func (l *Listener) turnAway(conn net.Conn, format string) {
	conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	conn.Write(l.line(format))
	conn.Close()
}

func (l *Listener) idleTimeout() time.Duration    { return cmp.Or(l.IdleTimeout, 5*time.Minute) }
func (l *Listener) messageTimeout() time.Duration { return cmp.Or(l.MessageTimeout, 10*time.Minute) }
func (l *Listener) writeTimeout() time.Duration   { return cmp.Or(l.WriteTimeout, time.Minute) }
