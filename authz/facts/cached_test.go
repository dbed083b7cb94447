package facts_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"sesgate/authz/facts"
	"sesgate/authz/policy"
	"sesgate/cache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const here = "eu-west-1"

var (
	app = facts.Caller{ARN: "arn:aws:sts::111122223333:assumed-role/app/i-0abc", Account: "111122223333", UserID: "AROA1:i-0abc", Partition: "aws"}

	errThrottled = errors.New("rate exceeded")
)

// world is a Source of plain values. What is not in it is refused or, of
// identities and configuration sets, does not exist.
type world struct {
	mu         sync.Mutex
	caller     facts.Caller
	principal  facts.Principal
	accounts   map[string]facts.Account
	indexes    map[string][]string               // by region: verified identities
	identities map[string]facts.Identity         // by region/name
	sets       map[string]facts.ConfigurationSet // by region/name
	errs       map[string]error                  // by call: "Account eu-west-1"
	takes      time.Duration
	calls      map[string]int
}

// newWorld is a production account with a verified example.com.
func newWorld() *world {
	return &world{
		caller:    app,
		principal: facts.Principal{ARN: "arn:aws:iam::111122223333:role/app", Name: "app", Kind: "role"},
		accounts:  map[string]facts.Account{here: {SendingEnabled: true, Enforcement: "HEALTHY"}},
		indexes:   map[string][]string{here: {"example.com"}},
		identities: map[string]facts.Identity{
			here + "/example.com": {Name: "example.com", Exists: true, Status: "SUCCESS", VerifiedToSend: true, ConfigurationSet: "events"},
		},
		sets:  map[string]facts.ConfigurationSet{here + "/events": {Name: "events", Exists: true, SendingEnabled: true}},
		errs:  make(map[string]error),
		calls: make(map[string]int),
	}
}

// answer notes a call, takes its time and says how it ends.
func answer[T any](ctx context.Context, w *world, value func() T, call ...any) (T, error) {
	name := fmt.Sprintln(call...)
	name = name[:len(name)-1]
	w.mu.Lock()
	w.calls[name]++
	err, v, takes := w.errs[name], value(), w.takes
	w.mu.Unlock()
	var none T
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return none, ctx.Err()
	}
	if err != nil {
		return none, err
	}
	return v, nil
}

func (w *world) Caller(ctx context.Context) (facts.Caller, error) {
	return answer(ctx, w, func() facts.Caller { return w.caller }, "Caller")
}

func (w *world) Principal(ctx context.Context, c facts.Caller) (facts.Principal, error) {
	return answer(ctx, w, func() facts.Principal { return w.principal }, "Principal", c.ARN)
}

func (w *world) Organization(ctx context.Context, c facts.Caller) (facts.Organization, error) {
	return answer(ctx, w, func() facts.Organization { return facts.Organization{} }, "Organization", c.Account)
}

func (w *world) Endpoint(ctx context.Context, region string) (facts.Endpoint, error) {
	return answer(ctx, w, func() facts.Endpoint { return facts.Endpoint{Host: "email." + region + ".amazonaws.com"} }, "Endpoint", region)
}

func (w *world) Account(ctx context.Context, region string) (facts.Account, error) {
	return answer(ctx, w, func() facts.Account { return w.accounts[region] }, "Account", region)
}

func (w *world) Index(ctx context.Context, region string) (facts.Index, error) {
	return answer(ctx, w, func() (i facts.Index) {
		for _, name := range w.indexes[region] {
			i.Identities = append(i.Identities, facts.IndexEntry{Name: name, Status: "SUCCESS", Sending: true})
		}
		return i
	}, "Index", region)
}

func (w *world) Identity(ctx context.Context, region, name string) (facts.Identity, error) {
	return answer(ctx, w, func() facts.Identity {
		if i, ok := w.identities[region+"/"+name]; ok {
			return i
		}
		return facts.Identity{Name: name}
	}, "Identity", region, name)
}

func (w *world) ConfigurationSet(ctx context.Context, region, name string) (facts.ConfigurationSet, error) {
	return answer(ctx, w, func() facts.ConfigurationSet {
		if s, ok := w.sets[region+"/"+name]; ok {
			return s
		}
		return facts.ConfigurationSet{Name: name}
	}, "ConfigurationSet", region, name)
}

func (w *world) Tenant(ctx context.Context, region, name string) (facts.Tenant, error) {
	return answer(ctx, w, func() facts.Tenant { return facts.Tenant{Name: name, Exists: true, Status: "ENABLED"} }, "Tenant", region, name)
}

