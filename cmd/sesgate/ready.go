package main

import (
	"slices"
	"strings"
	"sync"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
	"sesgate/proxy"
)

// readiness says whether mail that comes now has a chance. It learns from what is
// read at the start and from transactions, so that a probe costs no call to AWS. Of
// several ways to SES the default one counts: others serve some senders only. The
// zero value is ready; it is safe for concurrent use.
type readiness struct {
	byway     func(route string) bool // reports whether a route takes another way than the default one; nil: none does
	contended func() bool             // reports whether messages wait for memory; nil: none ever does

	mu       sync.Mutex
	draining bool
	reason   string // what kept the last message from SES, of what concerns them all
}

// Record learns from a transaction.
func (r *readiness) Record(e proxy.Event) {
	reason := ""
	if e.Code != 250 {
		i := slices.IndexFunc(e.Findings, func(f diagnosis.Finding) bool { return !f.Suspected && concernsAll(f.Code) })
		if i < 0 {
			return
		}
		reason = e.Findings[i].Title + " [" + string(e.Findings[i].Code) + "]"
	}
	if r.byway != nil && r.byway(e.Route) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reason = reason
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

// concernsAll reports whether a code means that no message at all gets through. That
// another principal sends than the one expected is only why one did not.
func concernsAll(code diagnosis.Code) bool {
	if code == diagnosis.CredPrincipal || code == diagnosis.CredWrongAcct {
		return false
	}
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
	if r.contended != nil && r.contended() {
		list = append(list, "memory: messages wait until others are sent; if this lasts, raise limits.memory")
	}
	return list
}
