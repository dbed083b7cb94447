package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/smtp"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"sesgate/authz"
)

func TestAForcedCloseEndsSendsAndSessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		w := mustServe(t, func(w *world) {
			w.Grace = 10 * time.Second
			w.relay.answer = func(ctx context.Context, _ Message) (Receipt, error) {
				<-ctx.Done()
				ended <- ctx.Err()
				return Receipt{}, ctx.Err()
			}
		})
		c := w.mustDial(t).hello()
		c.envelope()
		c.want("354", c.say("DATA"))
		c.send(letter + ".\r\n")
		synctest.Wait()
		start := time.Now()
		w.stop()
		if err := <-ended; err != context.Canceled {
			t.Errorf("the send ended by %v", err)
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("the send ended after %v, want the grace period", took)
		}
		c.want("451 4.4.1 ref ", c.reply())
		c.want("421 4.3.2 mx.example is closing down", c.line())
		if line := c.line(); line != "" {
			t.Errorf("the connection goes on with %q", line)
		}
	})
}

func TestAClientThatOnlyHoldsATransactionOpenIsClosedAfterTheGracePeriod(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := mustServe(t, nil)
		w.mustDial(t).hello().envelope()
		w.mustDial(t).hello()
		synctest.Wait()
		start := time.Now()
		w.stop()
		if err := <-w.done; err != nil {
			t.Error(err)
		}
		w.done <- nil
		if took := time.Since(start); took != 25*time.Second {
			t.Errorf("Serve returned after %v, want 25s", took)
		}
	})
}

func TestServeReturnsTheListenersFailure(t *testing.T) {
	t.Parallel()
	l := newMemory()
	l.Close()
	if err := (&Server{Relay: &relay{}}).Serve(context.Background(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// TestASendOutlivesItsClient: the message is whole, so it is sent.
func TestASendOutlivesItsClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := mustServe(t, func(w *world) {
			w.relay.answer = func(ctx context.Context, _ Message) (Receipt, error) {
				time.Sleep(5 * time.Second)
				return Receipt{MessageID: "late"}, ctx.Err()
			}
		})
		c := w.mustDial(t).hello()
		c.envelope()
		c.want("354", c.say("DATA"))
		c.send(letter + ".\r\n")
		synctest.Wait()
		c.close()
		time.Sleep(time.Minute)
		synctest.Wait()
		if events := w.recorder.all(); len(events) != 1 || events[0].SESMessageID != "late" || events[0].Code != 250 {
			t.Errorf("events %+v", events)
		}
	})
}

func TestChecksShareOneBudgetOfWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var waited []time.Duration
		w := mustServe(t, func(w *world) {
			w.Wait = 3 * time.Second
			w.checker.answer = func(authz.Request) authz.Verdict { return authz.Verdict{} }
			w.Checker = slowChecker{&waited}
		})
		c := w.mustDial(t).hello()
		c.want("250", c.say("MAIL FROM:<news@example.com>"))
		c.want("250", c.say("RCPT TO:<ann@example.org>"))
		time.Sleep(time.Minute) // the client's own time costs nothing
		c.want("354", c.say("DATA"))
		c.send(letter)
		c.want("250", c.say("."))
		if diff := cmp.Diff([]time.Duration{2 * time.Second, time.Second, 0}, waited); diff != "" {
			t.Errorf("waited (-want +got):\n%s", diff)
		}
		if got := w.recorder.all()[0].Preflight; got != 3*time.Second {
			t.Errorf("the event says %v", got)
		}
	})
}

// slowChecker needs 2 s, or as much as it gets.
type slowChecker struct{ waited *[]time.Duration }

func (c slowChecker) Check(ctx context.Context, _ authz.Request) authz.Verdict {
	start := time.Now()
	select {
	case <-ctx.Done():
	case <-time.After(2 * time.Second):
	}
	*c.waited = append(*c.waited, time.Since(start))
	return authz.Verdict{}
}

func (slowChecker) Forget(authz.Verdict) {}

