package proxy

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
)

// mustRoutes makes a rule named after each sender, in order.
func mustRoutes(t testing.TB, senders ...string) Routes {
	t.Helper()
	var rules Routes
	for _, name := range senders {
		set, err := ParseSenders(name)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, Rule{Senders: set, Route: authz.Route{Name: name}})
	}
	return rules
}

func TestTheFirstRuleThatHasTheSenderCounts(t *testing.T) {
	t.Parallel()
	rules := mustRoutes(t, "news@example.com", "example.com", "*.example.net", "*")
	for sender, want := range map[string]string{
		"news@example.com":       "news@example.com",
		"news+may@EXAMPLE.com":   "news@example.com",
		"News@example.com":       "example.com",
		"shop@eu.example.com":    "example.com",
		"a@mail.example.net":     "*.example.net",
		"a@example.net":          "*",
		"a@notexample.com":       "*",
		"news@example.com@x.org": "*",
	} {
		if r, ok := rules.For(sender); !ok || r.Name != want {
			t.Errorf("%s: route %q, want %q", sender, r.Name, want)
		}
	}
	if r, ok := mustRoutes(t, "example.com").For("a@example.org"); ok {
		t.Errorf("a sender of no rule has route %q", r.Name)
	}
}

// routed serves by routes north, for example.com, south, for example.net, and the
// default. Those named in refused are denied.
func routed(t *testing.T, refused map[string]bool) (*world, *client) {
	w := mustServe(t, func(w *world) {
		w.Routes = mustRoutes(t, "example.com", "example.net")
		w.checker.answer = func(r authz.Request) authz.Verdict {
			if refused[r.Route.Name] {
				return authz.Verdict{Decision: authz.Deny, Findings: []diagnosis.Finding{diagnosis.New(diagnosis.AcctPaused)}}
			}
			return authz.Verdict{Decision: authz.Allow}
		}
	})
	return w, w.mustDial(t).hello()
}

func TestTheHeadersFromChoosesTheRoute(t *testing.T) {
	t.Parallel()
	w, c := routed(t, map[string]bool{"example.net": true})
	c.want("250", c.say("MAIL FROM:<bounce@example.net>"))
	c.want("250", c.say("RCPT TO:<ann@example.org>"))
	c.want("354", c.say("DATA"))
	c.send(letter + ".\r\n")
	c.want("250", c.reply())
	sent := w.relay.messages()
	if len(sent) != 1 || sent[0].Route.Name != "example.com" {
		t.Errorf("sent %+v", sent)
	}
	if got := w.recorder.all()[0].Route; got != "example.com" {
		t.Errorf("the event tells of route %q", got)
	}
}

func TestARouteThatIsDeniedRefusesItsSendersOnly(t *testing.T) {
	t.Parallel()
	w, c := routed(t, map[string]bool{"example.com": true})
	c.envelope()
	c.want("354", c.say("DATA"))
	c.send(letter + ".\r\n")
	c.want("4", c.reply()) // paused for now
	if sent := w.relay.messages(); len(sent) > 0 {
		t.Errorf("sent %+v", sent)
	}
}

func TestWhatEveryRouteRefusesIsRefusedAtMail(t *testing.T) {
	t.Parallel()
	w, c := routed(t, map[string]bool{"": true, "example.com": true, "example.net": true})
	c.want("4", c.say("MAIL FROM:<news@example.com>"))
	var asked []string
	for _, r := range w.checker.requests {
		asked = append(asked, r.Route.Name)
	}
	if diff := cmp.Diff([]string{"example.com", "", "example.net"}, asked); diff != "" {
		t.Errorf("asked about other routes (-want +got):\n%s", diff)
	}
}
