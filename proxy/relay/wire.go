package relay

import (
	"context"
	"net/http/httptrace"
	"sync"
)

// wire follows one request to the network. Until the request has a connection,
// the caller's context may cancel it; from then on only the deadline may.
type wire struct {
	cancel context.CancelFunc
	stop   func() bool

	mu        sync.Mutex
	connected bool
	begun     int  // how often a request's header was written
	broken    bool // the request could not be written to its end
	blind     bool // what the client does cannot be seen
}

type wireKey struct{}

// newWire returns the context to make the request with. parent has a deadline.
// The wire is released after the request.
func newWire(parent context.Context) (context.Context, *wire) {
	deadline, _ := parent.Deadline()
	ctx, cancel := context.WithDeadline(context.WithoutCancel(parent), deadline)
	w := &wire{cancel: cancel}
	w.stop = context.AfterFunc(parent, w.abandon)
	ctx = context.WithValue(ctx, wireKey{}, w)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { w.gotConn() },
		WroteHeaders: w.wroteHeaders,
		WroteRequest: func(info httptrace.WroteRequestInfo) { w.wroteRequest(info.Err) },
	}), w
}

func (w *wire) release() {
	w.stop()
	w.cancel()
}

func (w *wire) abandon() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.connected {
		w.cancel()
	}
}

func (w *wire) gotConn() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.connected = true
}

func (w *wire) wroteHeaders() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.blind {
		w.begun++
	}
}

func (w *wire) wroteRequest(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = err != nil
}

// handedOver takes the request as written, for a client that does not tell.
func (w *wire) handedOver() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.connected, w.blind, w.begun = true, true, 1
}

// seen returns how many requests were begun and whether SES may have the whole of
// one. It may not if no header was written, which net/http reports before the
// first octet of the body, nor if writing failed half-way: the signature covers
// the body to its end. A request whose writing nobody saw fail may have arrived.
func (w *wire) seen() (begun int, arrived bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.begun, w.begun > 0 && (w.blind || !w.broken)
}
