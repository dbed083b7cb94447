package authz

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// script is Facts that answers with one world after another, the last for good.
type script struct {
	worlds  []facts.Snapshot
	asked   []facts.Query
	dropped int
}

func (s *script) Snapshot(_ context.Context, q facts.Query) *facts.Snapshot {
	s.asked = append(s.asked, q)
	w := s.worlds[0]
	if len(s.worlds) > 1 {
		s.worlds = s.worlds[1:]
	}
	return &w
}

func (s *script) Forget(*facts.Snapshot) { s.dropped++ }

// aged is w as it was read that long ago.
func aged(w facts.Snapshot, by time.Duration) facts.Snapshot {
	at := time.Now().Add(-by)
	w.Caller.At, w.Principal.At, w.Organization.At, w.Endpoint.At = at, at, at, at
	w.Account.At, w.Index.At = at, at
	identities := make(map[string]facts.Fact[facts.Identity])
	for name, f := range w.Identities {
		f.At = at
		identities[name] = f
	}
	w.Identities = identities
	return w
}

// deniedWorld is plainWorld with a role that has no policies.
func deniedWorld(t testing.TB) facts.Snapshot {
	w := plainWorld(t)
	w.Principal.Value.Policies = nil
	return w
}

// check asks about a message and says what came of it.
func check(t *testing.T, s *script, req Request, want Decision, codes ...string) Verdict {
	t.Helper()
	c := &Checker{Facts: s, Region: here}
	return checkWith(t, c, req, want, codes...)
}

func checkWith(t *testing.T, c *Checker, req Request, want Decision, codes ...string) Verdict {
	t.Helper()
	v := c.Check(t.Context(), req)
	if got := codesOf(v); v.Decision != want || !slices.Equal(got, codes) {
		t.Errorf("%v %v, want %v %v", v.Decision, got, want, codes)
	}
	return v
}

func wantAsked(t *testing.T, s *script, want ...facts.Query) {
	t.Helper()
	if diff := cmp.Diff(want, s.asked, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("queries (-want +got):\n%s", diff)
	}
}

// plainQuery is what newsletter asks for.
var plainQuery = facts.Query{Region: here, Senders: []string{"news@example.com"}, Recipients: []string{"ann@example.org"}}

func TestAnAllowMayRestOnOldFacts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{worlds: []facts.Snapshot{aged(plainWorld(t), 30*time.Minute)}}
		v := check(t, s, newsletter(), Allow)
		wantAsked(t, s, plainQuery)
		if v.Age != 30*time.Minute {
			t.Errorf("age %v", v.Age)
		}
	})
}

func TestARefusalOnFreshFactsAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{worlds: []facts.Snapshot{aged(deniedWorld(t), 10*time.Second)}}
		check(t, s, newsletter(), Deny, "iam-noallow")
		wantAsked(t, s, plainQuery)
	})
}

func TestOldFactsAreReadAgainBeforeARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{worlds: []facts.Snapshot{aged(deniedWorld(t), 11*time.Second), aged(deniedWorld(t), 0)}}
		check(t, s, newsletter(), Deny, "iam-noallow")
		again := plainQuery
		again.Fresh, again.MaxAge = facts.KindCaller|facts.KindPrincipal|facts.KindIdentity|facts.KindIndex, 10*time.Second
		wantAsked(t, s, plainQuery, again)
	})
}

func TestAPermissionGrantedMeanwhileLetsTheMessagePass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{worlds: []facts.Snapshot{aged(deniedWorld(t), time.Minute), aged(plainWorld(t), 0)}}
		check(t, s, newsletter(), Allow)
	})
}

func TestOnlyWhatTheRefusalRestsOnIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := aged(plainWorld(t), time.Minute)
		w.Account.Value.SendingEnabled = false
		fresh := w
		fresh.Account.At = time.Now()
		s := &script{worlds: []facts.Snapshot{w, fresh}}
		check(t, s, newsletter(), Deny, "acct-paused")
		again := plainQuery
		again.Fresh, again.MaxAge = facts.KindAccount, 10*time.Second
		wantAsked(t, s, plainQuery, again)
	})
}

func TestOnlyOldKindsAreReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := aged(deniedWorld(t), time.Second)
		w.Principal.At = time.Now().Add(-time.Hour)
		s := &script{worlds: []facts.Snapshot{w, aged(deniedWorld(t), 0)}}
		check(t, s, newsletter(), Deny, "iam-noallow")
		if got := s.asked[1].Fresh; got != facts.KindPrincipal {
			t.Errorf("read again: %b", got)
		}
	})
}