func (w *world) GlobalEndpoint(ctx context.Context, region, id string) (facts.GlobalEndpoint, error) {
	return answer(ctx, w, func() facts.GlobalEndpoint { return facts.GlobalEndpoint{ID: id, Exists: true, Status: "READY"} }, "GlobalEndpoint", region, id)
}

func (w *world) Suppression(ctx context.Context, region, address string) (facts.Suppression, error) {
	return answer(ctx, w, func() facts.Suppression { return facts.Suppression{Address: address} }, "Suppression", region, address)
}

func (w *world) Opinion(ctx context.Context, q facts.Simulation) (facts.Opinion, error) {
	return answer(ctx, w, func() facts.Opinion { return facts.Opinion{Organizations: policy.Yes} }, "Opinion", q.Principal)
}

// change edits the world while it is asked.
func (w *world) change(edit func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	edit()
}

// since returns the calls made since the last time.
func (w *world) since() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	calls := maps.Clone(w.calls)
	clear(w.calls)
	return calls
}

func (w *world) refuse(call, permission string) {
	w.errs[call] = &facts.Gap{What: call, Permission: permission, Err: errors.New("access denied")}
}

func newCached(t testing.TB, w facts.Source, opts facts.Options) *facts.Cached {
	t.Helper()
	c := facts.NewCached(w, opts)
	t.Cleanup(c.Close)
	return c
}

func wantCalls(t *testing.T, w *world, want map[string]int) {
	t.Helper()
	if diff := cmp.Diff(want, w.since(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func wantGaps(t *testing.T, s *facts.Snapshot, want ...string) {
	t.Helper()
	var got []string
	for _, g := range s.Gaps() {
		got = append(got, g.What)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
}

// news is a usual message.
var news = facts.Query{Region: here, Senders: []string{"news@example.com"}, Recipients: []string{"user@example.net"}}

var cold = map[string]int{
	"Caller": 1, "Principal " + app.ARN: 1, "Organization 111122223333": 1,
	"Endpoint eu-west-1": 1, "Account eu-west-1": 1, "Index eu-west-1": 1,
	"Identity eu-west-1 example.com": 1, "ConfigurationSet eu-west-1 events": 1,
}

func TestAThousandFirstMessagesReadEveryFactOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.takes = 100 * time.Millisecond
		c := newCached(t, w, facts.Options{})
		began := time.Now()
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() { wantGaps(t, c.Snapshot(t.Context(), news)) })
		}
		all.Wait()
		wantCalls(t, w, cold)
		if took := time.Since(began); took != 300*time.Millisecond {
			t.Errorf("took %v; the longest chain is index, identity, configuration set: 300ms", took)
		}
		s := c.Snapshot(t.Context(), news)
		if s.Survey().Cache != cache.Hit {
			t.Errorf("the next message is a %v", s.Survey().Cache)
		}
		wantCalls(t, w, nil)
	})
}

func TestASnapshotHoldsWhatTheSourceSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		c := newCached(t, w, facts.Options{})
		now := time.Now()
		got := c.Snapshot(t.Context(), news)
		want := &facts.Snapshot{
			Region:       here,
			Caller:       facts.Fact[facts.Caller]{Value: app, At: now},
			Principal:    facts.Fact[facts.Principal]{Value: w.principal, At: now},
			Organization: facts.Fact[facts.Organization]{At: now},
			Endpoint:     facts.Fact[facts.Endpoint]{Value: facts.Endpoint{Host: "email.eu-west-1.amazonaws.com"}, At: now},
			Account:      facts.Fact[facts.Account]{Value: w.accounts[here], At: now},
			Index: facts.Fact[facts.Index]{At: now, Value: facts.Index{Identities: []facts.IndexEntry{
				{Name: "example.com", Status: "SUCCESS", Sending: true},
			}}},
			Identities: map[string]facts.Fact[facts.Identity]{
				"news@example.com": {Value: facts.Identity{Name: "news@example.com"}, At: now},
				"example.com":      {Value: w.identities["eu-west-1/example.com"], At: now},
			},
			ConfigurationSets: map[string]facts.Fact[facts.ConfigurationSet]{
				"events": {Value: w.sets["eu-west-1/events"], At: now},
			},
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(facts.Snapshot{}, facts.Index{})); diff != "" {
			t.Errorf("snapshot (-want +got):\n%s", diff)
		}
	})
}

