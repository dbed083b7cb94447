package relay

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/smithy-go"
)

// probeEvery is how often SES is asked whether the daily quota is free again.
const probeEvery = time.Minute

// quota remembers that SES has refused a message because the quota of 24 hours is
// used up. Until it takes one again, one message a minute is tried, and the others
// are refused in its words.
type quota struct {
	mu      sync.Mutex
	refusal error // nil: nothing is known against sending
	since   time.Time
	next    time.Time // when another message may be tried
}

// admit says why a message need not be tried, or nil.
func (q *quota) admit() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.refusal == nil {
		return nil
	}
	now := time.Now()
	if now.Before(q.next) {
		return fmt.Errorf("not tried, as SES answered %s ago: %w", now.Sub(q.since).Round(time.Second), q.refusal)
	}
	q.next = now.Add(probeEvery)
	return nil
}

// note learns from the outcome of a send that was tried.
func (q *quota) note(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case err == nil:
		q.refusal = nil
	case isDailyQuota(err):
		q.refusal, q.since = err, time.Now()
		q.next = q.since.Add(probeEvery)
	}
}

// isDailyQuota tells the quota from the rate by SES's text: the codes are the
// same (SES Developer Guide, "Errors related to the sending quotas").
func isDailyQuota(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && strings.Contains(strings.ToLower(api.ErrorMessage()), "daily message quota exceeded")
}
