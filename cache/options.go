package cache

import (
	"cmp"
	"math/rand/v2"
	"time"
)

// Options are a cache's limits. The zero value has the defaults named below.
type Options struct {
	Size int           // most entries; 0: 1,024
	Soft time.Duration // how long a value is fresh, give or take a fifth; 0: 5 min
	Hard time.Duration // how long a value may be used at all; 0: 1 h

	Wait    time.Duration // longest that Get waits for a load; 0: as long as its context allows
	Timeout time.Duration // longest that a load may take; 0: 30 s
	Loads   int           // most loads at a time; 0: 64

	// Refused tells an answer that is not likely to change soon, as a missing
	// permission, from a failure; nil: every error is a failure.
	Refused    func(error) bool
	RefusedFor time.Duration // how long a refusal is not asked again, give or take a fifth; 0: 1 min
	FailedFor  time.Duration // the same for a first failure, doubled with each further one; 0: 2 s
	FailedMax  time.Duration // bound of the doubling; 0: 1 min
}

func (o Options) withDefaults() Options {
	o.Size = cmp.Or(o.Size, 1024)
	o.Soft = cmp.Or(o.Soft, 5*time.Minute)
	o.Hard = cmp.Or(o.Hard, time.Hour)
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	o.Loads = cmp.Or(o.Loads, 64)
	o.RefusedFor = cmp.Or(o.RefusedFor, time.Minute)
	o.FailedFor = cmp.Or(o.FailedFor, 2*time.Second)
	o.FailedMax = cmp.Or(o.FailedMax, time.Minute)
	if o.Refused == nil {
		o.Refused = func(error) bool { return false }
	}
	return o
}

// pause is how long not to ask again after err, the failure-th in a row.
func (o Options) pause(err error, failures int) time.Duration {
	if o.Refused(err) {
		return jitter(o.RefusedFor)
	}
	d := o.FailedFor
	for range failures - 1 {
		if d >= o.FailedMax {
			break
		}
		d *= 2
	}
	return jitter(min(d, o.FailedMax))
}

// jitter moves d by up to a fifth either way, so that what was loaded together
// does not expire together.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}
