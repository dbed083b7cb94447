package cache_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"sesgate/cache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	errDown    = errors.New("network is down")
	errRefused = errors.New("access denied")
)

// source answers loads: the number of the load, or err.
type source struct {
	mu    sync.Mutex
	loads []time.Time
	err   error
	takes time.Duration
}

func (s *source) load(ctx context.Context, _ string) (int, error) {
	s.mu.Lock()
	s.loads = append(s.loads, time.Now())
	n, err, takes := len(s.loads), s.err, s.takes
	s.mu.Unlock()
	select {
	case <-time.After(takes):
		return n, err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (s *source) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *source) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.loads)
}

// newCache is a cache over src that the test closes.
func newCache(t *testing.T, src *source, opts cache.Options) *cache.Cache[string, int] {
	t.Helper()
	c := cache.New(src.load, opts)
	t.Cleanup(c.Close)
	return c
}

// want checks value, status and error of a result; a value of 0 stands for none.
func want(t *testing.T, got cache.Result[int], value int, status cache.Status, err error) {
	t.Helper()
	if got.Value != value || got.At.IsZero() != (value == 0) || got.Status != status || !errors.Is(got.Err, err) {
		t.Errorf("got value %d, %v, error %v; want %d, %v, %v", got.Value, got.Status, got.Err, value, status, err)
	}
}

func TestAThousandWhoAskAtOnceMakeOneLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{takes: 100 * time.Millisecond}
		c := newCache(t, src, cache.Options{})
		began := time.Now()
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() { want(t, c.Get(t.Context(), "k", 0), 1, cache.Miss, nil) })
		}
		all.Wait()
		if took := time.Since(began); src.count() != 1 || took != src.takes {
			t.Errorf("%d loads in %v, want one in %v", src.count(), took, src.takes)
		}
	})
}

func TestAValueIsFreshThenStaleThenGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{takes: time.Second}
		c := newCache(t, src, cache.Options{Soft: 10 * time.Minute, Hard: time.Hour})
		want(t, c.Get(t.Context(), "k", 0), 1, cache.Miss, nil)

		time.Sleep(7 * time.Minute)
		want(t, c.Get(t.Context(), "k", 0), 1, cache.Hit, nil)

		time.Sleep(6 * time.Minute)
		asked := time.Now()
		want(t, c.Get(t.Context(), "k", 0), 1, cache.Stale, nil)
		if waited := time.Since(asked); waited != 0 {
			t.Errorf("a stale value was waited for: %v", waited)
		}
		time.Sleep(2 * time.Second)
		want(t, c.Get(t.Context(), "k", 0), 2, cache.Hit, nil)

		time.Sleep(61 * time.Minute)
		want(t, c.Get(t.Context(), "k", 0), 3, cache.Miss, nil)
	})
}

func TestAValueOutlivesFailingLoadsUntilItsHardExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{}
		c := newCache(t, src, cache.Options{Soft: 5 * time.Minute, Hard: time.Hour})
		want(t, c.Get(t.Context(), "k", 0), 1, cache.Miss, nil)
		src.set(errDown)
		for range 10 {
			time.Sleep(time.Minute)
			c.Get(t.Context(), "k", 0)
			synctest.Wait()
		}
		want(t, c.Get(t.Context(), "k", 0), 1, cache.Stale, errDown)
		time.Sleep(51 * time.Minute)
		want(t, c.Get(t.Context(), "k", 0), 0, cache.Miss, errDown)
	})
}

func TestFailuresAreAskedAgainEverMoreSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{err: errDown}
		c := newCache(t, src, cache.Options{FailedFor: 2 * time.Second, FailedMax: time.Minute})
		for range 5 * 60 * 10 {
			c.Get(t.Context(), "k", 0)
			time.Sleep(100 * time.Millisecond)
		}
		for i, pause := range []time.Duration{2, 4, 8, 16, 32, 60, 60} {
			got, near := src.loads[i+1].Sub(src.loads[i]), pause*time.Second
			if got < near*8/10 || got > near*12/10+200*time.Millisecond {
				t.Errorf("pause %d is %v, want %v give or take a fifth", i+1, got, near)
			}
		}
	})
}

func TestARefusalIsNotAskedAgainForItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{err: errRefused}
		c := newCache(t, src, cache.Options{
			Refused:    func(err error) bool { return errors.Is(err, errRefused) },
			RefusedFor: time.Minute,
		})
		want(t, c.Get(t.Context(), "k", 0), 0, cache.Miss, errRefused)
		time.Sleep(45 * time.Second)
		want(t, c.Get(t.Context(), "k", time.Second), 0, cache.Hit, errRefused)
		src.set(nil)
		time.Sleep(30 * time.Second)
		want(t, c.Get(t.Context(), "k", 0), 2, cache.Miss, nil)
	})
}

func TestWhoeverCannotWaitGoesOnAndTheNextFindsTheValue(t *testing.T) {
	for _, test := range []struct {
		name string
		wait time.Duration // Options.Wait
		ctx  time.Duration // the caller's
		want time.Duration
	}{
		{"the cache's budget ends first", 200 * time.Millisecond, time.Second, 200 * time.Millisecond},
		{"the caller's deadline comes first", time.Second, 100 * time.Millisecond, 100 * time.Millisecond},
		{"only the caller has a deadline", 0, 300 * time.Millisecond, 300 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := &source{takes: 5 * time.Second}
				c := newCache(t, src, cache.Options{Wait: test.wait})
				ctx, cancel := context.WithTimeout(t.Context(), test.ctx)
				defer cancel()
				began := time.Now()
				want(t, c.Get(ctx, "k", 0), 0, cache.Miss, cache.ErrPending)
				if waited := time.Since(began); waited != test.want {
					t.Errorf("waited %v, want %v", waited, test.want)
				}
				cancel()
				time.Sleep(5 * time.Second)
				want(t, c.Get(t.Context(), "k", 0), 1, cache.Hit, nil)
			})
		})
	}
}

func TestALoadThatHangsIsEndedByItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{takes: time.Hour}
		c := newCache(t, src, cache.Options{Timeout: 30 * time.Second})
		want(t, c.Get(t.Context(), "k", 0), 0, cache.Miss, context.DeadlineExceeded)
	})
}

func TestAYoungerValueCanBeDemanded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{takes: time.Second}
		c := newCache(t, src, cache.Options{Soft: time.Hour})
		c.Get(t.Context(), "k", 0)
		time.Sleep(30 * time.Second)
		want(t, c.Get(t.Context(), "k", time.Minute), 1, cache.Hit, nil)

		var all sync.WaitGroup
		for range 100 {
			all.Go(func() { want(t, c.Get(t.Context(), "k", 10*time.Second), 2, cache.Miss, nil) })
		}
		all.Wait()

		src.set(errDown)
		time.Sleep(30 * time.Second)
		old := c.Get(t.Context(), "k", 10*time.Second)
		want(t, old, 2, cache.Stale, errDown)
		if age := time.Since(old.At); age < 30*time.Second {
			t.Errorf("the age of the old value is told as %v", age)
		}
		if src.count() != 3 {
			t.Errorf("%d loads, want 3", src.count())
		}
	})
}

func TestADemandThatCannotBeMetInTimeGetsTheOldValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{}
		c := newCache(t, src, cache.Options{Soft: time.Hour, Wait: time.Second})
		c.Get(t.Context(), "k", 0)
		src.takes = time.Minute
		time.Sleep(time.Minute)
		want(t, c.Get(t.Context(), "k", time.Second), 1, cache.Stale, cache.ErrPending)
	})
}

func TestForgettingDuringALoadKeepsItsValueOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{takes: time.Second}
		c := newCache(t, src, cache.Options{})
		before := c.Begin("k", 0)
		time.Sleep(time.Millisecond)
		c.Forget("k")
		want(t, c.Get(t.Context(), "k", 0), 2, cache.Miss, nil)
		want(t, before.Wait(t.Context()), 1, cache.Miss, nil)
		want(t, c.Get(t.Context(), "k", 0), 2, cache.Hit, nil)

		c.Purge()
		if _, ok := c.Peek("k"); ok {
			t.Error("there is a value after Purge")
		}
	})
}

func TestALoadThatPanicsOrExitsIsAnError(t *testing.T) {
	for _, test := range []struct {
		name, want string
		end        func()
	}{
		{"panic", "load panicked: boom", func() { panic("boom") }},
		{"exit", "load ended without an answer", runtime.Goexit},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				broken := true
				c := cache.New(func(context.Context, string) (int, error) {
					if broken {
						test.end()
					}
					return 1, nil
				}, cache.Options{FailedFor: time.Second})
				defer c.Close()
				if err := c.Get(t.Context(), "k", 0).Err; err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("error is %v, want %q", err, test.want)
				}
				broken = false
				time.Sleep(2 * time.Second)
				want(t, c.Get(t.Context(), "k", 0), 1, cache.Miss, nil)
			})
		})
	}
}

func TestCloseEndsLoadsAndWaitsForThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{}
		c := cache.New(src.load, cache.Options{})
		want(t, c.Get(t.Context(), "held", 0), 1, cache.Miss, nil)
		src.takes = time.Hour
		loading := c.Begin("loading", 0)
		synctest.Wait()
		began := time.Now()
		c.Close()
		if took := time.Since(began); took != 0 {
			t.Errorf("Close took %v", took)
		}
		want(t, loading.Wait(t.Context()), 0, cache.Miss, context.Canceled)
		want(t, c.Get(t.Context(), "held", 0), 1, cache.Hit, nil)
		want(t, c.Get(t.Context(), "new", 0), 0, cache.Miss, cache.ErrClosed)
	})
}

func TestLoadsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{takes: time.Second}
		c := newCache(t, src, cache.Options{Loads: 3})
		for i := range 3 {
			c.Begin(fmt.Sprint(i), 0)
		}
		want(t, c.Get(t.Context(), "one too many", 0), 0, cache.Miss, cache.ErrBusy)
		time.Sleep(2 * time.Second)
		want(t, c.Get(t.Context(), "one too many", 0), 4, cache.Miss, nil)
	})
}

func TestTheLeastRecentlyUsedMakesRoom(t *testing.T) {
	src := &source{}
	c := newCache(t, src, cache.Options{Size: 2})
	for _, key := range []string{"a", "b", "a", "c"} {
		c.Get(t.Context(), key, 0)
	}
	if _, ok := c.Peek("b"); ok {
		t.Error("b is still there")
	}
	if _, ok := c.Peek("a"); !ok {
		t.Error("a is gone")
	}
	want := cache.Stats{Hits: 1, Misses: 3, Loads: 3, Evictions: 1, Entries: 2}
	if got := c.Stats(); got != want {
		t.Errorf("stats are %+v, want %+v", got, want)
	}
}

func TestExpiriesOfWhatWasLoadedTogetherSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t, &source{}, cache.Options{Soft: 100 * time.Second})
		for i := range 200 {
			c.Get(t.Context(), fmt.Sprint(i), 0)
		}
		stale := func() (n int) {
			for i := range 200 {
				if r, _ := c.Peek(fmt.Sprint(i)); r.Status == cache.Stale {
					n++
				}
			}
			return n
		}
		time.Sleep(79 * time.Second)
		if n := stale(); n != 0 {
			t.Errorf("%d of 200 are stale after 79 of 100 s", n)
		}
		time.Sleep(21 * time.Second)
		if n := stale(); n < 50 || n > 150 {
			t.Errorf("%d of 200 are stale after 100 s, want about half", n)
		}
		time.Sleep(21 * time.Second)
		if n := stale(); n != 200 {
			t.Errorf("%d of 200 are stale after 121 s", n)
		}
	})
}

func TestAHitAllocatesNothing(t *testing.T) {
	c := newCache(t, &source{}, cache.Options{})
	ctx := t.Context()
	c.Get(ctx, "k", 0)
	if n := testing.AllocsPerRun(1000, func() { c.Get(ctx, "k", time.Minute) }); n != 0 {
		t.Errorf("a hit makes %v allocations", n)
	}
}

func TestManyGoroutinesMayDoAnything(t *testing.T) {
	var loads atomic.Int64
	c := cache.New(func(context.Context, int) (int64, error) {
		if n := loads.Add(1); n%3 != 0 {
			return n, nil
		}
		return 0, errDown
	}, cache.Options{Size: 4, Soft: time.Microsecond, FailedFor: time.Microsecond})
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 500 {
				key := (worker + i) % 6
				if r := c.Get(t.Context(), key, time.Duration(i%2)); r.At.IsZero() && r.Err == nil {
					t.Errorf("neither value nor error: %+v", r)
				}
				if i%50 == 0 {
					c.Forget(key)
				}
				c.Peek(key)
				c.Stats()
			}
		})
	}
	all.Wait()
	c.Close()
}

func BenchmarkHit(b *testing.B) {
	c := cache.New(new(source).load, cache.Options{})
	defer c.Close()
	c.Get(b.Context(), "news@example.com", 0)
	for b.Loop() {
		c.Get(b.Context(), "news@example.com", 0)
	}
}
