package facts

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"sesgate/cache"
)

// Snapshot is everything one verdict rests on. A name that is missing from a map
// was not asked for. Its methods go through the facts in the order of its fields,
// names in alphabetical order.
type Snapshot struct {
	Region            string
	Caller            Fact[Caller]
	Principal         Fact[Principal]
	Organization      Fact[Organization]
	Endpoint          Fact[Endpoint]
	Account           Fact[Account]
	Index             Fact[Index]
	Identities        map[string]Fact[Identity] // by name as of Candidates, or by ARN as of Query.IdentityARNs
	ConfigurationSets map[string]Fact[ConfigurationSet]
	Elsewhere         map[string]map[string]Fact[Identity] // by region, then name
	Tenant            Fact[Tenant]                         // this and the next three: if the query asks for it
	GlobalEndpoint    Fact[GlobalEndpoint]
	Opinion           Fact[Opinion]
	Suppressed        map[string]Fact[Suppression] // by recipient
}

// Gaps returns what is not known, with the gaps of the principal's layers, those
// of identities and configuration sets in the order of their names. A gap that
// stands in for several facts is told once.
func (s *Snapshot) Gaps() []Gap {
	var gaps []Gap
	add := func(_ time.Time, _ cache.Status, g *Gap) {
		if g != nil && !slices.ContainsFunc(gaps, func(h Gap) bool { return h.What == g.What && h.Call == g.Call && h.Permission == g.Permission }) {
			gaps = append(gaps, *g)
		}
	}
	s.eachOne(add)
	ones := len(gaps)
	s.eachNamed(add)
	slices.SortStableFunc(gaps[ones:], func(a, b Gap) int {
		return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(a.Call, b.Call))
	})
	return gaps
}

// Age returns how old the oldest known fact is at now; 0 if none is known.
func (s *Snapshot) Age(now time.Time) time.Duration {
	var oldest time.Duration
	s.each(func(at time.Time, _ cache.Status, _ *Gap) {
		if !at.IsZero() {
			oldest = max(oldest, now.Sub(at))
		}
	})
	return oldest
}

// Cache returns the worst of where the facts came from: Miss before Stale before
// Hit.
func (s *Snapshot) Cache() cache.Status {
	worst := cache.Hit
	s.each(func(at time.Time, from cache.Status, gap *Gap) {
		if asked := gap != nil || !at.IsZero(); asked && (from == cache.Miss || worst == cache.Hit) {
			worst = from
		}
	})
	return worst
}

// ElsewhereRegions returns the regions of Elsewhere in alphabetical order.
func (s *Snapshot) ElsewhereRegions() []string { return slices.Sorted(maps.Keys(s.Elsewhere)) }

// each shows every fact to see; those of the principal's layers with their gaps
// only, as of the principal.
func (s *Snapshot) each(see func(at time.Time, from cache.Status, gap *Gap)) {
	s.eachOne(see)
	s.eachNamed(see)
}

// eachOne shows the facts that there is one of.
func (s *Snapshot) eachOne(see func(at time.Time, from cache.Status, gap *Gap)) {
	show(s.Caller, see)
	show(s.Principal, see)
	for _, g := range s.Principal.Value.Gaps {
		see(s.Principal.At, s.Principal.From, g.Gap)
	}
	show(s.Organization, see)
	show(s.Endpoint, see)
	show(s.Account, see)
	show(s.Index, see)
}

// eachNamed shows the facts that have names, in no order.
func (s *Snapshot) eachNamed(see func(at time.Time, from cache.Status, gap *Gap)) {
	for _, f := range s.Identities {
		show(f, see)
	}
	for _, f := range s.ConfigurationSets {
		show(f, see)
	}
	for _, identities := range s.Elsewhere {
		for _, f := range identities {
			show(f, see)
		}
	}
}

func show[T any](f Fact[T], see func(time.Time, cache.Status, *Gap)) { see(f.At, f.From, f.Gap) }
