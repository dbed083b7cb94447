package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// failing makes the first connections fail with errs.
func failing(errs ...error) func(*http.Transport) {
	var mu sync.Mutex
	var dialer net.Dialer
	return func(t *http.Transport) {
		t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			mu.Lock()
			defer mu.Unlock()
			if len(errs) == 0 {
				return dialer.DialContext(ctx, network, address)
			}
			err := errs[0]
			errs = errs[1:]
			return nil, &net.OpError{Op: "dial", Net: network, Err: err}
		}
	}
}

func TestARequestThatNeverLeftIsRepeated(t *testing.T) {
	t.Parallel()
	temporary := &net.DNSError{Err: "server misbehaving", Name: "email.eu-west-1.amazonaws.com", IsTemporary: true}
	missing := &net.DNSError{Err: "no such host", Name: "email.eu-wets-1.amazonaws.com", IsNotFound: true}
	untrusted := &tls.CertificateVerificationError{Err: errors.New("certificate signed by unknown authority")}
	refused := error(syscall.ECONNREFUSED)
	for _, tt := range []struct {
		name     string
		errs     []error
		accepted int
		dials    int
	}{
		{"connection refused once", []error{refused}, 1, 2},
		{"refused, then a DNS server that stumbles", []error{refused, temporary}, 1, 3},
		{"refused for longer", []error{refused, refused, refused, refused}, 0, 3},
		{"a name that does not exist", []error{missing}, 0, 1},
		{"a certificate that is not trusted", []error{untrusted}, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ses := newFakeSES(t)
			cfg := ses.config()
			var dials atomic.Int32
			cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(failing(tt.errs...), func(tr *http.Transport) {
				dial := tr.DialContext
				tr.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
					dials.Add(1)
					return dial(ctx, network, address)
				}
			})
			receipt, err := send(t, relayTo(t, cfg, Options{}))
			if _, _, accepted := ses.seen(); len(accepted) != tt.accepted {
				t.Errorf("SES accepted %d, want %d", len(accepted), tt.accepted)
			}
			if int(dials.Load()) != tt.dials {
				t.Errorf("%d dials, want %d", dials.Load(), tt.dials)
			}
			if (err == nil) != (tt.accepted == 1) || receipt.Ambiguous || receipt.Attempts != tt.accepted {
				t.Errorf("receipt %+v, error %v", receipt, err)
			}
		})
	}
}

func TestATLSHandshakeThatBreaksIsRepeated(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var handshakes atomic.Int32
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			handshakes.Add(1)
			conn.Close()
		}
	}()
	cfg := newFakeSES(t).config()
	cfg.BaseEndpoint = aws.String("https://" + listener.Addr().String())
	receipt, err := send(t, relayTo(t, cfg, Options{}))
	if err == nil || receipt.Ambiguous || receipt.Attempts != 0 {
		t.Errorf("receipt %+v, error %v", receipt, err)
	}
	if handshakes.Load() != 1+maxResends {
		t.Errorf("%d handshakes, want %d", handshakes.Load(), 1+maxResends)
	}
}

// expiringProvider gives a token for each time it is asked.
type expiringProvider struct{ asked atomic.Int32 }

func (p *expiringProvider) Retrieve(context.Context) (aws.Credentials, error) {
	n := p.asked.Add(1)
	return aws.Credentials{
		AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret", SessionToken: fmt.Sprintf("token-%d", n),
		CanExpire: true, Expires: time.Now().Add(time.Hour),
	}, nil
}

// accepts refuses all tokens but one.
func accepts(token string) fault {
	expired := refuses(403, "ExpiredTokenException", "The security token included in the request is expired")
	return func(w http.ResponseWriter, r *http.Request, take func() string, stop <-chan struct{}) {
		if r.Header.Get("X-Amz-Security-Token") == token {
			taken(w, r, take, stop)
			return
		}
		expired(w, r, take, stop)
	}
}

func TestAnExpiredTokenIsFetchedAnewOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		token              string
		requests, accepted int
	}{
		{"token-2", 2, 1},
		{"token-3", 2, 0},
	} {
		ses := newFakeSES(t, accepts(tt.token))
		cfg := ses.config()
		cfg.Credentials = aws.NewCredentialsCache(new(expiringProvider))
		receipt, err := send(t, relayTo(t, cfg, Options{}))
		requests, _, accepted := ses.seen()
		if requests != tt.requests || len(accepted) != tt.accepted || receipt.Ambiguous {
			t.Errorf("%s: %d requests, %d accepted, receipt %+v, error %v", tt.token, requests, len(accepted), receipt, err)
		}
	}
}

