package guard

import (
	"net"
	"net/netip"
)

// greet is what comes before the first reply: it encrypts the connection where
// that is due, and says why a client may not connect.
func (c *Conn) greet() error {
	l := c.listener
	refused := l.refuses(c)
	switch {
	case !l.Implicit:
		return refused
	case refused != nil:
		c.silent = true // nobody would understand it in the clear
		return refused
	}
	return c.handshake()
}

// refuses says why a client may not connect.
func (l *Listener) refuses(c *Conn) error {
	if l.Admit != nil && !l.Admit(c.RemoteAddr()) {
		return farewell(notAdmitted)
	}
	client, counts := clientOf(c.RemoteAddr())
	if l.MaxPerClient == 0 || !counts {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, open := l.conns[c]; !open {
		return net.ErrClosed
	}
	if l.clients[client] >= l.MaxPerClient {
		return farewell(tooManyOfYours)
	}
	if l.clients == nil {
		l.clients = make(map[netip.Prefix]int)
	}
	l.clients[client]++
	c.client = client
	return nil
}

// clientOf is who a connection counts for; false for those of this machine.
func clientOf(a net.Addr) (netip.Prefix, bool) {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}, false
	}
	addr := tcp.AddrPort().Addr().Unmap().WithZone("")
	if !addr.IsValid() || addr.IsLoopback() {
		return netip.Prefix{}, false
	}
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	client, err := addr.Prefix(bits)
	return client, err == nil
}
