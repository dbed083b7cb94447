package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"sesgate/proxy"
)

const (
	burst     = 1000 // messages that leave enough behind to be worth a collection
	burstOver = 100 * time.Millisecond
)

// bursts gives the memory that a burst of messages has taken back to the system
// when it is over. Left alone Go would keep most of it for minutes: nothing is
// allocated any more that would make it collect, and the connections, which stay
// open, keep the stacks that they needed.
type bursts struct {
	messages atomic.Int64
}

// Record counts a message.
func (b *bursts) Record(proxy.Event) { b.messages.Add(1) }

// watch looks for ends of bursts until ctx ends.
func (b *bursts) watch(ctx context.Context) {
	tick := time.NewTicker(burstOver)
	defer tick.Stop()
	var seen, collected int64
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := b.messages.Load()
		if now == seen && now-collected >= burst {
			runtime.GC() // pools let go at the second collection, stacks shrink at each
			debug.FreeOSMemory()
			collected = now
		}
		seen = now
	}
}
