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

	senders []candidates // those looked up
}

// candidates are the names under which SES may hold an identity for an address.
type candidates struct {
	address string
	names   []string
}

// Candidates is [Candidates], worked out once for a sender that was looked up.
func (s *Snapshot) Candidates(address string) []string {
	for _, c := range s.senders {
		if c.address == address {
			return c.names
		}
	}
	return Candidates(address)
}

// Survey is what the facts of a snapshot have in common.
type Survey struct {
	Gaps   []Gap
	Oldest time.Time    // when the oldest known fact was read; zero if none is known
	Cache  cache.Status // the worst of where the facts came from: Miss before Stale before Hit
}

// Survey goes through all facts. Its gaps are in the order of the snapshot's
// fields, with those of the principal's layers, and of named facts in the order
// of their names. A gap that stands in for several facts is told once.
func (s *Snapshot) Survey() Survey {
	v := Survey{Cache: cache.Hit}
	s.eachOne(v.see)
	ones := len(v.Gaps)
	s.eachNamed(v.see)
	slices.SortStableFunc(v.Gaps[ones:], func(a, b Gap) int {
		return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(a.Call, b.Call))
	})
	return v
}

// Gaps returns the gaps of [Snapshot.Survey].
func (s *Snapshot) Gaps() []Gap { return s.Survey().Gaps }

func (v *Survey) see(at time.Time, from cache.Status, g *Gap) {
	if g == nil && at.IsZero() {
		return // not asked for
	}
	if !at.IsZero() && (v.Oldest.IsZero() || at.Before(v.Oldest)) {
		v.Oldest = at
	}
	if from == cache.Miss || v.Cache == cache.Hit {
		v.Cache = from
	}
	if g != nil && !slices.ContainsFunc(v.Gaps, func(h Gap) bool { return h.What == g.What && h.Call == g.Call && h.Needs() == g.Needs() }) {
		v.Gaps = append(v.Gaps, *g)
	}
}

// ElsewhereRegions returns the regions of Elsewhere in alphabetical order.
func (s *Snapshot) ElsewhereRegions() []string { return slices.Sorted(maps.Keys(s.Elsewhere)) }

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
	show(s.Tenant, see)
	if g := s.Tenant.Value.ResourcesGap; g != nil {
		see(s.Tenant.At, s.Tenant.From, g)
	}
	show(s.GlobalEndpoint, see)
	show(s.Opinion, see)
}

// eachNamed shows the facts that have names, in no order.
func (s *Snapshot) eachNamed(see func(at time.Time, from cache.Status, gap *Gap)) {
	for _, f := range s.Identities {
		show(f, see)
	}
	for _, f := range s.ConfigurationSets {
		show(f, see)
	}
	for _, f := range s.Suppressed {
		show(f, see)
	}
	for _, identities := range s.Elsewhere {
		for _, f := range identities {
			show(f, see)
		}
	}
}

func show[T any](f Fact[T], see func(time.Time, cache.Status, *Gap)) { see(f.At, f.From, f.Gap) }
