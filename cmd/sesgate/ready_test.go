package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sesgate/authz/awssim"
	"sesgate/authz/diagnosis"
	"sesgate/proxy"
)

// TestTheDefaultWayDecidesWhetherMailIsTaken: a role of some senders that is refused
// keeps nobody else's mail.
func TestTheDefaultWayDecidesWhetherMailIsTaken(t *testing.T) {
	t.Parallel()
	world, err := awssim.Demo()
	if err != nil {
		t.Fatal(err)
	}
	cfg := Default()
	cfg.Routes = []Route{
		{Name: "partner", Role: "arn:aws:iam::444455556666:role/mail"},
		{Region: "us-east-1"},
		{Name: "sale", ConfigurationSet: "campaigns"},
	}
	c, err := simulate(cfg, world)
	if err != nil {
		t.Fatal(err)
	}
	g := &generation{cfg: cfg, back: newBackend(c, cfg)}
	t.Cleanup(g.back.Close)

	const expired = "the credentials have expired [cred-expired]"
	refused := proxy.Event{Code: 451, Findings: []diagnosis.Finding{{Code: "cred-expired", Title: "the credentials have expired"}}}
	state := &readiness{byway: g.byway}
	for _, step := range []struct {
		what  string
		route string
		event proxy.Event
		want  []string
	}{
		{"a route's role is refused", "partner", refused, nil},
		{"the default role is refused in another region", "routes[1]", refused, nil},
		{"by a route that goes the default way", "sale", refused, []string{expired}},
		{"another role sends", "partner", proxy.Event{Code: 250}, []string{expired}},
		{"a sender is refused", "", proxy.Event{Code: 550, Findings: []diagnosis.Finding{{Code: "iam-noallow"}}}, []string{expired}},
		{"the default way sends", "", proxy.Event{Code: 250}, nil},
		{"a sender is refused to another principal than the one expected", "", proxy.Event{Code: 550, Findings: []diagnosis.Finding{{Code: "cred-principal"}, {Code: "iam-c-from"}}}, nil},
		{"the default role is refused", "", refused, []string{expired}},
		{"a route that a reload has taken away sends", "gone", proxy.Event{Code: 250}, nil},
	} {
		step.event.Route = step.route
		state.Record(step.event)
		if diff := cmp.Diff(step.want, state.reasons()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.what, diff)
		}
	}
}

func TestMemoryThatMessagesWaitForIsAReason(t *testing.T) {
	t.Parallel()
	contended := true
	state := &readiness{contended: func() bool { return contended }}
	if reasons := state.reasons(); len(reasons) != 1 || !strings.Contains(reasons[0], "limits.memory") {
		t.Errorf("while messages wait: %q", reasons)
	}
	contended = false
	if reasons := state.reasons(); len(reasons) != 0 {
		t.Errorf("later: %q", reasons)
	}
}