func TestManySendsWithAnExpiredTokenFetchOneNewOne(t *testing.T) {
	t.Parallel()
	ses := newFakeSES(t, accepts("token-2"))
	cfg := ses.config()
	provider := new(expiringProvider)
	cfg.Credentials = aws.NewCredentialsCache(provider)
	relay := relayTo(t, cfg, Options{})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := relay.Send(t.Context(), message()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := provider.asked.Load(); n != 2 {
		t.Errorf("provider asked %d times, want 2", n)
	}
}

func TestCredentialsThatCannotBeFetchedAreNotAskedForAgain(t *testing.T) {
	t.Parallel()
	ses := newFakeSES(t)
	cfg := ses.config()
	asked := 0
	cfg.Credentials = providerFunc(func(context.Context) (aws.Credentials, error) {
		asked++
		return aws.Credentials{}, errors.New("no EC2 IMDS role found")
	})
	receipt, err := send(t, relayTo(t, cfg, Options{}))
	if !contains(err, "get credentials: no EC2 IMDS role found") || asked != 1 || receipt.Ambiguous {
		t.Errorf("asked %d times, receipt %+v, error %v", asked, receipt, err)
	}
}

// skewed is SES with a clock that is ahead of this machine's.
func skewed(ahead time.Duration) fault {
	expired := refuses(403, "InvalidSignatureException", "Signature expired: 20261123T201500Z is now earlier than 20261123T202500Z")
	return func(w http.ResponseWriter, r *http.Request, take func() string, stop <-chan struct{}) {
		now := time.Now().Add(ahead)
		w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
		signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		if err != nil || now.Sub(signed).Abs() > 5*time.Minute {
			expired(w, r, take, stop)
			return
		}
		taken(w, r, take, stop)
	}
}

func TestAWrongClockCostsOneRequestAndNotOneAMessage(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		for _, ahead := range []time.Duration{-24 * time.Hour, -10 * time.Minute, -3 * time.Minute, 3 * time.Minute, 10 * time.Minute, 24 * time.Hour} {
			ses := newFakeSES(t, skewed(ahead))
			relay := way.of(t, relayTo(t, ses.config(), Options{}))
			for i := range 3 {
				receipt, err := send(t, relay)
				most := 1
				if i == 0 && ahead.Abs() > 5*time.Minute {
					most = 2
				}
				if err != nil || receipt.Attempts != most {
					t.Errorf("%s, %v ahead, message %d: %d attempts, want %d; error %v", way.name, ahead, i, receipt.Attempts, most, err)
				}
			}
		}
	}
}

func TestAClockThatCannotBeCorrectedIsNotTriedForEver(t *testing.T) {
	t.Parallel()
	ses := newFakeSES(t, func(w http.ResponseWriter, r *http.Request, take func() string, stop <-chan struct{}) {
		w.Header().Set("Date", time.Now().Add(time.Duration(len(r.Header))*time.Hour+time.Duration(time.Now().UnixNano()%1e9)*time.Hour).UTC().Format(http.TimeFormat))
		refuses(403, "InvalidSignatureException", "Signature expired")(w, r, take, stop)
	})
	if receipt, err := send(t, relayTo(t, ses.config(), Options{})); err == nil || receipt.Attempts != 2 || receipt.Ambiguous {
		t.Errorf("receipt %+v, error %v", receipt, err)
	}
}

func TestAThrottleStormDoesNotFeedItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const sends = 1000
		var requests atomic.Int32
		start := time.Now()
		relay := New(worldConfig(func(*http.Request) (*http.Response, error) {
			requests.Add(1)
			return inMemory(429, "TooManyRequestsException", `{"message":"Maximum sending rate exceeded."}`), nil
		}), Options{Connections: sends, Timeout: 25 * time.Second})
		var wg sync.WaitGroup
		for range sends {
			wg.Go(func() {
				receipt, err := relay.Send(t.Context(), message())
				if err == nil || receipt.Ambiguous || receipt.Attempts > 1+maxThrottled {
					t.Errorf("receipt %+v, error %v", receipt, err)
				}
			})
		}
		wg.Wait()
		took := time.Since(start)
		if n := int(requests.Load()); n > 100 {
			t.Errorf("%d requests for %d messages that all were refused", n, sends)
		}
		if took > 25*time.Second {
			t.Errorf("the last client waited %v", took)
		}
	})
}

func TestARateOfFourteenASecondIsReachedByWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		second, used := time.Time{}, 0
		relay := New(worldConfig(func(*http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			if now := time.Now().Truncate(time.Second); now != second {
				second, used = now, 0
			}
			if used++; used > 14 {
				return inMemory(429, "TooManyRequestsException", `{"message":"Maximum sending rate exceeded."}`), nil
			}
			return inMemory(200, "", `{"MessageId":"0102"}`), nil
		}), Options{})
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := relay.Send(t.Context(), message()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

func TestNobodyWaitsPastTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		relay := New(worldConfig(func(*http.Request) (*http.Response, error) {
			return inMemory(429, "TooManyRequestsException", `{"message":"Maximum sending rate exceeded."}`), nil
		}), Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		receipt, err := relay.Send(ctx, message())
		if receipt.Attempts != 1 || receipt.Took != 0 || !contains(err, "Maximum sending rate exceeded") {
			t.Errorf("receipt %+v, error %v; want the refusal at once, as no repeat fits", receipt, err)
		}
	})
}

// A client whose insides cannot be seen may have written the request before it
// failed.
func TestAFailureInAForeignClientIsAmbiguous(t *testing.T) {
	t.Parallel()
	calls := 0
	relay := New(worldConfig(func(*http.Request) (*http.Response, error) {
		calls++
		return nil, errors.New("connection reset by peer")
	}), Options{})
	receipt, err := send(t, relay)
	if calls != 1 || !receipt.Ambiguous || receipt.Attempts != 1 || !errors.Is(err, ErrAmbiguous) {
		t.Errorf("%d calls, receipt %+v, error %v", calls, receipt, err)
	}
}