func TestTheCheckerIsToldWhatIsKnownSoFar(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := mustServe(t, nil)
		c := w.mustDial(t).hello()
		c.envelope()
		c.want("250", c.say("RCPT TO:<bob@example.org>"))
		c.want("354", c.say("DATA"))
		c.send(letter)
		c.want("250", c.say("."))
		const from = "news@example.com"
		want := []authz.Request{
			{MailFrom: from},
			{MailFrom: from, Recipients: []string{"ann@example.org"}},
			{MailFrom: from, Recipients: []string{"ann@example.org", "bob@example.org"}},
			{MailFrom: from, Recipients: []string{"ann@example.org", "bob@example.org"},
				Header: &authz.Header{From: from, FromName: "News", Recipients: []string{"ann@example.org"}}},
		}
		if diff := cmp.Diff(want, w.checker.requests); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
	})
}

func TestAnEventNamesTheRegionThoughNobodyWasAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := mustServe(t, func(w *world) { w.Mode, w.Region = Off, "eu-west-1" })
		c := w.mustDial(t).hello()
		c.envelope()
		c.want("354", c.say("DATA"))
		c.send(letter)
		c.want("250", c.say("."))
		if got := w.recorder.all()[0].Region; got != "eu-west-1" {
			t.Errorf("the event's region is %q", got)
		}
	})
}

func TestTheRelayGetsWhatWasAuthorised(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := mustServe(t, func(w *world) { w.Route.ConfigurationSet = "main" })
		c := w.mustDial(t).hello()
		c.envelope()
		c.want("354", c.say("DATA"))
		c.send(letter)
		c.want("250 2.0.0 Ok 0102-id", c.say("."))
		want := []Message{{Recipients: []string{"ann@example.org"}, Route: authz.Route{ConfigurationSet: "main"}, Data: []byte(letter)}}
		if diff := cmp.Diff(want, w.relay.messages()); diff != "" {
			t.Errorf("messages (-want +got):\n%s", diff)
		}
		got := w.recorder.all()[0]
		got.Ref, got.Time = "", time.Time{}
		wantEvent := Event{
			Listener: "memory", Client: "unix", MailFrom: "news@example.com", HeaderFrom: "news@example.com",
			Recipients: []string{"ann@example.org"}, Size: int64(len(letter)), Decision: authz.Allow, Checked: true,
			SESMessageID: "0102-id", SESRequestID: "request", Attempts: 1, Reply: "250 2.0.0 Ok 0102-id", Code: 250,
		}
		if diff := cmp.Diff(wantEvent, got); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	})
}

func TestAThousandMessagesOnOneConnection(t *testing.T) {
	t.Parallel()
	w := mustServe(t, nil)
	c := w.mustDial(t).hello()
	refs := make(map[string]bool)
	for range 1000 {
		c.send("MAIL FROM:<news@example.com>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n")
		c.reply()
		c.reply()
		c.reply()
		c.send(letter)
		c.want("250 2.0.0 Ok", c.say("."))
	}
	for _, e := range w.recorder.all() {
		refs[e.Ref] = true
	}
	if len(refs) != 1000 || len(w.relay.messages()) != 1000 {
		t.Errorf("%d events and %d messages, want 1000", len(refs), len(w.relay.messages()))
	}
}

// TestAPanicEndsOneConnectionOnly has a checker that panics for one sender.
func TestAPanicEndsOneConnectionOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.ErrorLevel)
		w := mustServe(t, func(w *world) {
			w.Logger = zap.New(core)
			w.checker.answer = func(req authz.Request) authz.Verdict {
				if strings.HasPrefix(req.MailFrom, "panic") {
					panic("checker")
				}
				return authz.Verdict{}
			}
		})
		other := w.mustDial(t).hello()
		c := w.mustDial(t).hello()
		c.want("421 ", c.say("MAIL FROM:<panic@example.com>"))
		if line := c.line(); line != "" {
			t.Errorf("the connection goes on with %q", line)
		}
		other.envelope()
		synctest.Wait()
		if logs.Len() == 0 {
			t.Error("nothing is logged")
		}
	})
}

func TestAPanicAtMailOrRcptIsAnEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := mustServe(t, func(w *world) {
			w.checker.answer = func(req authz.Request) authz.Verdict {
				if strings.HasPrefix(req.MailFrom, "panic") || len(req.Recipients) > 0 {
					panic("checker")
				}
				return authz.Verdict{}
			}
		})
		c := w.mustDial(t).hello()
		c.want("421 ", c.say("MAIL FROM:<panic@example.com>"))
		c = w.mustDial(t).hello()
		c.want("250 ", c.say("MAIL FROM:<news@example.com>"))
		c.want("421 ", c.say("RCPT TO:<ann@example.org>"))
		synctest.Wait()
		var got []string
		for _, e := range w.recorder.all() {
			got = append(got, e.Reply+" "+strings.Join(e.Refused, " "))
		}
		want := []string{"421 4.3.0 internal error, nothing was sent ", "421 4.3.0 internal error, nothing was sent ann@example.org"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

func TestAMessageHasAnEventThoughItsDeliveryPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := mustServe(t, func(w *world) {
			w.relay.answer = func(context.Context, Message) (Receipt, error) { panic("relay") }
		})
		c := w.mustDial(t).hello()
		c.envelope()
		c.want("354", c.say("DATA"))
		c.send(letter)
		c.want("421 ", c.say("."))
		c.close()
		if events := w.recorder.all(); len(events) != 1 || events[0].Code != 421 {
			t.Errorf("events %+v", events)
		}
	})
}

// TestChunksAndResetsInAnyOrder is for the race detector: the library reads a
// chunked message in a goroutine of its own.
func TestChunksAndResetsInAnyOrder(t *testing.T) {
	t.Parallel()
	w := mustServe(t, nil)
	said := []string{"BDAT 0\r\n", "BDAT 5\r\nFrom:", "BDAT 3 LAST\r\na@b", "RSET\r\n", "MAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\n", "EHLO b\r\n", "QUIT\r\n", "DATA\r\n.\r\n"}
	for i := range 300 {
		c := w.mustDial(t).hello()
		c.envelope()
		var script strings.Builder
		for n := i; n > 0; n /= len(said) {
			script.WriteString(said[n%len(said)])
		}
		c.send(script.String())
		c.close()
	}
}

// TestAnOrdinaryClientOverTCPAndUnix has the standard library's client.
func TestAnOrdinaryClientOverTCPAndUnix(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			l := mustListen(t, network)
			r, events := &relay{}, &recorder{}
			ctx, stop := context.WithCancel(context.Background())
			done := make(chan error, 1)
			go func() {
				done <- (&Server{Checker: &checker{}, Relay: r, Recorders: []Recorder{events}}).Serve(ctx, l)
			}()
			conn, err := net.Dial(network, l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if err := mailBy(conn); err != nil {
				t.Error(err)
			}
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
			if len(r.messages()) != 1 || string(r.messages()[0].Data) != letter {
				t.Errorf("relayed %q", r.messages())
			}
			if got, want := events.all()[0].Client, map[string]string{"tcp": "127.0.0.1", "unix": "unix"}[network]; got != want {
				t.Errorf("the client is %q, want %q", got, want)
			}
		})
	}
}

func mustListen(t *testing.T, network string) net.Listener {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "smtp")
	}
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// mailBy sends the letter.
func mailBy(conn net.Conn) error {
	c, err := smtp.NewClient(conn, "localhost")
	if err != nil {
		return err
	}
	defer c.Close()
	if err := errors.Join(c.Mail("news@example.com"), c.Rcpt("ann@example.org")); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	_, err = w.Write([]byte(letter))
	return errors.Join(err, w.Close(), c.Quit())
}

func TestOnlyClientsOfTheNetworksMayConnect(t *testing.T) {
	t.Parallel()
	s := &Server{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}
	for client, want := range map[string]bool{
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "fd00::1": true,
		"11.0.0.1": false, "127.0.0.1": false, "fe80::1%eth0": false, "2001:db8::1": false,
	} {
		addr := net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(client), 1025))
		if got := s.admits(addr); got != want {
			t.Errorf("%s is admitted: %v, want %v", client, got, want)
		}
		if !(&Server{}).admits(addr) {
			t.Errorf("%s is not admitted where there are no networks", client)
		}
	}
	if !s.admits(&net.UnixAddr{}) {
		t.Error("a client of a Unix socket is not admitted")
	}
}

