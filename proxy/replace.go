package proxy

import (
	"net"
	"slices"
	"sync"
	"sync/atomic"
)

// serving is what a server does now: a run of its own first, then one for each
// Replace. Sessions go over to the current run whenever they begin something.
type serving struct {
	now atomic.Pointer[run]

	once  sync.Once
	first chan struct{} // closed when there is a run

	mu   sync.Mutex
	runs []*run // that sessions use, the current one last
}

// Replace has what begins from now on served as next says in place of s: sessions,
// AUTH and transactions, also those of clients that are connected. Connections keep
// the settings of s that concern them as such: TLS, LMTP, Proxies, Hostname, their
// limits and timeouts, and Grace. Serve of s must have been called, or be about to:
// Replace waits until it runs; that of next is not called.
//
// The function that it returns waits until nothing is served any more by the
// settings that these replace, which takes as long as a client may idle.
func (s *Server) Replace(next *Server) (wait func()) {
	v := &s.serving
	<-v.begun()
	v.mu.Lock()
	defer v.mu.Unlock()
	old := v.now.Load()
	r := next.start(old.ctx, old.at)
	r.serving, r.failures = v, old.failures
	v.now.Store(r)
	v.runs = append(v.runs, r)
	return func() {
		old.sessions.Wait()
		v.forget(old)
	}
}

// begin makes the first run.
func (v *serving) begin(r *run) {
	v.mu.Lock()
	defer v.mu.Unlock()
	r.serving, v.runs = v, []*run{r}
	v.now.Store(r)
	close(v.begun())
}

func (v *serving) begun() chan struct{} {
	v.once.Do(func() { v.first = make(chan struct{}) })
	return v.first
}

// enter counts a session into the current run.
func (v *serving) enter() *run {
	v.mu.Lock()
	defer v.mu.Unlock()
	r := v.now.Load()
	r.sessions.Add(1)
	return r
}

// admits is what the current run says.
func (v *serving) admits(client net.Addr) bool { return v.now.Load().admits(client) }

// wait waits for the sessions of every run. It begins with the oldest, as sessions
// go over to later ones.
func (v *serving) wait() {
	v.mu.Lock()
	runs := slices.Clone(v.runs)
	v.mu.Unlock()
	for _, r := range runs {
		r.sessions.Wait()
	}
}

func (v *serving) forget(old *run) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.runs = slices.DeleteFunc(v.runs, func(r *run) bool { return r == old })
}

// renew has the session go over to the current run. It is called between
// transactions.
func (s *session) renew() {
	if s.run == s.run.serving.now.Load() {
		return
	}
	r := s.run.serving.enter()
	s.run.sessions.Done()
	s.run = r
}