func TestTheFirstIdentityThatExistsWins(t *testing.T) {
	for _, test := range []struct {
		name, address string
		exist         []string
		want          map[string]bool // looked up, and whether it exists
	}{
		{"address before domain", "a@example.com", []string{"example.com", "a@example.com"},
			map[string]bool{"a@example.com": true}},
		{"address without its label", "a+b@example.com", []string{"a@example.com", "example.com"},
			map[string]bool{"a+b@example.com": false, "a@example.com": true}},
		{"domain of any letter case", "a@EXAMPLE.com", []string{"Example.com"},
			map[string]bool{"a@example.com": false, "example.com": true}},
		{"local part of the same letter case only", "A@example.com", []string{"a@example.com"},
			map[string]bool{"A@example.com": false, "example.com": false}},
		{"parent domain", "a@mail.example.com", []string{"example.com"},
			map[string]bool{"a@mail.example.com": false, "mail.example.com": false, "example.com": true}},
		{"none", "a@example.com", nil,
			map[string]bool{"a@example.com": false, "example.com": false}},
	} {
		for _, indexed := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, index readable %t", test.name, indexed), func(t *testing.T) {
				w := newWorld()
				w.indexes[here] = test.exist
				w.identities = make(map[string]facts.Identity)
				for _, name := range test.exist {
					w.identities[here+"/"+name] = facts.Identity{Name: name, Exists: true}
					if name == "Example.com" { // SES compares domains without regard to case
						w.identities[here+"/example.com"] = facts.Identity{Name: name, Exists: true}
					}
				}
				if !indexed {
					w.refuse("Index eu-west-1", "ses:ListEmailIdentities on *")
				}
				c := newCached(t, w, facts.Options{})
				s := c.Snapshot(t.Context(), facts.Query{Region: here, Senders: []string{test.address}})
				got := make(map[string]bool)
				for name, f := range s.Identities {
					got[name] = f.Known() && f.Value.Exists
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("identities (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestRecipientsAreLookedUpInTheSandboxOnly(t *testing.T) {
	w := newWorld()
	w.indexes[here] = []string{"example.com", "user@example.net"}
	c := newCached(t, w, facts.Options{})
	if s := c.Snapshot(t.Context(), news); len(s.Identities) != 2 {
		t.Errorf("in production %d identities were looked up, want 2 of the sender", len(s.Identities))
	}
	w.change(func() { w.accounts[here] = facts.Account{Sandbox: true} })
	w.since()
	q := news
	q.Fresh, q.MaxAge = facts.KindAccount, time.Nanosecond
	s := c.Snapshot(t.Context(), q)
	got := s.Identities["user@example.net"].Value
	want := facts.Identity{Name: "user@example.net", Exists: true, Listed: true, Status: "SUCCESS", VerifiedToSend: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("recipient (-want +got):\n%s", diff)
	}
	wantCalls(t, w, map[string]int{"Account eu-west-1": 1})
}

func TestOnlyTheConcernedFactsAreReadAgain(t *testing.T) {
	for _, test := range []struct {
		fresh facts.Kinds
		calls map[string]int
	}{
		{0, nil},
		{facts.KindCaller, map[string]int{"Caller": 1}},
		{facts.KindPrincipal, map[string]int{"Principal " + app.ARN: 1}},
		{facts.KindOrganization, map[string]int{"Organization 111122223333": 1}},
		{facts.KindEndpoint, map[string]int{"Endpoint eu-west-1": 1}},
		{facts.KindAccount, map[string]int{"Account eu-west-1": 1}},
		{facts.KindIndex, map[string]int{"Index eu-west-1": 1}},
		{facts.KindIdentity, map[string]int{"Index eu-west-1": 1, "Identity eu-west-1 example.com": 1}},
		{facts.KindConfigurationSet, map[string]int{"ConfigurationSet eu-west-1 events": 1}},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld()
			c := newCached(t, w, facts.Options{})
			c.Snapshot(t.Context(), news)
			w.since()
			time.Sleep(30 * time.Second)
			q := news
			q.Fresh, q.MaxAge = test.fresh, 10*time.Second
			c.Snapshot(t.Context(), q)
			wantCalls(t, w, test.calls)
		})
	}
}

func TestAnotherCallerIsNotJudgedByThisOnesPolicies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		c := newCached(t, w, facts.Options{})
		c.Snapshot(t.Context(), news)
		w.change(func() {
			w.caller.ARN, w.caller.UserID = "arn:aws:sts::111122223333:assumed-role/other/i-0abc", "AROA2:i-0abc"
			w.principal = facts.Principal{Name: "other"}
		})
		time.Sleep(2 * time.Minute)
		c.Snapshot(t.Context(), news) // stale: has the caller read again
		synctest.Wait()
		s := c.Snapshot(t.Context(), news)
		if s.Caller.Value != w.caller || s.Principal.Value.Name != "other" {
			t.Errorf("caller %s is judged by the policies of %s", s.Caller.Value.ARN, s.Principal.Value.Name)
		}
	})
}

func TestWhatIsNotReadInTimeIsAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.takes = time.Minute
		c := newCached(t, w, facts.Options{Wait: 2 * time.Second, Load: 2 * time.Minute})
		began := time.Now()
		s := c.Snapshot(t.Context(), news)
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("waited %v in all, want 2s", took)
		}
		wantGaps(t, s, "caller", "SES endpoint of eu-west-1", "SES account in eu-west-1", "SES identities in eu-west-1")
		for name, f := range s.Identities {
			if f.Known() || !errors.Is(f.Gap, cache.ErrPending) {
				t.Errorf("identity %s is %+v", name, f)
			}
		}
		time.Sleep(time.Minute)
		if s := c.Snapshot(t.Context(), news); !s.Caller.Known() || !s.Index.Known() {
			t.Error("what came late is not there for the next message")
		}
	})
}

func TestLateOrFailedIndexAsksForNoIdentities(t *testing.T) {
	w := newWorld()
	w.errs["Index eu-west-1"] = errThrottled
	c := newCached(t, w, facts.Options{})
	s := c.Snapshot(t.Context(), news)
	if calls := w.since(); calls["Identity eu-west-1 news@example.com"] != 0 {
		t.Errorf("a throttled SES is asked more: %v", calls)
	}
	wantGaps(t, s, "SES identities in eu-west-1")
}

// unknownCall is how a service answers that has no such operation.
type unknownCall struct{ error }

func (unknownCall) ErrorCode() string { return "UnknownOperationException" }

func TestWhereThereIsNoIndexIdentitiesAreAskedOneByOne(t *testing.T) {
	for name, err := range map[string]error{
		"refused": &facts.Gap{What: "index", Permission: "ses:ListEmailIdentities on *", Err: errors.New("access denied")},
		"not one": &facts.Gap{What: "index", Err: unknownCall{errors.New("no such operation")}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.errs["Index eu-west-1"] = err
			s := newCached(t, w, facts.Options{}).Snapshot(t.Context(), news)
			if f := s.Identities["example.com"]; !f.Known() || !f.Value.Exists {
				t.Errorf("example.com is %+v", f)
			}
		})
	}
}

func TestAnIndexAndAnIdentityThatDisagreeProveNothing(t *testing.T) {
	w := newWorld()
	delete(w.identities, here+"/example.com")
	s := newCached(t, w, facts.Options{}).Snapshot(t.Context(), news)
	if f := s.Identities["example.com"]; f.Known() {
		t.Errorf("example.com is taken to be %+v", f.Value)
	}
}

func TestAPrincipalKnownInPartIsReadAgainSoon(t *testing.T) {
	refusal := &facts.Gap{What: "inline policies of role app", Permission: "iam:ListRolePolicies on *"}
	failure := &facts.Gap{What: "inline policies of role app", Err: errThrottled}
	for _, test := range []struct {
		name  string
		gap   *facts.Gap
		after time.Duration
	}{
		{"a permission may have been given", refusal, 61 * time.Second},
		{"the network may be back", failure, 11 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				whole := w.principal
				w.principal.Gaps = []facts.LayerGap{{Layer: policy.Identity, Gap: test.gap}}
				c := newCached(t, w, facts.Options{})
				wantGaps(t, c.Snapshot(t.Context(), news), test.gap.What)
				w.change(func() { w.principal = whole })
				time.Sleep(test.after)
				began := time.Now()
				wantGaps(t, c.Snapshot(t.Context(), news), test.gap.What)
				if waited := time.Since(began); waited != 0 {
					t.Errorf("the message waited %v", waited)
				}
				synctest.Wait()
				wantGaps(t, c.Snapshot(t.Context(), news))
			})
		})
	}
}

