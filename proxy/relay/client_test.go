package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
)

func slowly(f fault, d time.Duration) fault {
	return func(w http.ResponseWriter, r *http.Request, take func() string, stop <-chan struct{}) {
		time.Sleep(d)
		f(w, r, take, stop)
	}
}

func TestAThousandSendsShareTheirConnections(t *testing.T) {
	t.Parallel()
	ses := newFakeSES(t, slowly(taken, 2*time.Millisecond))
	relay := relayTo(t, ses.config(), Options{Connections: 64})
	thousand := func() {
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() {
				if _, err := relay.Send(t.Context(), message()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	thousand()
	thousand()
	_, connections, accepted := ses.seen()
	if connections > 100 || len(accepted) != 2000 {
		t.Errorf("%d connections for 2,000 messages, %d accepted; want 64 and a few that were lost", connections, len(accepted))
	}
}

// The stale connection: net/http must not write a POST again on its own, whatever
// the first use of the connection was like.
func TestAConnectionThatBreaksOnItsSecondUseMakesNoSecondCopy(t *testing.T) {
	t.Parallel()
	for name, breaks := range map[string]fault{"reset": resets, "close": closes, "cut answer": cutsAnswer} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// An answer that comes before net/http is done with the request costs the connection.
			ses := newFakeSES(t, slowly(taken, 5*time.Millisecond), slowly(breaks, 5*time.Millisecond), taken)
			relay := relayTo(t, ses.config(), Options{Connections: 1})
			if _, err := send(t, relay); err != nil {
				t.Fatal(err)
			}
			receipt, err := send(t, relay)
			requests, connections, accepted := ses.seen()
			if requests != 2 || connections != 1 || len(accepted) != 2 {
				t.Errorf("%d requests on %d connections, %d accepted; want 2, 1, 2", requests, connections, len(accepted))
			}
			if !receipt.Ambiguous || !errors.Is(err, ErrAmbiguous) {
				t.Errorf("receipt %+v, error %v", receipt, err)
			}
		})
	}
}

// The other side closes its idle connections just as they are used again. Most
// such requests fail while they are written and are safely repeated; what remains
// unknown must at least not become two copies.
func TestConnectionsThatAreClosedWhileIdleMakeNoSecondCopies(t *testing.T) {
	t.Parallel()
	const sends = 40
	ses := newFakeSES(t)
	relay := relayTo(t, ses.config(), Options{})
	known := map[string]bool{}
	for i := range sends {
		msg := message()
		msg.Data = fmt.Appendf(msg.Data, "number %d\r\n", i)
		receipt, err := relay.Send(t.Context(), msg)
		if err != nil && !receipt.Ambiguous {
			t.Errorf("message %d: %v", i, err)
		}
		known[string(msg.Data)] = err == nil
		ses.CloseClientConnections()
	}
	copies := map[string]int{}
	_, _, accepted := ses.seen()
	for _, req := range accepted {
		copies[string(req.Content.Raw.Data)]++
	}
	for data, sent := range known {
		if copies[data] > 1 || sent && copies[data] != 1 {
			t.Errorf("%d copies of a message, sent: %v", copies[data], sent)
		}
	}
}

func TestAConnectionThatBreaksInTheMiddleOfTheMessageIsRepeated(t *testing.T) {
	t.Parallel()
	ses := newFakeSES(t)
	var broken atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken.CompareAndSwap(false, true) {
			cut(w, "", true)
			return
		}
		ses.ServeHTTP(w, r)
	}))
	defer server.Close()
	cfg := ses.config()
	cfg.BaseEndpoint = &server.URL
	msg := message()
	msg.Data = append(msg.Data, make([]byte, 16<<20)...) // more than the sockets hold
	receipt, err := relayTo(t, cfg, Options{}).Send(t.Context(), msg)
	if _, _, accepted := ses.seen(); err != nil || len(accepted) != 1 || receipt.Attempts != 2 {
		t.Errorf("%d accepted, receipt %+v, error %v", len(accepted), receipt, err)
	}
}

