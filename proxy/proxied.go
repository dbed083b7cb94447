package proxy

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pires/go-proxyproto"
	"go.uber.org/zap"
	"golang.org/x/time/rate"
)

const (
	proxyHeaderWait = 5 * time.Second // for a proxy to say who its client is
	maxProxyHeaders = 256             // that are awaited at a time
)

// proxied is a listener that is reached through proxies, which say by a PROXY
// header who their client is:
//
//	https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
//
// Anybody could write such a header, so that it is believed of trusted proxies only,
// and nobody else is served; and a proxy that sends none is not served either, as
// all its clients would look like the proxy. Headers are awaited beside each other:
// one that does not come keeps nobody waiting.
type proxied struct {
	net.Listener
	run     *run
	ready   chan newcomer
	reading sync.WaitGroup
	ctx     context.Context // ends with the listener
	stop    context.CancelFunc
	seldom  rate.Sometimes
}

// newcomer is what Accept returns.
type newcomer struct {
	conn net.Conn
	err  error
}

func (r *run) proxied(l net.Listener) *proxied {
	ctx, stop := context.WithCancel(context.Background())
	p := &proxied{Listener: l, run: r, ready: make(chan newcomer), ctx: ctx, stop: stop, seldom: rate.Sometimes{First: 3, Interval: time.Minute}}
	p.reading.Go(p.receive)
	return p
}

// Accept returns the next connection whose client is known.
func (p *proxied) Accept() (net.Conn, error) {
	select {
	case a := <-p.ready:
		return a.conn, a.err
	case <-p.ctx.Done():
		return nil, net.ErrClosed
	}
}

// Close ends Accept, and connections whose header has not come.
func (p *proxied) Close() error {
	p.stop()
	return p.Listener.Close()
}

// wait waits until nothing of the listener runs any more.
func (p *proxied) wait() { p.reading.Wait() }

// receive accepts connections until the listener is closed.
func (p *proxied) receive() {
	slots := make(chan struct{}, maxProxyHeaders)
	for p.ctx.Err() == nil {
		conn, err := p.Listener.Accept()
		if err != nil {
			p.hand(newcomer{err: err})
			continue
		}
		if !p.trusts(conn.RemoteAddr()) {
			p.refuse(conn, "it is no proxy of proxy_protocol")
			continue
		}
		slots <- struct{}{} // held for proxyHeaderWait at most
		p.reading.Go(func() {
			defer func() { <-slots }()
			p.read(conn)
		})
	}
}

// hand gives Accept what has come, unless the listener is closed.
func (p *proxied) hand(a newcomer) {
	select {
	case p.ready <- a:
	case <-p.ctx.Done():
		if a.conn != nil {
			a.conn.Close()
		}
	}
}

// read learns who the client of a connection is.
func (p *proxied) read(conn net.Conn) {
	stop := context.AfterFunc(p.ctx, func() { conn.Close() })
	defer stop()
	known := proxyproto.NewConn(conn, proxyproto.WithPolicy(proxyproto.REQUIRE), proxyproto.SetReadHeaderTimeout(proxyHeaderWait))
	header := known.ProxyHeader()
	switch {
	case header == nil:
		p.refuse(conn, "the proxy has sent no PROXY header that can be read: turn the PROXY protocol on there")
		return
	case !header.Command.IsLocal() && !isTCP(header.SourceAddr):
		p.refuse(conn, "the PROXY header names no client of TCP")
		return
	}
	if stop() {
		p.hand(newcomer{conn: known})
	}
}

// isTCP reports whether an address is a client's that can be looked up in networks.
func isTCP(a net.Addr) bool {
	_, ok := a.(*net.TCPAddr)
	return ok
}

// trusts reports whether a connection comes from a proxy that may say who its
// client is. What comes by a Unix socket is of this machine.
func (p *proxied) trusts(proxy net.Addr) bool {
	return !isTCP(proxy) || within(p.run.Proxies, proxy)
}

// refuse tells a connection that it is not served, and the log, though not each
// time, as strangers can make it happen.
func (p *proxied) refuse(conn net.Conn, why string) {
	p.seldom.Do(func() {
		p.run.log.Warn("proxy protocol: connection refused", zap.String("listener", p.run.listener),
			zap.String("peer", clientName(conn.RemoteAddr())), zap.String("reason", why))
	})
	conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	fmt.Fprintf(conn, "554 5.7.1 %s serves clients of its proxies only\r\n", p.run.hostname())
	conn.Close()
}

// within reports whether the address of a TCP connection is in one of the
// networks.
func within(networks []netip.Prefix, a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return false
	}
	addr := tcp.AddrPort().Addr().Unmap().WithZone("")
	for _, network := range networks {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}
