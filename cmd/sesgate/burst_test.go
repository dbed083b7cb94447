package main

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"sesgate/proxy"
)

func TestMemoryIsGivenBackOnceABurstIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(context.Background())
		load := &bursts{}
		over := make(chan struct{})
		go func() {
			defer close(over)
			load.watch(ctx)
		}()
		collections := func() uint32 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.NumForcedGC
		}
		before := collections()
		for range burst - 1 {
			load.Record(proxy.Event{})
		}
		time.Sleep(time.Minute)
		if got := collections(); got != before {
			t.Errorf("%d collections for a few messages", got-before)
		}
		for range 10 { // it goes on
			load.Record(proxy.Event{})
			time.Sleep(burstOver / 2)
		}
		if got := collections(); got != before {
			t.Errorf("%d collections within a burst", got-before)
		}
		time.Sleep(time.Minute)
		if got := collections(); got != before+2 {
			t.Errorf("%d collections after it, want 2", got-before)
		}
		stop()
		<-over
	})
}
