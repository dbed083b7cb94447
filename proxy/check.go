package proxy

import (
	"cmp"
	"context"
	"slices"
	"time"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
)

// check asks the Checker, before the header has come, and says why SES would
// refuse, or nil. In mode warn what it finds is noted only.
func (s *session) check(tx *transaction, req authz.Request) *reply {
	if !s.consult(tx, req) || tx.verdict.Decision != authz.Deny || s.run.steerable() || s.elsewhere(tx, req) {
		return nil
	}
	if s.run.mode() == Warn {
		tx.note(tx.verdict.Findings)
		return nil
	}
	return s.refuse(tx, refusal{findings: blockersFirst(tx.verdict.Findings)})
}

// elsewhere reports whether the header's From may yet lead the message to a route
// on which it is not refused.
func (s *session) elsewhere(tx *transaction, req authz.Request) bool {
	for route := range s.run.others(tx) {
		req.Route = route
		if v, _ := s.ask(tx, req); v.Decision != authz.Deny {
			return true
		}
	}
	return false
}

// consult has the Checker's verdict on a request put into the transaction. It
// reports whether there is one.
func (s *session) consult(tx *transaction, req authz.Request) bool {
	if s.run.mode() == Off || s.run.Checker == nil {
		return false
	}
	verdict, took := s.ask(tx, req)
	tx.verdict = verdict

	e := &tx.event
	e.Preflight += took
	e.Checked = true
	e.Decision = verdict.Decision
	e.Principal, e.Identity = verdict.Principal, verdict.Identity
	e.Region = cmp.Or(verdict.Region, e.Region)
	e.Gaps = len(verdict.Gaps)
	if freshness[verdict.Cache] >= freshness[e.Cache] {
		e.Cache = verdict.Cache // the worst of the transaction's checks
	}
	return true
}

// ask has the Checker judge a request within what is left of the transaction's
// budget.
func (s *session) ask(tx *transaction, req authz.Request) (authz.Verdict, time.Duration) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(s.run.ctx, tx.budget)
	defer cancel()
	verdict := s.run.Checker.Check(ctx, req)
	took := time.Since(start)
	tx.budget = max(tx.budget-took, 0)
	return verdict, took
}

// blockersFirst puts what refuses before what is only suspected or only noted.
func blockersFirst(findings []diagnosis.Finding) []diagnosis.Finding {
	sorted := slices.Clone(findings)
	slices.SortStableFunc(sorted, func(a, b diagnosis.Finding) int { return weight(a) - weight(b) })
	return sorted
}

func weight(f diagnosis.Finding) int {
	if f.Suspected {
		return 1
	}
	if e, ok := diagnosis.Lookup(f.Code); ok && e.Warning && !f.Strict {
		return 2
	}
	return 0
}

// freshness orders what Verdict.Cache says, best first.
var freshness = map[string]int{"": 0, "hit": 1, "stale": 2, "miss": 3}
