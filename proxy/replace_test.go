package proxy

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
)

func TestATransactionEndsAsItBeganAndTheNextIsServedAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := mustServe(t, func(w *world) { w.Region = "eu-west-1" })
		busy, idle := w.mustDial(t).hello(), w.mustDial(t).hello()
		busy.envelope()
		synctest.Wait()

		other := &relay{}
		next := &Server{Hostname: "mx.example", Mode: Off, Relay: other, Region: "us-east-1", Recorders: w.Recorders}
		wait := w.Replace(next)
		gone := make(chan struct{})
		go func() { wait(); close(gone) }()

		send := func(c *client) {
			c.want("354", c.say("DATA"))
			c.send(letter)
			c.want("250", c.say("."))
		}
		send(busy) // as it began
		busy.envelope()
		send(busy)
		synctest.Wait()
		select {
		case <-gone:
			t.Error("an idle client is left, and the old configuration is said to be gone")
		default:
		}
		idle.envelope()
		send(idle)
		<-gone

		if old, now := len(w.relay.messages()), len(other.messages()); old != 1 || now != 2 {
			t.Errorf("%d messages went the old way, %d the new one; want 1 and 2", old, now)
		}
		for i, want := range []string{"eu-west-1", "us-east-1", "us-east-1"} {
			if e := w.recorder.all()[i]; e.Region != want || e.Checked != (i == 0) {
				t.Errorf("event %d: region %s, checked %t", i, e.Region, e.Checked)
			}
		}
	})
}

func TestUsersAndNetworksOfANewConfigurationHoldAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := mustServe(t, func(w *world) {
			w.listener.client = &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1)}
		})
		c := w.mustDial(t).hello()
		w.Replace(&Server{
			Hostname: "mx.example", Checker: w.checker, Relay: w.relay, Users: &users{},
			Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
		})
		c.want("530 5.7.0", c.say("MAIL FROM:<news@example.com>"))
		c.want("538 5.7.11", c.say("AUTH PLAIN AHNob3AAc2VjcmV0"))
		stranger := w.mustDial(t)
		stranger.want("554 5.7.1", stranger.reply())
	})
}

func TestAStopWaitsForWhatIsServedAsBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := mustServe(t, nil)
		c := w.mustDial(t).hello()
		c.envelope()
		w.Replace(&Server{Hostname: "mx.example", Checker: w.checker, Relay: w.relay})
		w.Replace(&Server{Hostname: "mx.example", Checker: w.checker, Relay: w.relay})
		w.stop()
		synctest.Wait()
		c.want("354", c.say("DATA"))
		c.send(letter)
		c.want("250", c.say("."))
		c.want("421 4.3.2", c.line())
		if err := <-w.done; err != nil || len(w.relay.messages()) != 1 {
			t.Errorf("%v, %d messages", err, len(w.relay.messages()))
		}
		w.done <- nil
	})
}

func TestAConfigurationMayChangeWhileTheServerStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{Relay: &relay{}, Mode: Off}
		replaced := make(chan struct{})
		go func() {
			s.Replace(&Server{Relay: &relay{}, Mode: Off})
			close(replaced)
		}()
		synctest.Wait()
		select {
		case <-replaced:
			t.Error("there was nothing to replace")
		default:
		}
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- s.Serve(ctx, newMemory()) }()
		<-replaced
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}
