package authz

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
)

// messages is how many complete messages are tried against one refusal before
// DATA.
const messages = 4

func TestWhatIsRefusedAtMAILNoMessageGetsPast(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, set := inFull(drawWorld(t, []string{"Deny"})), drawSet(t)
		mail := Request{MailFrom: rapid.SampledFrom(append(addresses, "")).Draw(t, "mail from")}
		before, _ := judge(through(mail, set), &w, noon, false)
		if before.Decision != Deny {
			return
		}
		for range messages {
			req := Request{MailFrom: mail.MailFrom, Recipients: drawRecipients(t, 1, "recipients"), Header: drawHeader(t)}
			if after, _ := judge(through(req, set), &w, noon, false); after.Decision != Deny {
				t.Fatalf("refused at MAIL for %v, but %+v: %v %v", codesOf(before), req.Header, after.Decision, codesOf(after))
			}
		}
	})
}

func TestARecipientThatIsRefusedNoMessageReaches(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, set := inFull(drawWorld(t, []string{"Deny"})), drawSet(t)
		rcpt := Request{MailFrom: drawAddress(t, "mail from"), Recipients: drawRecipients(t, 1, "recipients")}
		with, _ := judge(through(rcpt, set), &w, noon, false)
		last := len(rcpt.Recipients) - 1
		fewer := rcpt
		fewer.Recipients = rcpt.Recipients[:last]
		without, _ := judge(through(fewer, set), &w, noon, false)
		if with.Decision != Deny {
			return
		}
		for range messages {
			req := rcpt
			req.Recipients, req.Header = union(rcpt.Recipients, drawRecipients(t, 0, "more")), drawHeader(t)
			if after, _ := judge(through(req, set), &w, noon, false); after.Decision != Deny {
				t.Fatalf("%s was refused for %v (before it: %v), but %v %+v: %v %v", rcpt.Recipients[last],
					codesOf(with), without.Decision, req.Recipients, req.Header, after.Decision, codesOf(after))
			}
		}
	})
}

// The one exception, which senderCall documents: at MAIL the identity of the
// reverse-path has no policy, and nothing allows; then the header names another
// identity, whose policy allows.
func TestAnIdentityThatAloneAllowsIsNotForeseenAtMAIL(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	w.Principal.Value.Policies = nil
	other := verified("example.org")
	other.Policies = []facts.Policy{parse(t, "policy of identity example.org", `{"Version":"2012-10-17","Statement":{
		"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":"ses:SendRawEmail",
		"Resource":"arn:aws:ses:eu-west-1:111122223333:identity/example.org"}}`)}
	w.Identities["example.org"] = known(other)
	w.Identities["news@example.org"] = known(facts.Identity{Name: "news@example.org"})
	req := newsletter()
	req.Header = nil
	wantVerdict(t, req, &w, Deny, "iam-noallow")
	req.Header = &Header{From: "news@example.org"}
	wantVerdict(t, req, &w, Unknown)
}

// To know less leaves an answer as it is or makes it Unknown. One exception stands
// on AWS's documentation: an address identity in other letter case, which only the
// index shows, does not let the message pass; where it is seen, SES is left to say so.
func TestToKnowLessNeverTurnsAnAnswerRound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, set, req := drawWorld(t, both), drawSet(t), drawRequest(t)
		full, _ := judge(through(req, set), &w, noon, false)
		less := forgotten(w)
		if strings.Contains(fmt.Sprintf("%+v %+v", req, req.Header), "News@") {
			delete(less, "index")
		}
		for _, what := range slices.Sorted(maps.Keys(less)) {
			v := less[what]
			if got, _ := judge(through(req, set), &v, noon, false); got.Decision != full.Decision && got.Decision != Unknown {
				t.Errorf("without %s: %v %v, with it %v %v", what, got.Decision, codesOf(got), full.Decision, codesOf(full))
			}
		}
	})
}

