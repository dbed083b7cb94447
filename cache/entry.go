package cache

import (
	"sync"
	"time"
)

// entry is what is known of one key. An entry that Forget or an eviction has
// taken out of the list lives on for the load that fills it, and no longer.
type entry[V any] struct {
	mu    sync.Mutex
	value V
	at    time.Time // when the load of value began; zero: there is no value
	soft  time.Time // value is fresh before
	hard  time.Time // value is gone from then on

	err      error     // of the last load
	failures int       // in a row
	retry    time.Time // no load before, after a failure

	load *load // under way; nil: none
}

// load is one load under way.
type load struct {
	done chan struct{} // closed when the entry is filled
}

// has reports whether there is a value that may be used.
func (e *entry[V]) has(now time.Time) bool { return !e.at.IsZero() && now.Before(e.hard) }

// tooOld reports whether the value is older than was asked for.
func (e *entry[V]) tooOld(now time.Time, maxAge time.Duration) bool {
	return maxAge > 0 && now.Sub(e.at) > maxAge
}

func (e *entry[V]) fresh(now time.Time, maxAge time.Duration) bool {
	return e.has(now) && now.Before(e.soft) && !e.tooOld(now, maxAge)
}

// result is what there is without waiting.
func (e *entry[V]) result(now time.Time, maxAge time.Duration) Result[V] {
	r := Result[V]{Err: e.err}
	switch {
	case e.fresh(now, maxAge):
		r.Status = Hit
	case e.has(now):
		r.Status = Stale
	case e.err != nil && now.Before(e.retry):
		r.Status = Hit
		return r
	default:
		return r
	}
	r.Value, r.At = e.value, e.at
	return r
}

// succeed takes a loaded value in.
func (e *entry[V]) succeed(value V, began time.Time, opts Options) {
	e.value, e.at = value, began
	e.soft, e.hard = began.Add(jitter(opts.Soft)), began.Add(opts.Hard)
	e.err, e.failures, e.retry = nil, 0, time.Time{}
}

// fail notes why there is no new value. One that is there stays.
func (e *entry[V]) fail(err error, opts Options) {
	e.failures++
	e.err, e.retry = err, time.Now().Add(opts.pause(err, e.failures))
}
