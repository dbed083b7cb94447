package relay

import (
	"context"
	"net/http/httptrace"
	"sync"
)

// wire follows one request to the network. Until the request has a connection,
// the caller's context may cancel it; from then on only the deadline may.
type wire struct {
	mu      sync.Mutex
	cancel  context.CancelFunc
	stop    func() bool
	busy    bool // has a connection
	headers int  // how often a request's header was written
}

// newWire returns the context to make the request with. parent has a deadline.
// The wire is released after the request.
func newWire(parent context.Context) (context.Context, *wire) {
	deadline, _ := parent.Deadline()
	ctx, cancel := context.WithDeadline(context.WithoutCancel(parent), deadline)
	w := &wire{cancel: cancel}
	w.stop = context.AfterFunc(parent, w.abandon)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { w.connected() },
		WroteHeaders: w.wroteHeaders,
	}), w
}

func (w *wire) release() {
	w.stop()
	w.cancel()
}

func (w *wire) abandon() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.busy {
		w.cancel()
	}
}

func (w *wire) connected() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy = true
}

// wroteHeaders is called before the first byte of a body can be on the network,
// so a request that it has not seen is one that SES cannot have taken.
func (w *wire) wroteHeaders() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.headers++
}

func (w *wire) requests() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.headers
}
