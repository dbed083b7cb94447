package main

import (
	"strings"
	"sync"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
	"sesgate/proxy"
)

// readiness says whether mail that comes now has a chance. It learns from what is
// read at the start and from transactions, so that a probe costs no call to AWS. The zero value is
// ready; it is safe for concurrent use.
type readiness struct {
	mu       sync.Mutex
	draining bool
	reason   string // what kept the last message from SES, of what concerns them all
}

// Record learns from a transaction.
func (r *readiness) Record(e proxy.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.Code == 250 {
		r.reason = ""
		return
	}
	for _, f := range e.Findings {
		if !f.Suspected && concernsAll(f.Code) {
			r.reason = f.Title + " [" + string(f.Code) + "]"
			return
		}
	}
}

// learn takes in what was read before the first message.
func (r *readiness) learn(snap *facts.Snapshot) {
	reason := ""
	account := snap.Account.Value
	switch gap := snap.Caller.Gap; {
	case gap != nil:
		if f := diagnosis.FromAPI(gap.Err); concernsAll(f.Code) {
			reason = f.Title + " [" + string(f.Code) + "]"
		}
	case snap.Account.Known() && account.Enforcement == "SHUTDOWN":
		reason = "SES has shut down sending for the account [" + string(diagnosis.AcctShutdown) + "]"
	case snap.Account.Known() && !account.SendingEnabled:
		reason = "sending is paused for the account [" + string(diagnosis.AcctPaused) + "]"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reason = reason
}

// concernsAll reports whether a code means that no message at all gets through.
func concernsAll(code diagnosis.Code) bool {
	return strings.HasPrefix(string(code), "cred-") || code == diagnosis.AcctPaused || code == diagnosis.AcctShutdown || code == diagnosis.AcctNotSub
}

func (r *readiness) drain() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.draining = true
}

// reasons are why not; none means ready.
func (r *readiness) reasons() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []string
	if r.draining {
		list = append(list, "draining: the server is stopping")
	}
	if r.reason != "" {
		list = append(list, r.reason)
	}
	return list
}
