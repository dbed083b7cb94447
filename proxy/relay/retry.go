package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const (
	maxResends    = 2
	resendDelay   = 100 * time.Millisecond
	maxThrottled  = 4
	throttleDelay = 250 * time.Millisecond
	longestDelay  = 5 * time.Second

	// Repeats after a throttle count against the same sending rate that was
	// exceeded. Over all sends there are at most this many a second, so that a
	// storm of throttled messages does not feed itself.
	throttleRetryRate  = 10
	throttleRetryBurst = 20
)

// retries is what one send has repeated so far.
type retries struct {
	resent    int
	throttled int
	refreshed bool
	corrected bool
	delay     time.Duration // before the next attempt
	last      error         // of the attempt before
}

// mayRepeat decides whether a failed attempt, after which SES does not have the
// message, is worth another.
func (s *SES) mayRepeat(a attempt, made *retries) bool {
	made.delay = 0
	switch {
	case !a.refused():
		return made.resend(a.err)
	case isSkewed(a.err):
		return made.correct()
	case isExpired(a.err):
		s.keys.discard(a.used)
		return made.refresh()
	case isThrottled(a.err):
		return made.throttle() && s.throttled.Allow()
	}
	return false
}

func (r *retries) resend(err error) bool {
	r.resent++
	r.delay = backoff(resendDelay, r.resent)
	return r.resent <= maxResends && isTransient(err)
}

// correct allows one repeat: the client has learnt the clock's error from the
// refusal's Date header and signs the next request with the right time.
func (r *retries) correct() bool {
	first := !r.corrected
	r.corrected = true
	return first
}

func (r *retries) refresh() bool {
	first := !r.refreshed
	r.refreshed = true
	return first
}

func (r *retries) throttle() bool {
	r.throttled++
	r.delay = backoff(throttleDelay, r.throttled)
	return r.throttled <= maxThrottled
}

// backoff is the delay before the nth repeat: it doubles, and its upper half is
// random so that those who failed together do not come again together.
func backoff(base time.Duration, n int) time.Duration {
	d := min(base<<(n-1), longestDelay)
	return d/2 + rand.N(d/2)
}

// pause waits and reports true, or reports false at once if there is no time left
// for an attempt after the wait.
func pause(ctx context.Context, d time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// isTransient reports whether err, of a request that did not arrive, is one of
// the network that may be gone in a moment. A name that does not exist and a
// certificate that is not trusted will not be.
func isTransient(err error) bool {
	var send *smithyhttp.RequestSendError
	if !errors.As(err, &send) {
		return false
	}
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return false
	}
	var certificate *tls.CertificateVerificationError
	return !errors.As(err, &certificate)
}

// isSkewed reports whether the SDK found the refusal to be due to this machine's
// clock: a signature error, and a Date header more than four minutes away.
func isSkewed(err error) bool {
	var skew interface{ RetryableError() bool }
	return errors.As(err, &skew) && skew.RetryableError()
}

func isExpired(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	code := api.ErrorCode()
	return code == "ExpiredTokenException" || code == "ExpiredToken"
}

// isThrottled reports whether the sending rate is exceeded, which passes in a
// second. The daily quota, which takes hours, comes under the same error codes:
// only the text tells them apart (SES Developer Guide, "Errors related to the
// sending quotas").
func isThrottled(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	text := strings.ToLower(api.ErrorMessage())
	if strings.Contains(text, "daily") || strings.Contains(text, "quota") {
		return false
	}
	switch api.ErrorCode() {
	case "TooManyRequestsException", "ThrottlingException", "Throttling":
		return true
	}
	return strings.Contains(text, "sending rate exceeded")
}
