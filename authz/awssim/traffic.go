package awssim

import (
	"math"
	"time"
)

// traffic is what a region has been asked so far. The world's lock guards it.
type traffic struct {
	sends bucket
	reads bucket
	hours []hour // recipients sent to, oldest first
}

type hour struct {
	start      time.Time
	recipients float64
}

// bucket is a token bucket; the zero value is full.
type bucket struct {
	spent float64
	last  time.Time
}

// jitter is how much too early, in tokens, a call may come: clients that keep to
// the rate by their own clock are not refused for the network's unevenness.
const jitter = 0.25

// take spends n tokens of a bucket that holds as many as it gets a second, at
// least one. It may overdraw what is there, so that a message to more recipients
// than that can pass at all: SES's rate is a sustained one.
func (b *bucket) take(now time.Time, rate, n float64) bool {
	if now.After(b.last) { // calls that came at once may get here in any order
		b.spent = math.Max(0, b.spent-rate*now.Sub(b.last).Seconds())
		b.last = now
	}
	if b.spent > math.Max(rate, 1)-1+jitter {
		return false
	}
	b.spent += n
	return true
}

func (w *World) trafficOf(region string) *traffic {
	if w.traffic[region] == nil {
		w.traffic[region] = &traffic{}
	}
	return w.traffic[region]
}

// today counts the recipients of the last 24 hours, by whole hours.
func (t *traffic) today(now time.Time) float64 {
	for len(t.hours) > 0 && now.Sub(t.hours[0].start) >= 24*time.Hour {
		t.hours = t.hours[1:]
	}
	sum := 0.0
	for _, h := range t.hours {
		sum += h.recipients
	}
	return sum
}

func (t *traffic) count(now time.Time, n float64) {
	start := now.Truncate(time.Hour)
	if last := len(t.hours) - 1; last < 0 || !t.hours[last].start.Equal(start) {
		t.hours = append(t.hours, hour{start: start})
	}
	t.hours[len(t.hours)-1].recipients += n
}

// admitRead limits all calls but sending ones, where the world asks for it.
// Source: Amazon SES Developer Guide, "Service quotas": one request a second.
func (w *World) admitRead(c *call) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return c.ControlPlaneRate == 0 || w.trafficOf(c.regionID).reads.take(c.time, c.ControlPlaneRate, 1)
}

func (w *World) sentToday(c *call, a account) float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return a.SentLast24Hours + w.trafficOf(c.regionID).today(c.time)
}

// admitSend counts a message to n recipients against the region's quotas.
// Source: Amazon SES Developer Guide, "Errors related to the sending quotas".
func (w *World) admitSend(c *call, a account, n float64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.trafficOf(c.regionID)
	if a.Max24HourSend >= 0 && a.SentLast24Hours+t.today(c.time)+n > a.Max24HourSend {
		return refuse(429, "TooManyRequestsException", "Daily message quota exceeded.")
	}
	if !t.sends.take(c.time, a.MaxSendRate, n) {
		return refuse(429, "TooManyRequestsException", "Maximum sending rate exceeded.")
	}
	return nil
}
