package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"sesgate/authz"
	"sesgate/authz/awssim"
)

// ofRoles are routes of two principals.
const ofRoles = `
routes:
  - senders: [shop.example.com]
    role: arn:aws:iam::111122223333:role/service/app
  - senders: [example.com]
`

func TestARestartAsksOnlyWhoSends(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, "config.yaml"), []byte(ofRoles))
	cfg, _, err := Load(filepath.Join(dir, "config.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(dir, "kept.yaml")
	live := func() (calls []string) {
		world, err := awssim.Demo()
		if err != nil {
			t.Fatal(err)
		}
		c, err := simulate(cfg, world)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		ways := openWays(c, cfg, 20*time.Second)
		ways.restore(kept, zap.NewNop())
		ways.keep(kept, zap.NewNop())
		const from, to = "hello@example.com", "you@example.org"
		v := ways.Check(context.Background(), authz.Request{
			Route: routeOf(cfg, from), MailFrom: from, Recipients: []string{to}, Header: &authz.Header{From: from, Recipients: []string{to}},
		})
		if v.Decision != authz.Allow {
			t.Errorf("%v: %v", v.Decision, v.Gaps)
		}
		ways.Close()
		for _, call := range world.Calls() {
			calls = append(calls, call.Action)
		}
		return calls
	}
	if first := live(); len(first) < 5 {
		t.Errorf("calls of the first start: %v", first)
	}
	if diff := cmp.Diff([]string{"GetCallerIdentity"}, live()); diff != "" {
		t.Errorf("calls of the second start (-want +got):\n%s", diff)
	}
}

func TestEachRoleHasAFileOfItsOwn(t *testing.T) {
	t.Parallel()
	for role, want := range map[string]string{
		"": "/var/lib/sesgate/facts.yaml",
		"arn:aws:iam::111122223333:role/service/app": "/var/lib/sesgate/facts-111122223333-app.yaml",
	} {
		if got := fileOf("/var/lib/sesgate/facts.yaml", role); got != want {
			t.Errorf("%s: %s, want %s", role, got, want)
		}
	}
}

func TestAFileOfFactsThatChangesIsReadAgain(t *testing.T) {
	t.Parallel()
	s := mustChange(t, "listeners: [{address: '127.0.0.1:0'}]\n")
	s.write("facts.yaml", "version: 1\n")
	s.configure("listeners: [{address: '127.0.0.1:0'}]\nfacts: {snapshot: DIR/facts.yaml, file: DIR/kept.yaml}\n", `"reloaded"`)
	conn, in := mustGreet(t, "tcp", s.address(0))
	if !sendOne(conn, in, "mark-1-1") {
		t.Error("not sent")
	}
	conn.Close()
	s.write("facts.yaml", "version: 1\nregions: {eu-west-1: {account: {sending_enabled: perhaps}}}\n")
	s.await("the one before stays in use", 1)
	s.write("facts.yaml", "version: 1\nregions: {eu-west-1: {account: {sending_enabled: false}}}\n")
	s.await(`"reloaded"`, 2)
	if conn, in := mustGreet(t, "tcp", s.address(0)); sendOne(conn, in, "mark-1-2") {
		t.Error("sent, where the file says that sending is paused")
	}
	kept := filepath.Join(s.dir, "kept.yaml") // by the backend that was given up
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		if text, err := os.ReadFile(kept); err == nil && strings.Contains(string(text), "role/app") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the facts are not kept")
		}
	}
}

// TestAFileAnswersAsAWSDoes asks about every kind of sender of the demo, live and of
// the file that was exported.
func TestAFileAnswersAsAWSDoes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "facts.yaml")
	ask := func(args ...string) string {
		t.Helper()
		var out, errs strings.Builder
		run(t.Context(), args, nil, nil, &out, &errs)
		if errs.Len() > 0 {
			t.Errorf("%v: %s", args, &errs)
		}
		return regexp.MustCompile(`"facts_age_seconds": .*`).ReplaceAllString(out.String(), "")
	}
	for _, region := range []string{"eu-west-1", "us-east-1"} {
		ask("snapshot", "--simulate", "demo", "--region", region, "-o", file)
		for _, from := range []string{
			"hello@example.com", "Hello+label@Example.COM", "invoices@example.com", "daily@reports.example.net", "sale@campaign.example.com",
			"a@launch.example.com", "a@shop.example.com", "a@vault.example.com", "news@example.org", "nobody@elsewhere.example",
		} {
			for _, to := range []string{"you@example.org", "you@example.com"} {
				message := []string{"check", "--json", "--region", region, "--from", from, "--to", to}
				live := ask(append(message, "--simulate", "demo")...)
				if diff := cmp.Diff(live, ask(append(message, "--facts", file)...)); diff != "" || live == "" {
					t.Errorf("%s to %s in %s (-live +file):\n%s", from, to, region, diff)
				}
			}
		}
	}
}
