package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"golang.org/x/time/rate"

	"sesgate/proxy"
)

// ErrAmbiguous is wrapped by every error after which SES may nonetheless have
// the message.
var ErrAmbiguous = errors.New("SES may have taken the message, but did not say so")

// Options tune a relay. The zero value is ready to use.
type Options struct {
	// Connections is how many sends, and so connections to SES, there are at once;
	// further ones wait. 0 means 128. What is useful is the account's sending rate
	// times the time SES takes to answer.
	Connections int
	// Timeout bounds one Send: waiting, connecting, all its attempts. A nearer
	// deadline of the context goes first. 0 means a minute.
	Timeout time.Duration
	// Rate tells the account's sending rate, in recipients a second; 0 is unknown.
	// nil never knows.
	Rate func() float64
}

// SES relays through the SendEmail operation of SES API v2. It is safe for
// concurrent use.
type SES struct {
	thorough  thorough
	quick     *quick // nil: there is none for this configuration
	http      sesv2.HTTPClient
	keys      keyring
	timeout   time.Duration
	slots     chan struct{}
	pacer     pacer
	quota     quota
	throttled *rate.Limiter // repeats after a throttle, over all sends
}

// New returns a relay to the region, endpoint and credentials of cfg. Of its
// HTTP client it takes over the settings (proxy, certificate authorities), but
// not the connections; a client of a foreign type is used as it is. Its retry
// settings are ignored.
func New(cfg aws.Config, opts Options) *SES {
	if opts.Connections <= 0 {
		opts.Connections = 128
	}
	if opts.Timeout <= 0 {
		opts.Timeout = time.Minute
	}
	client, transport := newHTTPClient(cfg.HTTPClient, opts.Connections)
	s := &SES{
		http:      client,
		keys:      keyring{provider: cfg.Credentials},
		timeout:   opts.Timeout,
		slots:     make(chan struct{}, opts.Connections),
		pacer:     pacer{most: opts.Rate},
		throttled: rate.NewLimiter(throttleRetryRate, throttleRetryBurst),
	}
	s.thorough.client = sesv2.NewFromConfig(cfg, func(o *sesv2.Options) {
		o.HTTPClient = client
		o.Retryer = aws.NopRetryer{} // Send alone knows what may be repeated
	})
	if transport != nil {
		s.quick, _ = newQuick(s.thorough.client, transport)
	}
	return s
}

// way is how msg is sent: a multi-region endpoint has an address and a signature
// (SigV4A) of its own, which only the SDK knows.
func (s *SES) way(msg proxy.Message) way {
	if s.quick == nil || msg.Route.EndpointID != "" {
		return s.thorough
	}
	return s.quick
}

// Close drops idle connections. Sends under way are not touched.
func (s *SES) Close() {
	if c, ok := s.http.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// Send hands msg to SES. The error is SES's refusal as the SDK decodes it, or
// what kept the request from SES; it wraps [ErrAmbiguous] if Receipt.Ambiguous.
//
// When ctx is cancelled, Send gives up as long as it waits or connects. A request
// that has a connection goes on to its answer or to the deadline, whichever is
// first: a client that goes away must not turn a known outcome into an unknown
// one.
func (s *SES) Send(ctx context.Context, msg proxy.Message) (proxy.Receipt, error) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	var receipt proxy.Receipt
	err := s.send(ctx, msg, &receipt)
	receipt.Took = time.Since(start)
	return receipt, err
}

func (s *SES) send(ctx context.Context, msg proxy.Message, receipt *proxy.Receipt) error {
	if err := s.quota.admit(); err != nil {
		return err
	}
	var made retries
	for {
		a, err := s.paced(ctx, msg)
		if err != nil {
			return errors.Join(made.last, err)
		}
		a.note(receipt)
		s.quota.note(a.err)
		if a.err == nil {
			return nil
		}
		if a.ambiguous() {
			return fmt.Errorf("%w: %w", ErrAmbiguous, a.err)
		}
		if made.last = a.err; !s.mayRepeat(a, &made) || !pause(ctx, made.delay) {
			return a.err
		}
	}
}

// paced makes an attempt in its turn. The error says why there was none.
func (s *SES) paced(ctx context.Context, msg proxy.Message) (attempt, error) {
	if err := s.pacer.wait(ctx, len(msg.Recipients)); err != nil {
		return attempt{}, err
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return attempt{}, fmt.Errorf("wait for a free connection to SES: %w", ctx.Err())
	}
	began := time.Now()
	a := s.attempt(ctx, msg)
	switch {
	case a.err == nil:
		s.pacer.taken(len(msg.Recipients))
	case isThrottled(a.err):
		s.pacer.refused(began)
	}
	return a, nil
}
