// Package cache keeps values that are slow to learn and slow to change: each is
// loaded once however many ask, served while fresh, served stale while it is
// read again, and given up when too old.
//
// A [Cache] is a least-recently-used list of entries. An entry has a soft expiry,
// past which it is reloaded in the background, and a hard one, past which it is
// gone. A load that fails is not repeated at once; a value that is still there
// outlives the failure.
package cache

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Status says where a value came from.
type Status uint8

const (
	Miss  Status = iota // loaded for this call, or not to be had
	Hit                 // fresh, be it a value or a refusal to give one
	Stale               // past its soft expiry or older than was asked for; a reload is under way or has just failed
)

// String returns "miss", "hit" or "stale".
func (s Status) String() string {
	switch s {
	case Hit:
		return "hit"
	case Stale:
		return "stale"
	}
	return "miss"
}

var (
	// ErrPending says that a value is still being loaded and the caller waits no
	// longer.
	ErrPending = errors.New("not read in time")
	// ErrBusy says that no load was started because Options.Loads are under way.
	ErrBusy = errors.New("too many reads under way")
	// ErrClosed says that no load was started because the cache is closed.
	ErrClosed = errors.New("cache is closed")
)

// Result is what a cache knows of a key.
type Result[V any] struct {
	Value V
	// At is when the load of Value began, so that Value is at least as new; it is
	// zero if there is no value.
	At     time.Time
	Status Status
	// Err says why there is no value or, beside a value, why it is not newer:
	// what the last load answered, ErrPending, ErrBusy or ErrClosed.
	Err error
}

// Cache keeps values of type V by keys of type K. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	load    func(context.Context, K) (V, error)
	opts    Options
	entries *lru.Cache[K, *entry[V]]
	counts  counts

	ctx    context.Context // of all loads
	cancel context.CancelFunc
	loads  sync.WaitGroup

	mu      sync.Mutex
	running int
	closed  bool
}

// New returns an empty cache that learns values by load. Loads run with a context
// of their own, bounded by Options.Timeout and ended by Close; at most one runs
// for a key. The caller owns the cache and closes it.
func New[K comparable, V any](load func(context.Context, K) (V, error), opts Options) *Cache[K, V] {
	opts = opts.withDefaults()
	entries, err := lru.New[K, *entry[V]](opts.Size)
	if err != nil {
		panic(err) // only a size below 1 is refused
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Cache[K, V]{load: load, opts: opts, entries: entries, ctx: ctx, cancel: cancel}
}

// Get returns the value of key. A fresh or stale one is returned at once. One that
// is missing, or older than maxAge if that is above 0, is waited for: until it is
// loaded, ctx is done or Options.Wait is over, whichever is first. The load goes
// on for the next caller. A value older than maxAge is read again once; if that
// fails or takes too long, the old one is returned and its At tells.
func (c *Cache[K, V]) Get(ctx context.Context, key K, maxAge time.Duration) Result[V] {
	return c.Begin(key, maxAge).Wait(ctx)
}

// Begin is the part of Get that does not wait: it looks the key up and starts a
// load where one is needed.
func (c *Cache[K, V]) Begin(key K, maxAge time.Duration) Pending[V] {
	e := c.entry(key)
	now := time.Now()
	e.mu.Lock()
	p := Pending[V]{result: e.result(now, maxAge)}
	if p.result.Status != Hit && !now.Before(e.retry) {
		p.wait = c.opts.Wait
		p.result.Err = c.start(key, e)
		if p.result.Err == nil && (!e.has(now) || e.tooOld(now, maxAge)) {
			p.entry, p.load, p.result.Err = e, e.load, ErrPending
		}
	}
	e.mu.Unlock()
	c.counts.answer(p.result.Status)
	return p
}

// Peek returns what is there, without loading and without counting as a use. ok
// is false if there is neither a value nor a failure.
func (c *Cache[K, V]) Peek(key K) (r Result[V], ok bool) {
	e, ok := c.entries.Peek(key)
	if !ok {
		return r, false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	r = e.result(time.Now(), 0)
	return r, !r.At.IsZero() || r.Err != nil
}

// Forget drops key. A load under way still serves those who wait for it, but its
// value is not kept.
func (c *Cache[K, V]) Forget(key K) { c.entries.Remove(key) }

// Purge drops every key, as Forget does.
func (c *Cache[K, V]) Purge() { c.entries.Purge() }

// Close ends all loads and waits for them. What is cached can still be had;
// nothing is loaded any more.
func (c *Cache[K, V]) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.cancel()
	c.loads.Wait()
}

// entry returns the entry of key, a new one if there is none.
func (c *Cache[K, V]) entry(key K) *entry[V] {
	if e, ok := c.entries.Get(key); ok {
		return e
	}
	e := new(entry[V])
	previous, ok, evicted := c.entries.PeekOrAdd(key, e)
	if ok {
		return previous
	}
	if evicted {
		c.counts.evictions.Add(1)
	}
	return e
}

// counts are the running numbers of Stats.
type counts struct {
	hits, stale, misses, loads, errors, evictions atomic.Uint64
}
