package guard

import (
	"crypto/tls"
	"errors"
	"net"
	"time"
)

// TLS is the guard's, so that it sees lines and writes replies under TLS as it
// does in the clear, and the server above never learns of it.

// Secure reports whether the client speaks TLS. It is for the goroutine that reads
// and writes.
func (c *Conn) Secure() bool { return c.secure }

// StartTLS sends the reply that is ready for TLS and lets the client begin it; the
// listener has TLS. What the client has sent already is dropped: it came in the
// clear, so that anybody on its way could have put it there (CVE-2011-0411). If the
// client does not manage, the connection is at its end. Rewrite may call it.
func (c *Conn) StartTLS(ready []byte) error {
	c.out = append(c.out, ready...)
	if err := c.flush(); err != nil {
		return err
	}
	c.ahead = nil
	return c.handshake()
}

// handshake turns the connection to TLS.
func (c *Conn) handshake() error {
	conn := tls.Server(c.Conn, c.listener.TLS)
	err := c.await(time.Now().Add(c.listener.handshakeTimeout()))
	if err == nil {
		err = conn.Handshake()
	}
	if err != nil {
		c.unsecured(err)
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Conn, c.secure = conn, true
	return nil
}

// await sets the deadline of a handshake, unless the server is closing down.
func (c *Conn) await(deadline time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.draining {
		return ErrDraining
	}
	return c.Conn.SetDeadline(deadline)
}

// unsecured ends a connection whose handshake came to nothing. A client that
// speaks in the clear where TLS is expected from the first octet is told so.
func (c *Conn) unsecured(err error) {
	var timeout net.Error
	var clear tls.RecordHeaderError
	mute := errors.As(err, &timeout) && timeout.Timeout()
	if c.listener.Implicit && (mute && !c.leaving() || errors.As(err, &clear)) {
		c.part(farewell(onlyTLS))
	}
	c.End()
	c.silent = true
	if c.listener.Unsecured != nil {
		c.listener.Unsecured(c.RemoteAddr(), err)
	}
}

// leaving reports whether the server is closing down.
func (c *Conn) leaving() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.draining
}

// clearOnly is what a client is told that begins TLS where it has no place.
func (l *Listener) clearOnly() farewell {
	if l.TLS != nil {
		return notYetTLS
	}
	return noTLS
}
