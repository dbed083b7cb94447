package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sesgate/authz"
	"sesgate/authz/awssim"
)

// mustSimulate is a world behind real SDK clients, and a Checker over it.
func mustSimulate(t testing.TB, world *awssim.World) *authz.Checker {
	t.Helper()
	cfg := Default()
	c, err := simulate(cfg, world)
	if err != nil {
		t.Fatal(err)
	}
	w := openWays(c, cfg, 20*time.Second)
	t.Cleanup(func() {
		w.Close()
		c.Close()
	})
	return w.all[0].Checker
}

func TestAThousandFirstMessagesReadEachFactOnce(t *testing.T) {
	t.Parallel()
	one, thousand := callsOf(t, 1), callsOf(t, 1000)
	if one < 5 || thousand != one {
		t.Errorf("one first message makes %d calls, a thousand at once make %d", one, thousand)
	}
}

// callsOf counts the calls to AWS that so many first messages at once make.
func callsOf(t *testing.T, messages int) int {
	t.Helper()
	world, err := awssim.Demo()
	if err != nil {
		t.Fatal(err)
	}
	check := mustSimulate(t, world)
	var running sync.WaitGroup
	for range messages {
		running.Go(func() {
			v := check.Check(context.Background(), authz.Request{
				MailFrom: "hello@example.com", Recipients: []string{"you@example.org"}, Header: &authz.Header{From: "hello@example.com"},
			})
			if v.Decision != authz.Allow {
				t.Errorf("decision %s: %+v", v.Decision, v.Findings)
			}
		})
	}
	running.Wait()
	return len(world.Calls())
}

func TestWithEveryReadRefusedMailFlows(t *testing.T) {
	t.Parallel()
	world, err := awssim.LoadTxtar([]byte(`
-- ses/eu-west-1/identities/example.com.json --
{"verified": true}
-- refusals.json --
[{"action": "iam:*"}, {"action": "ses:Get*"}, {"action": "ses:List*"}, {"action": "organizations:*"}]
`))
	if err != nil {
		t.Fatal(err)
	}
	cfg := Default()
	cfg.Status.Address = "off"
	c, err := simulate(cfg, world)
	if err != nil {
		t.Fatal(err)
	}
	address := mustServeOn(t, cfg, c, io.Discard)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	mustReply(t, in)
	fmt.Fprint(conn, "HELO app\r\n")
	mustReply(t, in)
	if !sendOne(conn, in, "mark-1-1") {
		t.Error("the message was not taken")
	}
	if n := len(world.Messages()); n != 1 {
		t.Errorf("SES took %d messages", n)
	}
}

// BenchmarkPreflight is the cost of the checks of one transaction, MAIL, RCPT and
// DATA, on cached facts.
func BenchmarkPreflight(b *testing.B) {
	world, err := awssim.Demo()
	if err != nil {
		b.Fatal(err)
	}
	check := mustSimulate(b, world)
	envelope := authz.Request{MailFrom: "hello@example.com"}
	rcpt := authz.Request{MailFrom: "hello@example.com", Recipients: []string{"you@example.org"}}
	whole := rcpt
	whole.Header = &authz.Header{From: "hello@example.com", FromName: "Hello", Recipients: []string{"you@example.org"}}
	ctx := context.Background()
	for _, stage := range []struct {
		name    string
		request authz.Request
	}{{"MAIL", envelope}, {"RCPT", rcpt}, {"DATA", whole}} {
		b.Run(stage.name, func(b *testing.B) {
			check.Check(ctx, stage.request)
			took := make([]time.Duration, 0, 1<<20)
			b.ReportAllocs()
			for b.Loop() {
				start := time.Now()
				check.Check(ctx, stage.request)
				if len(took) < cap(took) {
					took = append(took, time.Since(start))
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1000, "p99-µs")
		})
	}
}

// BenchmarkTransaction is a whole message over one connection, to a simulated SES
// in the same process.
func BenchmarkTransaction(b *testing.B) {
	for _, mode := range []string{"off", "enforce"} {
		b.Run(mode, func(b *testing.B) {
			cfg := Default()
			cfg.Preflight.Mode, cfg.Status.Address = mode, "off"
			world, err := awssim.LoadTxtar([]byte(strings.Join([]string{
				"-- ses/eu-west-1/account.json --", `{"max_send_rate": 1000000, "max_24_hour_send": -1}`,
				"-- ses/eu-west-1/identities/example.com.json --", `{"verified": true}`,
				"-- iam/roles/app/inline/mail.json --", `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ses:*", "Resource": "*"}]}`, "",
			}, "\n")))
			if err != nil {
				b.Fatal(err)
			}
			c, err := simulate(cfg, world)
			if err != nil {
				b.Fatal(err)
			}
			conn, err := net.Dial("tcp", mustServeOn(b, cfg, c, io.Discard))
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			mustReply(b, in)
			fmt.Fprint(conn, "HELO app\r\n")
			mustReply(b, in)
			for b.Loop() {
				if !sendOne(conn, in, "mark-1-1") {
					b.Fatal("not taken")
				}
			}
		})
	}
}
