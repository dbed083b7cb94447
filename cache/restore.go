package cache

import (
	"iter"
	"time"
)

// All goes through the values at hand, from the one not used for longest on,
// without loading and without counting as a use.
func (c *Cache[K, V]) All() iter.Seq2[K, Result[V]] {
	return func(yield func(K, Result[V]) bool) {
		for _, key := range c.entries.Keys() {
			if r, ok := c.Peek(key); ok && !r.At.IsZero() && !yield(key, r) {
				return
			}
		}
	}
}

// Put takes in a value that another cache has loaded, as old as it is. One that is
// too old, or from the future, is left out, and what is at hand stays.
func (c *Cache[K, V]) Put(key K, value V, at time.Time) {
	now := time.Now()
	if at.After(now) || !now.Before(at.Add(c.opts.Hard)) {
		return
	}
	e := c.entry(key)
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.has(now) {
		e.succeed(value, at, c.opts)
	}
}
