package facts_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sesgate/authz/facts"
)

// undated hides a test's deadline, which may not be asked for in a bubble.
type undated struct{ rapid.TB }

// Whatever the source fails to tell, and whenever: a fact is the truth, or it is a
// gap and says nothing.
func TestWhatIsNotReadIsNeverAFact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(undated{t}, func(t *rapid.T) {
			w := newWorld()
			w.indexes[here] = []string{"example.com", "user@example.net"}
			w.identities[here+"/user@example.net"] = facts.Identity{Name: "user@example.net", Exists: true, Status: "SUCCESS", VerifiedToSend: true}
			w.accounts[here] = facts.Account{Sandbox: rapid.Bool().Draw(t, "sandbox")}
			c := facts.NewCached(w, facts.Options{})
			defer c.Close()
			q := news
			q.Elsewhere = []string{"us-east-1"}
			for range rapid.IntRange(1, 5).Draw(t, "messages") {
				w.change(func() { w.trouble(t) })
				if rapid.Bool().Draw(t, "fresh") {
					q.Fresh, q.MaxAge = facts.Kinds(rapid.Byte().Draw(t, "kinds")), 10*time.Second
				}
				s := c.Snapshot(t.Context(), q)
				w.compare(t, s)
				time.Sleep(rapid.SampledFrom([]time.Duration{0, time.Second, time.Minute, 7 * time.Minute, 2 * time.Hour}).Draw(t, "pause"))
			}
		})
	})
}

// trouble has calls of the world fail, or all take too long.
func (w *world) trouble(t *rapid.T) {
	names := slices.Sorted(maps.Keys(cold))
	names = append(names, "Identity eu-west-1 news@example.com", "Index us-east-1", "Identity eu-west-1 user@example.net")
	for _, call := range names {
		w.errs[call] = rapid.SampledFrom([]error{
			nil, errThrottled, &facts.Gap{What: call, Permission: "to " + call, Err: errors.New("access denied")},
		}).Draw(t, call)
	}
	w.takes = rapid.SampledFrom([]time.Duration{0, 0, 300 * time.Millisecond, time.Minute}).Draw(t, "takes")
}

func (w *world) compare(t *rapid.T, s *facts.Snapshot) {
	compare(t, "caller", s.Caller, w.caller)
	compare(t, "principal", s.Principal, w.principal)
	compare(t, "organization", s.Organization, facts.Organization{})
	compare(t, "endpoint", s.Endpoint, facts.Endpoint{Host: "email.eu-west-1.amazonaws.com"})
	compare(t, "account", s.Account, w.accounts[here])
	for name, f := range s.Identities {
		truth, ok := w.identities[here+"/"+name]
		if !ok {
			truth = facts.Identity{Name: name}
		}
		truth.Listed = f.Value.Listed
		compare(t, name, f, truth)
	}
	for name, f := range s.ConfigurationSets {
		compare(t, name, f, w.sets[here+"/"+name])
	}
	for name, f := range s.Elsewhere["us-east-1"] {
		compare(t, name, f, facts.Identity{Name: name})
	}
}

func compare[T any](t *rapid.T, name string, f facts.Fact[T], truth T) {
	if f.Known() == (f.Gap != nil) {
		t.Errorf("%s: known %t, gap %v", name, f.Known(), f.Gap)
	}
	if !f.Known() {
		truth = *new(T)
	}
	if diff := cmp.Diff(truth, f.Value); diff != "" {
		t.Errorf("%s, gap %v (-want +got):\n%s", name, f.Gap, diff)
	}
}