func TestNobodyIsRefusedWhenFactsCannotBeReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{worlds: []facts.Snapshot{aged(deniedWorld(t), time.Minute)}}
		v := check(t, s, newsletter(), Unknown, "iam-noallow?")
		if len(s.asked) != 2 {
			t.Errorf("asked %d times", len(s.asked))
		}
		if v.Age != time.Minute {
			t.Errorf("age %v", v.Age)
		}
	})
}

func TestAFreshReasonRefusesBesideAnOldOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := aged(deniedWorld(t), time.Minute)
		w.Account = facts.Fact[facts.Account]{Value: facts.Account{Enforcement: "HEALTHY", Max24HourSend: -1}, At: time.Now()}
		s := &script{worlds: []facts.Snapshot{w}}
		v := check(t, s, newsletter(), Deny, "acct-paused", "iam-noallow?")
		if v.Findings[0].Code != "acct-paused" {
			t.Errorf("%s comes first, which is not certain", v.Findings[0].Code)
		}
	})
}

func TestMaxAgeSaysWhatOldIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{worlds: []facts.Snapshot{aged(deniedWorld(t), time.Minute)}}
		checkWith(t, &Checker{Facts: s, Region: here, MaxAge: time.Hour}, newsletter(), Deny, "iam-noallow")
		wantAsked(t, s, plainQuery)
	})
}

func TestCredentialsThatSTSRefusesHaveNoAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := aged(plainWorld(t), time.Minute)
		w.Caller = facts.Fact[facts.Caller]{Gap: &facts.Gap{What: "caller", Err: errors.New("api error InvalidClientTokenId: The security token included in the request is invalid.")}}
		s := &script{worlds: []facts.Snapshot{w}}
		check(t, s, newsletter(), Deny, "cred-invalid")
		wantAsked(t, s, plainQuery)
	})
}

func TestOtherRegionsAreAskedOnlyForAMissingIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		missing := aged(plainWorld(t), 0)
		missing.Identities = map[string]facts.Fact[facts.Identity]{
			"news@example.com": {Value: facts.Identity{Name: "news@example.com"}, At: time.Now()},
			"example.com":      {Value: facts.Identity{Name: "example.com"}, At: time.Now()},
		}
		there := missing
		there.Elsewhere = map[string]map[string]facts.Fact[facts.Identity]{"us-east-1": {"example.com": {Value: verified("example.com"), At: time.Now()}}}
		elsewhere := plainQuery
		elsewhere.Elsewhere = []string{"us-east-1"}

		s := &script{worlds: []facts.Snapshot{missing, there}}
		checkWith(t, &Checker{Facts: s, Region: here, OtherRegions: elsewhere.Elsewhere}, newsletter(), Deny, "reg-wrong")
		wantAsked(t, s, plainQuery, elsewhere)

		s = &script{worlds: []facts.Snapshot{aged(deniedWorld(t), 0)}}
		checkWith(t, &Checker{Facts: s, Region: here, OtherRegions: elsewhere.Elsewhere}, newsletter(), Deny, "iam-noallow")
		wantAsked(t, s, plainQuery)
	})
}

// sandboxed is a sandbox in which ann@example.org is verified and the role may
// send as example.com only.
func sandboxed(t testing.TB) facts.Snapshot {
	w := aged(plainWorld(t), 0)
	w.Account.Value.Sandbox = true
	w.Principal.Value.Policies = []facts.Policy{parse(t, "inline policy mail of role app",
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ses:SendRawEmail","Resource":"arn:aws:ses:eu-west-1:111122223333:identity/example.com"}}`)}
	ann := verified("ann@example.org")
	ann.Listed = true
	w.Identities["ann@example.org"] = facts.Fact[facts.Identity]{Value: ann, At: time.Now()}
	return w
}

func TestRecipientsAreReadInFullBeforeARefusalBecauseOfThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listed, full := sandboxed(t), sandboxed(t)
		ann := verified("ann@example.org")
		full.Identities["ann@example.org"] = facts.Fact[facts.Identity]{Value: ann, At: time.Now()}
		inFull := plainQuery
		inFull.Full = true

		s := &script{worlds: []facts.Snapshot{listed, full}}
		check(t, s, newsletter(), Deny, "iam-res-sandbox")
		wantAsked(t, s, plainQuery, inFull)

		ann.Policies = []facts.Policy{parse(t, "policy of identity ann@example.org", `{"Version":"2012-10-17","Statement":{"Effect":"Allow",
			"Principal":"*","Action":"ses:SendRawEmail","Resource":"arn:aws:ses:eu-west-1:111122223333:identity/ann@example.org"}}`)}
		full.Identities["ann@example.org"] = facts.Fact[facts.Identity]{Value: ann, At: time.Now()}
		s = &script{worlds: []facts.Snapshot{listed, full}}
		check(t, s, newsletter(), Unknown)

		s = &script{worlds: []facts.Snapshot{listed}}
		check(t, s, newsletter(), Unknown)
	})
}

func TestInProductionRecipientsAreNotReadInFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{worlds: []facts.Snapshot{aged(deniedWorld(t), time.Minute)}}
		check(t, s, newsletter(), Unknown, "iam-noallow?")
		if s.asked[1].Full {
			t.Error("asked in full")
		}
	})
}

func TestSuspectsAreNamedOnlyOnRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := aged(plainWorld(t), 0)
		w.Principal.Value.Policies = append(w.Principal.Value.Policies, parse(t, "inline policy guard of role app",
			`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"ses:*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}}`))
		s := &script{worlds: []facts.Snapshot{w}}
		req := newsletter()
		check(t, s, req, Unknown)
		req.Suspects = true
		check(t, s, req, Unknown, "iam-c-ip?")
		full := plainQuery
		full.Full = true
		wantAsked(t, s, plainQuery, full)
	})
}

func TestAMessageAsksForEverySenderItNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{worlds: []facts.Snapshot{aged(plainWorld(t), 0)}}
		c := Checker{Facts: s, Region: here}
		events := Route{ConfigurationSet: "events"}
		c.Check(t.Context(), Request{Route: events})
		c.Check(t.Context(), Request{MailFrom: "a@example.com", Route: Route{Region: "us-east-1"}})
		c.Check(t.Context(), Request{Route: events, MailFrom: "a@example.com", Header: &Header{From: "b@example.com", Sender: "c@example.com", ReturnPath: "d@example.com"}})
		c.Check(t.Context(), Request{Route: events, MailFrom: "a@example.com", Header: &Header{From: "b@example.com", Sender: "b@example.com", ReturnPath: "b@example.com"}})
		wantAsked(t, s,
			facts.Query{Region: here, ConfigurationSet: "events"},
			facts.Query{Region: "us-east-1", Senders: []string{"a@example.com"}},
			facts.Query{Region: here, ConfigurationSet: "events", Senders: []string{"b@example.com", "d@example.com", "c@example.com"}},
			facts.Query{Region: here, ConfigurationSet: "events", Senders: []string{"b@example.com"}},
		)
	})
}

func TestWhatSESContradictsIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct {
			decision Decision
			world    facts.Snapshot
			want     int
		}{
			{Allow, aged(plainWorld(t), 0), 1},
			{Deny, aged(deniedWorld(t), 0), 1},
			{Unknown, aged(plainWorld(t), 0), 0},
			{Unknown, aged(plainWorld(t), time.Minute), 0},
			{Unknown, aged(plainWorld(t), time.Minute+1), 1},
		} {
			s := &script{}
			c := &Checker{Facts: s}
			c.Forget(Verdict{Decision: test.decision, of: &judgement{snap: &test.world}})
			if s.dropped != test.want {
				t.Errorf("%v, facts %v old: forgotten %d times, want %d", test.decision, time.Since(test.world.Survey().Oldest), s.dropped, test.want)
			}
		}
	})
}

// One sender that SES refuses again and again must not have everybody wait for
// facts again and again.
func TestFactsAreForgottenOnceInTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		c, w := &Checker{Facts: s}, aged(plainWorld(t), 0)
		for range 100 {
			c.Forget(Verdict{Decision: Allow, of: &judgement{snap: &w}})
		}
		if s.dropped != 1 {
			t.Errorf("forgotten %d times at once", s.dropped)
		}
		time.Sleep(10 * time.Second)
		c.Forget(Verdict{Decision: Allow, of: &judgement{snap: &w}})
		if s.dropped != 2 {
			t.Errorf("forgotten %d times after ten seconds, want 2", s.dropped)
		}
	})
}

func TestOfOldFactsOfEveryKindTheKindIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := aged(plainWorld(t), time.Hour)
		w.ConfigurationSets = map[string]facts.Fact[facts.ConfigurationSet]{"events": {At: time.Now().Add(-time.Hour)}}
		const all = facts.Kinds(0xff)
		if got := olderThan(&w, time.Minute, all); got != all {
			t.Errorf("%08b are old, want all", got)
		}
		if got := olderThan(&w, time.Hour, all); got != 0 {
			t.Errorf("%08b are old, want none", got)
		}
		if got := olderThan(&facts.Snapshot{}, 0, all); got != 0 {
			t.Errorf("%08b are old, but nothing is known", got)
		}
	})
}