func TestAFailureDoesNotReplaceAPrincipalThatIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		c := newCached(t, w, facts.Options{})
		c.Snapshot(t.Context(), news)
		w.change(func() {
			w.principal.Gaps = []facts.LayerGap{{Layer: policy.Identity, Gap: &facts.Gap{What: "x", Err: errThrottled}}}
		})
		q := news
		q.Fresh, q.MaxAge = facts.KindPrincipal, time.Second
		time.Sleep(time.Minute)
		s := c.Snapshot(t.Context(), q)
		wantGaps(t, s)
		if age := time.Since(s.Survey().Oldest); age != time.Minute {
			t.Errorf("age is told as %v, want 1m", age)
		}
	})
}

func TestForgettingASnapshotHasItsFactsReadAgain(t *testing.T) {
	w := newWorld()
	c := newCached(t, w, facts.Options{})
	c.Forget(c.Snapshot(t.Context(), news))
	w.since()
	c.Snapshot(t.Context(), news)
	want := maps.Clone(cold)
	for _, kept := range []string{"Caller", "Organization 111122223333", "Endpoint eu-west-1"} {
		delete(want, kept)
	}
	wantCalls(t, w, want)
}

func TestWarmReadsWhatEveryMessageNeeds(t *testing.T) {
	w := newWorld()
	c := newCached(t, w, facts.Options{})
	c.Warm(t.Context(), []string{here, "us-east-1"})
	wantCalls(t, w, map[string]int{
		"Caller": 1, "Principal " + app.ARN: 1, "Organization 111122223333": 1,
		"Endpoint eu-west-1": 1, "Account eu-west-1": 1, "Index eu-west-1": 1,
		"Endpoint us-east-1": 1, "Account us-east-1": 1, "Index us-east-1": 1,
	})
}

func TestASenderThatIsNotVerifiedHereIsLookedUpElsewhere(t *testing.T) {
	w := newWorld()
	w.indexes["us-east-1"] = []string{"example.org"}
	c := newCached(t, w, facts.Options{})
	q := facts.Query{Region: here, Senders: []string{"a@example.org"}, Elsewhere: []string{"us-east-1", "eu-central-1"}}
	s := c.Snapshot(t.Context(), q)
	if f := s.Elsewhere["us-east-1"]["example.org"]; !f.Known() || !f.Value.VerifiedToSend {
		t.Errorf("not found in us-east-1: %+v", f)
	}
	if f := s.Elsewhere["eu-central-1"]["example.org"]; !f.Known() || f.Value.Exists {
		t.Errorf("found in eu-central-1: %+v", f)
	}
	if diff := cmp.Diff([]string{"eu-central-1", "us-east-1"}, s.ElsewhereRegions()); diff != "" {
		t.Error(diff)
	}
	q.Senders[0] = "news@example.com"
	if s := c.Snapshot(t.Context(), q); s.Elsewhere != nil {
		t.Errorf("a verified sender was looked up elsewhere: %v", s.Elsewhere)
	}
}

func TestTheExplicitConfigurationSetIsTheOneRead(t *testing.T) {
	w := newWorld()
	c := newCached(t, w, facts.Options{})
	q := news
	q.ConfigurationSet = "marketing"
	s := c.Snapshot(t.Context(), q)
	if f, ok := s.ConfigurationSets["marketing"]; !ok || len(s.ConfigurationSets) != 1 || !f.Known() || f.Value.Exists {
		t.Errorf("configuration sets are %+v", s.ConfigurationSets)
	}
}

func TestSnapshotTellsTheWorstOfItsFacts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		c := newCached(t, w, facts.Options{})
		c.Snapshot(t.Context(), news)
		time.Sleep(90 * time.Second)
		s := c.Snapshot(t.Context(), news)
		if s.Survey().Cache != cache.Stale || time.Since(s.Survey().Oldest) != 90*time.Second {
			t.Errorf("%v, %v old; want stale, 1m30s", s.Survey().Cache, time.Since(s.Survey().Oldest))
		}
		q := news
		q.ConfigurationSet = "new"
		if s := c.Snapshot(t.Context(), q); s.Survey().Cache != cache.Miss {
			t.Errorf("%v, want miss", s.Survey().Cache)
		}
	})
}

func BenchmarkCachedSnapshot(b *testing.B) {
	c := newCached(b, newWorld(), facts.Options{})
	c.Snapshot(b.Context(), news)
	b.ReportAllocs()
	for b.Loop() {
		c.Snapshot(b.Context(), news)
	}
}
