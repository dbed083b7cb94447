package proxy

import (
	"cmp"
	"context"
	"slices"
	"time"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
)

// check asks the Checker and says why SES would refuse, or nil. In mode warn what
// it finds is noted only.
func (s *session) check(tx *transaction, req authz.Request) *reply {
	if !s.consult(tx, req) || tx.verdict.Decision != authz.Deny {
		return nil
	}
	if s.run.mode() == Warn {
		tx.note(tx.verdict.Findings)
		return nil
	}
	return s.refuse(tx, refusal{findings: blockersFirst(tx.verdict.Findings)})
}

// consult has the Checker's verdict on a request put into the transaction. It
// reports whether there is one.
func (s *session) consult(tx *transaction, req authz.Request) bool {
	if s.run.mode() == Off || s.run.Checker == nil {
		return false
	}
	start := time.Now()
	ctx, cancel := context.WithTimeout(s.run.ctx, tx.budget)
	defer cancel()
	verdict := s.run.Checker.Check(ctx, req)
	took := time.Since(start)
	tx.budget = max(tx.budget-took, 0)
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
	if e, ok := diagnosis.Lookup(f.Code); ok && e.Warning {
		return 2
	}
	return 0
}

// freshness orders what Verdict.Cache says, best first.
var freshness = map[string]int{"": 0, "hit": 1, "stale": 2, "miss": 3}
