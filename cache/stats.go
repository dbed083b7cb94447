package cache

// Stats are a cache's numbers since it was made, but for Entries, which is now.
type Stats struct {
	Hits      uint64 // answered by a fresh value or refusal
	Stale     uint64 // answered by an old value while it is read again
	Misses    uint64 // nothing at hand: had to wait for a load
	Loads     uint64 // started
	Errors    uint64 // loads that failed
	Evictions uint64 // entries that made room
	Entries   int
}

// Stats returns the numbers. They are read one after the other, so that they may
// differ by calls under way.
func (c *Cache[K, V]) Stats() Stats {
	return Stats{
		Hits:      c.counts.hits.Load(),
		Stale:     c.counts.stale.Load(),
		Misses:    c.counts.misses.Load(),
		Loads:     c.counts.loads.Load(),
		Errors:    c.counts.errors.Load(),
		Evictions: c.counts.evictions.Load(),
		Entries:   c.entries.Len(),
	}
}

// answer counts one lookup.
func (n *counts) answer(s Status) {
	switch s {
	case Hit:
		n.hits.Add(1)
	case Stale:
		n.stale.Add(1)
	default:
		n.misses.Add(1)
	}
}