func TestEveryVerdictSaysWhy(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, set, req := drawWorld(t, both), drawSet(t), drawRequest(t)
		if less := forgotten(w); rapid.Bool().Draw(t, "gap") {
			w = less[rapid.SampledFrom(slices.Sorted(maps.Keys(less))).Draw(t, "without")]
		}
		v, _ := judge(through(req, set), &w, noon, rapid.Bool().Draw(t, "provisional"))
		proven := slices.ContainsFunc(v.Findings, refuses)
		if proven != (v.Decision == Deny) {
			t.Errorf("%v with %v", v.Decision, codesOf(v))
		}
		for _, f := range v.Findings {
			entry, ok := diagnosis.Lookup(f.Code)
			if !ok {
				t.Errorf("%s is not in the catalogue", f.Code)
			}
			if v.Decision == Allow && !entry.Warning {
				t.Errorf("allowed with %s", f.Code)
			}
			if f.Title == "" || f.Fix == "" && f.Detail == "" {
				t.Errorf("%s says too little: %+v", f.Code, f)
			}
			for _, text := range []string{f.Title, f.Detail, f.Fix, f.Source, f.Resource} {
				wantClean(t, text)
			}
		}
		for _, g := range gaps(w.Gaps(), &w) {
			wantClean(t, g.What)
		}
	})
}

// hole finds where a name was to be put into a sentence, and none was.
var hole = regexp.MustCompile(`  | [.,;:]|\( ?\)|^ | $|%!|^in\b| (in|to|of|for|as|is|on)[.,;]?$|::identity`)

func wantClean(t *rapid.T, text string) {
	t.Helper()
	if clean := diagnosis.Clean(text, 1<<16); clean != text || hole.MatchString(text) {
		t.Errorf("not fit to be read: %q", text)
	}
}

func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, set, req := drawWorld(t, both), drawSet(t), drawRequest(t)
		want, _ := judge(through(req, set), &w, noon, false)
		w.Principal.Value.Policies = shuffled(t, w.Principal.Value.Policies)
		for name, f := range w.Identities {
			f.Value.Policies = shuffled(t, f.Value.Policies)
			w.Identities[name] = f
		}
		req.Recipients = rapid.Permutation(req.Recipients).Draw(t, "recipients, other order")
		got, _ := judge(through(req, set), &w, noon, false)
		if got.Decision != want.Decision || !slices.Equal(codesOf(got), codesOf(want)) {
			t.Errorf("in another order %v %v, at first %v %v", got.Decision, codesOf(got), want.Decision, codesOf(want))
		}
	})
}

// shuffled has policies, and their statements, in another order.
func shuffled(t *rapid.T, policies []facts.Policy) []facts.Policy {
	list := rapid.Permutation(policies).Draw(t, "policies, other order")
	for i, p := range list {
		d := *p.Document
		d.Statements = rapid.Permutation(d.Statements).Draw(t, "statements, other order")
		list[i].Document = &d
	}
	return list
}

// codesOf are a verdict's codes in alphabetical order, suspected ones marked.
func codesOf(v Verdict) []string {
	var codes []string
	for _, f := range v.Findings {
		mark := ""
		if f.Suspected {
			mark = "?"
		}
		codes = append(codes, string(f.Code)+mark)
	}
	slices.Sort(codes)
	return codes
}

func wantVerdict(t testing.TB, req Request, w *facts.Snapshot, want Decision, codes ...string) {
	t.Helper()
	v, _ := judge(through(req, ""), w, noon, false)
	if got := codesOf(v); v.Decision != want || !slices.Equal(got, codes) {
		t.Errorf("%v %v, want %v %v", v.Decision, got, want, codes)
	}
}

// An Allow stands on everything that could stand in the way.
func TestAnAllowNeedsEveryFactThatCouldDeny(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	idle := []string{"index", "tags", "boundary's document", "policies of example.com", "policies of news@example.com"}
	for what, less := range forgotten(w) {
		want := Unknown
		if slices.Contains(idle, what) {
			want = Allow
		}
		if v, _ := judge(through(newsletter(), ""), &less, noon, false); v.Decision != want {
			t.Errorf("without %s: %v %v, want %v", what, v.Decision, codesOf(v), want)
		}
	}
}

// A refusal for want of an Allow stands on all policies that could have one.
func TestARefusalNeedsEveryPolicyThatCouldAllow(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	w.Principal.Value.Policies = []facts.Policy{parse(t, "inline policy other of role app",
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`)}
	needed := []string{"caller", "principal", "other policies", "policy 0", "example.com", "which example.com", "news@example.com", "which news@example.com"}
	for what, less := range forgotten(w) {
		want := Deny
		if slices.Contains(needed, what) {
			want = Unknown
		}
		if v, _ := judge(through(newsletter(), ""), &less, noon, false); v.Decision != want {
			t.Errorf("without %s: %v %v, want %v", what, v.Decision, codesOf(v), want)
		}
	}
}
