package proxy

import (
	"container/list"
	"math/bits"
	"sync"
	"time"
)

// Budget bounds the memory of messages in flight, over all servers that share it.
// The zero value sets no bound. It is safe for concurrent use; its fields are not
// changed once it is used.
type Budget struct {
	Bytes int64         // for all messages together; 0 sets no bound
	Wait  time.Duration // how long a message waits for others to end; 0 is 2 s

	mu      sync.Mutex
	used    int64
	waiting list.List // of *claim, the oldest first

	buffers [64 * steps]sync.Pool // of *[]byte, by class
}

// An eighth of the budget is for small messages only: large ones cannot keep them
// out.
const (
	small        = 64 << 10
	smallReserve = 8
)

// claim is a message that waits for memory.
type claim struct {
	bytes   int64
	granted chan struct{}
}

// Used returns how many octets messages in flight hold.
func (b *Budget) Used() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}

// Contended reports whether a message waits for memory that others hold.
func (b *Budget) Contended() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.waiting.Len() > 0
}

// take returns an empty buffer of at least the capacity, and what it holds of the
// budget. It reports whether there was room for it within Wait.
func (b *Budget) take(capacity int) (buffer []byte, held int64, ok bool) {
	class := classOf(capacity)
	held = int64(sizeOf(class))
	if !b.acquire(held) {
		return nil, 0, false
	}
	if used, ok := b.buffers[class].Get().(*[]byte); ok {
		return (*used)[:0], held, true
	}
	return make([]byte, 0, held), held, true
}

// reuse lets take return a buffer again. It does not release what the buffer holds.
func (b *Budget) reuse(buffer []byte) {
	if class := classOf(cap(buffer)); sizeOf(class) == cap(buffer) {
		b.buffers[class].Put(&buffer)
	}
}

// acquire waits until n octets are to be had, for Wait at most.
func (b *Budget) acquire(n int64) bool {
	b.mu.Lock()
	if b.fits(n) && (n <= small || b.waiting.Len() == 0) {
		b.used += n
		b.mu.Unlock()
		return true
	}
	c := &claim{bytes: n, granted: make(chan struct{})}
	place := b.waiting.PushBack(c)
	b.mu.Unlock()

	wait := b.Wait
	if wait == 0 {
		wait = 2 * time.Second
	}
	patience := time.NewTimer(wait)
	defer patience.Stop()
	select {
	case <-c.granted:
		return true
	case <-patience.C:
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-c.granted:
		return true
	default:
	}
	b.waiting.Remove(place)
	b.grant()
	return false
}

// release gives n octets back.
func (b *Budget) release(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	b.grant()
}

// grant serves those who wait, in order; small ones pass large ones.
func (b *Budget) grant() {
	blocked := false
	for e := b.waiting.Front(); e != nil; {
		c, next := e.Value.(*claim), e.Next()
		large := c.bytes > small
		if b.fits(c.bytes) && !(large && blocked) {
			b.waiting.Remove(e)
			b.used += c.bytes
			close(c.granted)
		} else {
			blocked = blocked || large
		}
		e = next
	}
}

// fits reports whether n octets more are to be had.
func (b *Budget) fits(n int64) bool {
	if b.Bytes == 0 {
		return true
	}
	bound := b.Bytes
	if n > small {
		bound -= b.Bytes / smallReserve
	}
	return b.used+n <= bound
}

// steps is how many classes of buffers there are from one power of two to the next.
const steps = 8

// classOf is the class of the smallest buffers of at least a capacity.
func classOf(capacity int) int {
	capacity = max(capacity, steps)
	power := bits.Len(uint(capacity)) - 1
	step := 1 << power / steps
	return power*steps + (capacity-1<<power+step-1)/step
}

// sizeOf is the capacity of a class's buffers.
func sizeOf(class int) int {
	power := class / steps
	return 1<<power + class%steps*(1<<power/steps)
}
