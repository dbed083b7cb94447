package cache_test

import (
	"testing"
	"testing/synctest"
	"time"

	"sesgate/cache"
)

func TestWhatAnotherCacheHeldIsAsOldAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{takes: time.Second}
		c := newCache(t, src, cache.Options{Soft: 10 * time.Minute, Hard: time.Hour})
		now := time.Now()
		c.Put("fresh", 7, now.Add(-time.Minute))
		c.Put("stale", 8, now.Add(-30*time.Minute))
		c.Put("gone", 9, now.Add(-time.Hour))
		c.Put("future", 9, now.Add(time.Minute))
		c.Put("fresh", 9, now)
		want(t, c.Get(t.Context(), "fresh", 0), 7, cache.Hit, nil)
		want(t, c.Get(t.Context(), "stale", 0), 8, cache.Stale, nil)
		held := map[string]int{}
		for key, r := range c.All() {
			held[key] = r.Value
		}
		if len(held) != 2 || held["fresh"] != 7 || held["stale"] != 8 {
			t.Errorf("held %v", held)
		}
		time.Sleep(2 * time.Second)
		want(t, c.Get(t.Context(), "stale", 0), 1, cache.Hit, nil)
		want(t, c.Get(t.Context(), "gone", 0), 2, cache.Miss, nil)
	})
}
