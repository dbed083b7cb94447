package cache

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errExited says that a load function ended its goroutine.
var errExited = errors.New("load ended without an answer")

// Pending is a value at hand or a load under way.
type Pending[V any] struct {
	result Result[V]
	wait   time.Duration
	entry  *entry[V]
	load   *load // nil: result stands
}

// Waits reports whether Wait has to wait.
func (p Pending[V]) Waits() bool { return p.load != nil }

// Wait returns the value as [Cache.Get] does.
func (p Pending[V]) Wait(ctx context.Context) Result[V] {
	if p.load == nil || !p.load.wait(ctx, p.wait) {
		return p.result
	}
	e := p.entry
	e.mu.Lock()
	defer e.mu.Unlock()
	r := Result[V]{Err: e.err}
	if e.err == nil || e.has(time.Now()) {
		r.Value, r.At = e.value, e.at
		if e.err != nil {
			r.Status = Stale
		}
	}
	return r
}

// wait reports whether the load has ended before ctx and within limit, if above 0.
func (l *load) wait(ctx context.Context, limit time.Duration) bool {
	var over <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-l.done:
		return true
	case <-over:
	case <-ctx.Done():
	}
	return false
}

// start has a load of key under way, whose entry is locked.
func (c *Cache[K, V]) start(key K, e *entry[V]) error {
	if e.load != nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return ErrClosed
	case c.running >= c.opts.Loads:
		return ErrBusy
	}
	c.running++
	c.counts.loads.Add(1)
	e.load = &load{done: make(chan struct{})}
	c.loads.Go(func() { c.fill(key, e) })
	return nil
}

// fill loads key into e and lets go those who wait.
func (c *Cache[K, V]) fill(key K, e *entry[V]) {
	began := time.Now()
	var value V
	err := errExited
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("load panicked: %v", cause)
		}
		c.finish(e, value, began, err)
	}()
	ctx, cancel := context.WithTimeout(c.ctx, c.opts.Timeout)
	defer cancel()
	value, err = c.load(ctx, key)
}

func (c *Cache[K, V]) finish(e *entry[V], value V, began time.Time, err error) {
	c.mu.Lock()
	c.running--
	c.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if err == nil {
		e.succeed(value, began, c.opts)
	} else {
		e.fail(err, c.opts)
		c.counts.errors.Add(1)
	}
	close(e.load.done)
	e.load = nil
}
