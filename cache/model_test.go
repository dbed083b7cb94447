package cache_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"sesgate/cache"
)

// model is what may be said of a cache by looking at the source only: which loads
// were made of each key, when, and how they ended.
type model struct {
	err   error // how loads end now
	loads map[string][]outcome
	total int
}

type outcome struct {
	value int
	at    time.Time
	err   error
}

func (m *model) load(_ context.Context, key string) (int, error) {
	m.total++
	m.loads[key] = append(m.loads[key], outcome{m.total, time.Now(), m.err})
	return m.total, m.err
}

// last is the newest load of key that gave a value, ok false if there is none.
func (m *model) last(key string) (o outcome, ok bool) {
	for _, next := range m.loads[key] {
		if next.err == nil {
			o, ok = next, true
		}
	}
	return o, ok
}

// paused reports whether the last load of key failed too short a time ago for
// another, whatever the jitter.
func (m *model) paused(key string) bool {
	loads := m.loads[key]
	if len(loads) == 0 {
		return false
	}
	last := loads[len(loads)-1]
	shortest := 1600 * time.Millisecond
	if errors.Is(last.err, errRefused) {
		shortest = 48 * time.Second
	}
	return last.err != nil && time.Since(last.at) < shortest
}

const (
	soft = 5 * time.Minute
	hard = time.Hour
)

// undated hides a test's deadline, which may not be asked for in a bubble.
type undated struct{ rapid.TB }

func TestTheCacheAgreesWithItsModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(undated{t}, func(t *rapid.T) {
			m := &model{loads: make(map[string][]outcome)}
			c := cache.New(m.load, cache.Options{Soft: soft, Hard: hard, Refused: func(err error) bool { return errors.Is(err, errRefused) }})
			defer c.Close()
			keys := rapid.SampledFrom([]string{"a", "b"})
			t.Repeat(map[string]func(*rapid.T){
				"get":     func(t *rapid.T) { m.get(t, c, keys.Draw(t, "key")) },
				"advance": func(t *rapid.T) { time.Sleep(spans.Draw(t, "span")) },
				"source": func(t *rapid.T) {
					m.err = rapid.SampledFrom([]error{nil, nil, errDown, errRefused}).Draw(t, "source")
				},
				"forget": func(t *rapid.T) {
					key := keys.Draw(t, "key")
					c.Forget(key)
					delete(m.loads, key)
				},
			})
		})
	})
}

var spans = rapid.SampledFrom([]time.Duration{time.Second, 5 * time.Second, 50 * time.Second, 70 * time.Second, 3 * time.Minute, 7 * time.Minute, 61 * time.Minute})

// get asks the cache and checks what it says against the loads.
func (m *model) get(t *rapid.T, c *cache.Cache[string, int], key string) {
	maxAge := rapid.SampledFrom([]time.Duration{0, 0, 10 * time.Second, 4 * time.Minute}).Draw(t, "maxAge")
	before, had := m.last(key)
	made, paused := len(m.loads[key]), m.paused(key)
	r := c.Get(context.Background(), key, maxAge)
	synctest.Wait()
	now := time.Now()
	young := had && now.Sub(before.at) <= soft*8/10 && (maxAge == 0 || now.Sub(before.at) <= maxAge)

	switch loads := len(m.loads[key]) - made; {
	case loads > 1:
		t.Fatalf("%d loads for one Get", loads)
	case loads > 0 && young:
		t.Fatal("loaded though there was a fresh value")
	case loads > 0 && paused:
		t.Fatal("loaded though the last failure was just now")
	}
	if r.At.IsZero() {
		if r.Err == nil || had && now.Sub(before.at) < hard {
			t.Fatalf("no value, error %v, though one of %v ago was there", r.Err, now.Sub(before.at))
		}
		return
	}
	after, _ := m.last(key)
	age := now.Sub(r.At)
	switch {
	case r.Value != before.value && r.Value != after.value:
		t.Fatalf("value %d is of no load that counts", r.Value)
	case age > hard:
		t.Fatalf("value is %v old", age)
	case young && r.Status != cache.Hit:
		t.Fatalf("a fresh value is %v", r.Status)
	case r.Status == cache.Hit && (age > soft*12/10 || maxAge > 0 && age > maxAge):
		t.Fatalf("a value %v old is a hit", age)
	case maxAge > 0 && age > maxAge && r.Err == nil:
		t.Fatalf("a value %v old where %v was asked for, and no reason", age, maxAge)
	}
}
