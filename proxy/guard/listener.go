package guard

import (
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
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

	// MaxPerClient is how many connections one client may have open; an IPv6 client
	// is a /64. Those of this machine may have any number. 0 sets no limit.
	MaxPerClient int

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

	// InStep ends the connections of clients that send on behind a command which
	// ends a group of them, without waiting for its reply (RFC 2920 section 3.1).
	InStep bool

	IdleTimeout      time.Duration // for a command; 0 is 5 minutes
	DataTimeout      time.Duration // between two reads of a message; 0 is 1 minute
	MessageTimeout   time.Duration // for a whole message; 0 is 10 minutes
	WriteTimeout     time.Duration // for replies to be taken; 0 is 1 minute
	HandshakeTimeout time.Duration // for a TLS handshake; 0 is 30 s

	// MinRate is how many octets of a message must arrive in a second, on average and
	// after the first half minute. 0 sets no limit.
	MinRate int

	scarce atomic.Bool // more than 80 % of MaxConns are open

	mu       sync.Mutex
	conns    map[*Conn]struct{}
	clients  map[netip.Prefix]int // connections of other machines
	draining bool
}

// Accept waits for the next connection. What it returns is a *Conn. Whether the
// client may connect is looked at when the connection's first reply is written, in
// the goroutine of the connection: nobody waits for anybody else here.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := l.add(conn); c != nil {
			return c, nil
		}
		l.turnAway(conn)
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
	l.scarce.Store(l.MaxConns > 0 && 5*len(l.conns) > 4*l.MaxConns)
	return c
}

func (l *Listener) remove(c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.conns[c]; !ok {
		return
	}
	delete(l.conns, c)
	l.scarce.Store(l.MaxConns > 0 && 5*len(l.conns) > 4*l.MaxConns)
	if !c.client.IsValid() {
		return
	}
	if l.clients[c.client]--; l.clients[c.client] == 0 {
		delete(l.clients, c.client)
	}
}

// turnAway writes one line and closes. A connection that was just made has room
// for it, so the deadline is short: nobody else is accepted meanwhile.
func (l *Listener) turnAway(conn net.Conn) {
	conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	if !l.Implicit {
		conn.Write(l.line(tooManyConns))
	}
	conn.Close()
}
