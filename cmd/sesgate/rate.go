package main

import (
	"context"
	"sync"
	"time"

	"sesgate/authz/facts"
)

// lookAgain is how often the facts are asked for the sending rate.
const lookAgain = 10 * time.Second

// sendRate tells how many recipients a second the account may send to in a region,
// as far as that is known: it waits for nothing. It is safe for concurrent use.
type sendRate struct {
	known  *facts.Cached
	region string

	mu   sync.Mutex
	next time.Time
	rate float64
}

// perSecond is 0 as long as nobody knows.
func (r *sendRate) perSecond() float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if now.Before(r.next) {
		return r.rate
	}
	r.next = now.Add(lookAgain)
	atHand, cancel := context.WithCancel(context.Background())
	cancel()
	if account := r.known.Snapshot(atHand, facts.Query{Region: r.region}).Account; account.Known() {
		r.rate = account.Value.MaxSendRate
	} else {
		r.next = now.Add(time.Second)
	}
	return r.rate
}