func TestReasonsAreToldInFullOnThisMachineOnly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		addr  net.Addr
		given Diagnostics
		want  Diagnostics
	}{
		{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, "", DiagnosticsFull},
		{&net.TCPAddr{IP: net.IPv6loopback}, "", DiagnosticsFull},
		{&net.UnixAddr{}, "", DiagnosticsFull},
		{&net.TCPAddr{IP: net.IPv4zero}, "", DiagnosticsCode},
		{&net.TCPAddr{IP: net.IPv4(10, 0, 0, 1)}, "", DiagnosticsCode},
		{&net.TCPAddr{IP: net.IPv4(10, 0, 0, 1)}, DiagnosticsFull, DiagnosticsFull},
		{&net.UnixAddr{}, DiagnosticsNone, DiagnosticsNone},
	} {
		s := &Server{Diagnostics: test.given}
		if got := s.start(context.Background(), addressed{test.addr}).diagnostics; got != test.want {
			t.Errorf("%v with %q: %q, want %q", test.addr, test.given, got, test.want)
		}
	}
}

// addressed is a listener that has only an address.
type addressed struct{ addr net.Addr }

func (a addressed) Accept() (net.Conn, error) { return nil, net.ErrClosed }
func (a addressed) Close() error              { return nil }
func (a addressed) Addr() net.Addr            { return a.addr }

// FuzzSession lets a client say anything, in each state. Whatever it says, every line
// that comes back is printable and has a code, and what is relayed has an event and
// no line ending but CRLF.
func FuzzSession(f *testing.F) {
	f.Add(uint(0), []byte("EHLO a\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\nFrom: a@b.c\r\n\r\n.\r\nQUIT\r\n"))
	f.Add(uint(0), []byte("EHLO a\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nBDAT 5\r\nFrom:BDAT 0\r\nRSET\r\nBDAT 1 LAST\r\nx"))
	f.Add(uint(0), []byte("HELO a\nMAIL FROM:a@b SIZE=99999999999\nMAIL FROM:<>\nVRFY x\nHELP\nAUTH PLAIN\nSTARTTLS\n\n"))
	for i := range states {
		f.Add(uint(i), []byte(letter+".\r\nNOOP\r\n"))
		f.Add(uint(i), []byte("BDAT 4 LAST\r\nabc\nRSET\r\nMAIL FROM:<a@b> SIZE=1\r\n"))
		f.Add(uint(i), []byte("\r\n.\n.\r\n\r.\r\x00\xff\r\n.\r\n"))
	}
	f.Fuzz(func(t *testing.T, state uint, said []byte) {
		synctest.Test(t, func(t *testing.T) {
			w := mustServe(t, func(w *world) { w.MaxMessageBytes = 10_000 })
			c := w.mustDial(t)
			c.send(states[state%uint(len(states))] + string(said))
			synctest.Wait()
			c.conn.Close()
			for line := range c.lines {
				if !isPrintable(line) || len(line) < 3 || len(line)+2 > maxReplyLine && !strings.Contains(line, "Hello") {
					t.Errorf("line %q", line)
				}
			}
			synctest.Wait()
			delivered := 0
			for _, e := range w.recorder.all() {
				if e.Ref == "" || e.Code == 0 || e.Reply == "" {
					t.Errorf("event %+v", e)
				}
				if e.Code == 250 {
					delivered++
				}
			}
			for _, m := range w.relay.messages() {
				if strings.ContainsAny(strings.ReplaceAll(string(m.Data), "\r\n", ""), "\r\n") {
					t.Errorf("relayed %q", m.Data)
				}
			}
			if n := len(w.relay.messages()); n != delivered {
				t.Errorf("%d messages were relayed, %d events say so", n, delivered)
			}
		})
	})
}

func BenchmarkTransaction(b *testing.B) {
	for _, size := range []int{4 << 10, 100 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			w := mustServe(b, func(w *world) { w.Recorders, w.Server.Relay = nil, discard{} })
			c := w.mustDial(b).hello()
			body := letter + strings.Repeat(strings.Repeat("x", 74)+"\r\n", size/76) + ".\r\n"
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				c.send("MAIL FROM:<news@example.com>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n")
				c.reply()
				c.reply()
				c.reply()
				c.send(body)
				c.want("250", c.reply())
			}
		})
	}
}

// discard takes every message and keeps none.
type discard struct{}

func (discard) Send(context.Context, Message) (Receipt, error) { return Receipt{MessageID: "id"}, nil }