func TestNothingKnownRefusesNothing(t *testing.T) {
	t.Parallel()
	for name, caller := range map[string]facts.Fact[facts.Caller]{
		"zero":     {},
		"no error": {Gap: &facts.Gap{What: "caller"}},
		"odd":      known(facts.Caller{ARN: "arn:aws:sts::111122223333:assumed-role"}),
		"no ARN":   known(facts.Caller{ARN: "somebody"}),
		"empty":    known(facts.Caller{}),
	} {
		w := facts.Snapshot{Region: here, Caller: caller}
		for _, req := range []Request{{}, {Header: &Header{}}, newsletter(), {Recipients: []string{""}, Header: &Header{From: "news@example.com", ReturnPath: "b@example.com", Sender: "c@example.com"}, Suspects: true}} {
			v, _ := judge(through(req, "events"), &w, noon, true)
			if v.Decision != Unknown {
				t.Errorf("caller %s: %v %v", name, v.Decision, codesOf(v))
			}
			for _, g := range gaps(w.Gaps(), &w) {
				if g.What == "" {
					t.Error("a gap without a name")
				}
			}
		}
	}
}

func TestOddAddressesDoNoHarm(t *testing.T) {
	t.Parallel()
	for _, sandbox := range []bool{false, true} {
		w := plainWorld(t)
		w.Account.Value.Sandbox = sandbox
		for _, odd := range []string{"", "@", "news", "@example.com", "news@", "a@b@example.com", `"a b"@example.com`, "ü@example.com", "news@[192.0.2.1]", "n@\x00", "+@example.com", "a@example.com."} {
			for _, req := range []Request{
				{MailFrom: odd, Recipients: []string{odd}},
				{MailFrom: odd, Recipients: []string{odd, odd}, Suspects: true, Header: &Header{From: odd, Sender: odd, ReturnPath: odd + "x", Recipients: []string{odd}}},
				{Header: &Header{From: "news@example.com", Sender: odd, ReturnPath: odd}},
			} {
				v, _ := judge(through(req, ""), &w, noon, false)
				for _, f := range v.Findings {
					if _, ok := diagnosis.Lookup(f.Code); !ok || f.Title == "" {
						t.Errorf("%q: %+v", odd, f)
					}
				}
			}
		}
	}
}

func TestPartitionsHaveTheirOwnARNs(t *testing.T) {
	t.Parallel()
	for region, partition := range map[string]string{"us-gov-west-1": "aws-us-gov", "cn-north-1": "aws-cn"} {
		w := plainWorld(t)
		w.Region = region
		w.Caller.Value.ARN = "arn:" + partition + ":sts::111122223333:assumed-role/app/i-0abc"
		w.Caller.Value.Partition = partition
		w.Principal.Value.ARN = "arn:" + partition + ":iam::111122223333:role/app"
		w.Principal.Value.Policies = []facts.Policy{parse(t, "inline policy mail of role app",
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ses:SendRawEmail","Resource":"arn:`+partition+`:ses:`+region+`:111122223333:identity/*"}}`)}
		wantVerdict(t, newsletter(), &w, Allow)
		w.Principal.Value.Policies = []facts.Policy{parse(t, "inline policy mail of role app",
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ses:SendRawEmail","Resource":"arn:aws:ses:`+region+`:111122223333:identity/example.com"}}`)}
		wantVerdict(t, newsletter(), &w, Deny, "iam-res-region")
	}
}

func TestRootAndFederatedUsersAreJudgedAsWhatTheyAre(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	w.Caller.Value.ARN = "arn:aws:iam::111122223333:root"
	w.Principal = unknown[facts.Principal]("principal")
	wantVerdict(t, newsletter(), &w, Allow)

	w = deniedWorld(t)
	w.Caller.Value.ARN, w.Caller.Value.SessionPolicy = "arn:aws:sts::111122223333:federated-user/bob", policy.Maybe
	wantVerdict(t, newsletter(), &w, Deny, "iam-noallow")
	v, _ := judge(through(newsletter(), ""), &w, noon, false)
	if want := "federated user bob may not ses:SendRawEmail as news@example.com in eu-west-1"; v.Findings[0].Title != want {
		t.Errorf("title %q, want %q", v.Findings[0].Title, want)
	}
}