func TestAClientThatGoesAwayDoesNotMakeTheOutcomeUnknown(t *testing.T) {
	t.Parallel()
	arrived, proceed := make(chan struct{}), make(chan struct{})
	ses := newFakeSES(t, func(w http.ResponseWriter, r *http.Request, take func() string, stop <-chan struct{}) {
		close(arrived)
		<-proceed
		taken(w, r, take, stop)
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
		close(proceed)
	}()
	receipt, err := relayTo(t, ses.config(), Options{}).Send(ctx, message())
	if err != nil || receipt.MessageID == "" || receipt.Ambiguous {
		t.Errorf("receipt %+v, error %v", receipt, err)
	}
}

func TestAClientThatGoesAwayBeforeThereIsAConnectionStopsTheSend(t *testing.T) {
	t.Parallel()
	ses := newFakeSES(t)
	cfg := ses.config()
	ctx, cancel := context.WithCancel(t.Context())
	cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(dialing(cancel))
	receipt, err := relayTo(t, cfg, Options{}).Send(ctx, message())
	if !errors.Is(err, context.Canceled) || receipt.Ambiguous || receipt.Attempts != 0 {
		t.Errorf("receipt %+v, error %v", receipt, err)
	}
	if requests, _, _ := ses.seen(); requests != 0 {
		t.Errorf("%d requests", requests)
	}
}

func TestASendThatFindsNoFreeConnectionWaitsNoLongerThanItsDeadline(t *testing.T) {
	t.Parallel()
	arrived, proceed := make(chan struct{}), make(chan struct{})
	ses := newFakeSES(t, func(w http.ResponseWriter, r *http.Request, take func() string, stop <-chan struct{}) {
		close(arrived)
		<-proceed
		taken(w, r, take, stop)
	})
	relay := relayTo(t, ses.config(), Options{Connections: 1})
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := relay.Send(t.Context(), message()); err != nil {
			t.Error(err)
		}
	})
	<-arrived
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	receipt, err := relay.Send(ctx, message())
	if !contains(err, "wait for a free connection to SES") || !errors.Is(err, context.DeadlineExceeded) || receipt.Ambiguous {
		t.Errorf("receipt %+v, error %v", receipt, err)
	}
	close(proceed)
	wg.Wait()
}

func TestSettingsOfTheSDKsHTTPClientAreKept(t *testing.T) {
	t.Parallel()
	ses := newFakeSES(t)
	proxied, err := url.Parse(ses.URL)
	if err != nil {
		t.Fatal(err)
	}
	cfg := ses.config()
	cfg.BaseEndpoint = aws.String("http://email.eu-west-1.example")
	cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.Proxy = http.ProxyURL(proxied) })
	if _, err := send(t, relayTo(t, cfg, Options{})); err != nil {
		t.Error(err)
	}
}

func TestTLSSessionsAreResumedAndHTTP2IsNotSpoken(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var resumed []bool
	var versions []string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		resumed = append(resumed, r.TLS.DidResume)
		versions = append(versions, r.Proto)
		w.Header().Set("Connection", "close")
		answerJSON(w, http.StatusOK, `{"MessageId":"0102"}`)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	cfg := newFakeSES(t).config()
	cfg.BaseEndpoint = &server.URL
	trusted := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.TLSClientConfig.RootCAs = trusted })
	relay := relayTo(t, cfg, Options{})
	for range 2 {
		if _, err := send(t, relay); err != nil {
			t.Fatal(err)
		}
	}
	if resumed[0] || !resumed[1] {
		t.Errorf("resumed = %v, want the second", resumed)
	}
	if got := strings.Join(versions, " "); got != "HTTP/1.1 HTTP/1.1" {
		t.Errorf("spoke %s", got)
	}
}

func TestTheEnvironmentChoosesTheEndpoint(t *testing.T) {
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_REGION", "us-east-1")
	for _, tt := range []struct{ variable, value, host string }{
		{"AWS_USE_FIPS_ENDPOINT", "true", "email-fips.us-east-1.amazonaws.com"},
		{"AWS_USE_DUALSTACK_ENDPOINT", "true", "email.us-east-1.api.aws"},
		{"AWS_ENDPOINT_URL", "http://vpce.example:8080", "vpce.example:8080"},
		{"AWS_REGION", "eu-central-1", "email.eu-central-1.amazonaws.com"},
	} {
		t.Run(tt.variable, func(t *testing.T) {
			t.Setenv(tt.variable, tt.value)
			cfg, err := config.LoadDefaultConfig(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var host string
			cfg.HTTPClient = httpFunc(func(r *http.Request) (*http.Response, error) {
				host = r.URL.Host
				return inMemory(200, "", `{"MessageId":"0102"}`), nil
			})
			if _, err := send(t, New(cfg, Options{})); err != nil || host != tt.host {
				t.Errorf("host %q, want %q; error %v", host, tt.host, err)
			}
		})
	}
}

func BenchmarkSend(b *testing.B) {
	for _, size := range []int{4 << 10, 100 << 10} {
		b.Run(fmt.Sprintf("%dkB", size>>10), func(b *testing.B) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				answerJSON(w, http.StatusOK, `{"MessageId":"0102"}`)
			}))
			defer server.Close()
			cfg := newFakeSES(b).config()
			cfg.BaseEndpoint = &server.URL
			relay := relayTo(b, cfg, Options{Connections: 64})
			msg := message()
			msg.Data = append(msg.Data, make([]byte, size)...)
			b.SetParallelism(32)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := relay.Send(b.Context(), msg); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
