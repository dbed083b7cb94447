package relay

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// bucket is SES that takes a number of messages a second and short bursts.
type bucket struct {
	rate, depth float64

	mu                sync.Mutex
	tokens            float64
	at                time.Time
	accepted, refused int
}

func (b *bucket) Do(*http.Request) (*http.Response, error) {
	time.Sleep(20 * time.Millisecond)
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.at.IsZero() {
		b.at, b.tokens = now, b.depth
	}
	b.tokens, b.at = min(b.depth, b.tokens+now.Sub(b.at).Seconds()*b.rate), now
	if b.tokens < 1 {
		b.refused++
		return inMemory(429, "TooManyRequestsException", `{"message":"Maximum sending rate exceeded."}`), nil
	}
	b.tokens--
	b.accepted++
	return inMemory(200, "", `{"MessageId":"0102"}`), nil
}

// storm has clients send one message after the other, all together at twice the
// rate that there is.
func storm(t *testing.T, b *bucket, clients int, lasts time.Duration, told func() float64) {
	relay := New(worldConfig(b.Do), Options{Timeout: 25 * time.Second, Rate: told})
	msg := message()
	msg.Recipients = msg.Recipients[:1]
	start := time.Now()
	every := time.Duration(float64(clients) / (2 * b.rate) * float64(time.Second))
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			time.Sleep(every * time.Duration(i) / time.Duration(clients))
			for time.Since(start) < lasts {
				began := time.Now()
				_, err := relay.Send(t.Context(), msg)
				if took := time.Since(began); took > 25*time.Second {
					t.Errorf("a client waited %v", took)
				}
				if err != nil && !isThrottled(err) {
					t.Error(err)
				}
				time.Sleep(max(every-time.Since(began), 0))
			}
		})
	}
	wg.Wait()
	took := time.Since(start).Seconds()
	goodput := float64(b.accepted) / took / b.rate
	wasted := float64(b.refused) / float64(b.accepted+b.refused)
	t.Logf("%.1f %% of the rate used, %.2f %% of %d sends refused", 100*goodput, 100*wasted, b.accepted+b.refused)
	if goodput < 0.95 || wasted > 0.01 {
		t.Errorf("want 95 %% and at most 1 %%")
	}
}

// Reliability test R05, which lasts ten minutes; less where the cost of finding the
// rate out weighs little sooner. With the rate that SES tells, and with one that others
// use most of.
func TestAThrottleStormIsPaced(t *testing.T) {
	t.Parallel()
	told := func(rate float64) func() float64 { return func() float64 { return rate } }
	for _, tt := range []struct {
		name    string
		bucket  *bucket
		clients int
		lasts   time.Duration
		told    func() float64
	}{
		{"as told", &bucket{rate: 14, depth: 14}, 50, 4 * time.Minute, told(14)},
		{"not told", &bucket{rate: 14, depth: 14}, 50, 4 * time.Minute, nil},
		{"told too much", &bucket{rate: 200, depth: 20}, 100, time.Minute, told(5000)},
		{"told a little too much", &bucket{rate: 14, depth: 3}, 50, 10 * time.Minute, told(20)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { storm(t, tt.bucket, tt.clients, tt.lasts, tt.told) })
		})
	}
}

// What goes through while nobody waits is what was offered, not a rate of SES's.
func TestARefusalOfWhoDoesNotWaitMeasuresNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pacer{most: func() float64 { return 5000 }}
		time.Sleep(time.Second)
		p.refused(time.Now())
		for range 2 * enough {
			time.Sleep(10 * time.Millisecond)
			if err := p.wait(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			p.taken(1)
		}
		p.refused(time.Now())
		if got := p.limit(); got < 500 {
			t.Errorf("%.0f recipients a second, though a hundred a second were all that was offered", got)
		}
	})
}

func TestWhoWouldWaitForTooLongIsToldForHowLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		relay := New(worldConfig((&bucket{rate: 1, depth: 1}).Do), Options{Timeout: 10 * time.Second, Rate: func() float64 { return 1 }})
		msg := message()
		msg.Recipients = make([]string, 30)
		for range 2 { // the second takes its place behind the first
			start := time.Now()
			receipt, err := relay.Send(t.Context(), msg)
			var pace *paceError
			if errors.As(err, &pace) && (receipt.Attempts > 0 || receipt.Ambiguous || time.Since(start) > 0) {
				t.Errorf("receipt %+v after %v", receipt, time.Since(start))
			}
		}
		_, err := send(t, relay)
		if want := "Maximum sending rate exceeded: at 1 recipients a second, those who wait already take 29s"; !contains(err, want) {
			t.Errorf("error %v, want %q", err, want)
		}
	})
}

// Reliability test R06.
func TestTheDailyQuotaIsAskedForOnceAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked, free := 0, time.Now().Add(10*time.Minute)
		relay := New(worldConfig(func(*http.Request) (*http.Response, error) {
			asked++
			if time.Now().Before(free) {
				return inMemory(429, "TooManyRequestsException", `{"message":"Daily message quota exceeded."}`), nil
			}
			return inMemory(200, "", `{"MessageId":"0102"}`), nil
		}), Options{})
		for time.Now().Before(free) {
			if _, err := send(t, relay); !contains(err, "Daily message quota exceeded") || !isDailyQuota(err) {
				t.Fatalf("error %v", err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if asked > 11 {
			t.Errorf("SES was asked %d times in ten minutes", asked)
		}
		time.Sleep(time.Minute)
		for range 3 {
			if _, err := send(t, relay); err != nil {
				t.Errorf("the quota is free: %v", err)
			}
		}
	})
}
