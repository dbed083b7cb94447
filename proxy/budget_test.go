package proxy

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestSmallMessagesPassLargeOnesThatWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const mega = 1 << 20
		b := &Budget{Bytes: 8 * mega, Wait: time.Hour}
		if !b.acquire(6 * mega) {
			t.Fatal("an empty budget has no room")
		}
		var served []string
		var mu sync.Mutex
		var all sync.WaitGroup
		ask := func(name string, n int64) {
			all.Go(func() {
				if b.acquire(n) {
					mu.Lock()
					defer mu.Unlock()
					served = append(served, name)
				}
			})
			synctest.Wait()
		}
		ask("large", 5*mega)
		ask("less large, and later", mega)
		ask("small", small)
		if want := []string{"small"}; !slices.Equal(served, want) {
			t.Errorf("served %q while the budget is used, want %q", served, want)
		}
		b.release(6 * mega)
		all.Wait()
		if len(served) != 3 || b.Used() != 6*mega+small {
			t.Errorf("served %q, %d octets are used", served, b.Used())
		}
	})
}

func TestWhoWaitsTooLongIsToldAndHoldsUpNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &Budget{Bytes: 1000_000, Wait: time.Second}
		b.acquire(700_000)
		var all sync.WaitGroup
		all.Go(func() {
			if b.acquire(800_000) {
				t.Error("there was room for more than there is")
			}
		})
		time.Sleep(400 * time.Millisecond)
		if !b.Contended() {
			t.Error("nobody is said to wait")
		}
		start := time.Now()
		if !b.acquire(100_000) { // behind it
			t.Error("a message that fits was kept out")
		}
		if took := time.Since(start); took != 600*time.Millisecond {
			t.Errorf("it waited %v", took)
		}
		all.Wait()
		if b.Contended() {
			t.Error("somebody is said to wait")
		}
	})
}

func TestClassesOfBuffersHoldWhatIsWantedAndLittleMore(t *testing.T) {
	t.Parallel()
	for n := 1; n < 40<<20; n += 1 + n/7 {
		class := classOf(n)
		if size := sizeOf(class); size < n || size > max(steps, n+n/steps+1) || classOf(size) != class {
			t.Fatalf("%d octets: class %d of %d", n, class, size)
		}
	}
}
