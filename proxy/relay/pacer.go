package relay

import (
	"container/list"
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/aws/smithy-go"
)

const (
	// slack is how far behind the sending rate a relay may be and catch up. SES takes
	// short bursts, too (Developer Guide, "Sending quotas").
	slack = time.Second

	// idle is how far behind it is that nobody was waiting: what goes through then is
	// what was offered, not what SES takes.
	idle = 50 * time.Millisecond

	// A rate that was measured grows so slowly that about one send in 300 finds out
	// that it still is the limit. The longer none does, the faster it grows.
	careful = 0.05 / 200
	bold    = 0.02

	// margin is what is used of a rate that was measured.
	margin = 0.98

	// enough sends that went through between two refusals measure a rate.
	enough = 10

	// slowest is how slow it gets: one recipient a second is what the sandbox has.
	slowest = 0.5
)

// pacer spreads recipients over time, as SES counts them: against the account's
// sending rate, which others use, too. It begins with the rate that SES tells, or
// with none, and learns from refusals: what went through between two of them,
// with senders waiting all the while, is the rate that there is.
//
// https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html
type pacer struct {
	most func() float64 // recipients a second that the account has; 0: not known

	mu      sync.Mutex
	queue   list.List // of *turn, first come first
	waiting float64   // recipients in the queue
	free    time.Time // when the first may go

	rate   float64   // recipients a second; 0: SES has refused none yet
	growth float64   // of rate, with a recipient
	cut    time.Time // when rate was last reduced
	since  float64   // recipients taken since then
	busy   bool      // somebody has been waiting ever since

	second time.Time // whose recipients recent counts
	recent float64   // recipients sent while no rate is known
}

// turn is a place in the queue.
type turn struct {
	recipients float64
	come       chan struct{} // closed once it is the first
}

// wait waits until n recipients may be sent. It fails, at once if that can be
// foreseen, if that is later than the middle of the time that ctx gives: SES needs
// the rest to answer.
func (p *pacer) wait(ctx context.Context, n int) error {
	most := time.Duration(math.MaxInt64)
	if deadline, ok := ctx.Deadline(); ok {
		most = time.Until(deadline) / 2
	}
	place, err := p.enter(float64(n), most)
	if err != nil || place == nil {
		return err
	}
	defer p.leave(place)
	t := place.Value.(*turn)
	timer := time.NewTimer(most)
	defer timer.Stop()
	begun := time.Now()
	select {
	case <-t.come:
	case <-timer.C:
		return p.late(most)
	case <-ctx.Done():
		return fmt.Errorf("wait for the sending rate: %w", ctx.Err())
	}
	for {
		d := p.pass(t.recipients)
		switch {
		case d == 0:
			return nil
		case time.Since(begun)+d > most:
			return p.late(most)
		case !pause(ctx, d):
			return fmt.Errorf("wait for the sending rate: %w", context.Canceled)
		}
	}
}

// enter takes a place in the queue; nil if there is no need to wait.
func (p *pacer) enter(n float64, most time.Duration) (*list.Element, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	rate, now := p.limit(), time.Now()
	if rate == 0 {
		p.count(now, n)
		return nil, nil
	}
	if p.queue.Len() == 0 && !p.free.After(now) {
		p.spend(now, n, rate)
		return nil, nil
	}
	if d := max(p.free.Sub(now), 0) + seconds(p.waiting/rate); d > most {
		return nil, &paceError{rate, d}
	}
	t := &turn{recipients: n, come: make(chan struct{})}
	if p.queue.Len() == 0 {
		close(t.come)
	}
	p.waiting += n
	return p.queue.PushBack(t), nil
}

// pass lets the first of the queue go, or says how long it has to wait still.
func (p *pacer) pass(n float64) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if d := p.free.Sub(now); d > 0 {
		return d
	}
	p.spend(now, n, p.limit())
	return 0
}

// spend moves on the time at which the next may go.
func (p *pacer) spend(now time.Time, n, rate float64) {
	if behind := now.Sub(p.free); behind > idle {
		p.busy = false
		p.free = now.Add(-min(behind, slack))
	}
	p.free = p.free.Add(seconds(n / rate))
}

// leave gives a place up, whether its turn has come or not.
func (p *pacer) leave(place *list.Element) {
	p.mu.Lock()
	defer p.mu.Unlock()
	first := p.queue.Front() == place
	p.queue.Remove(place)
	p.waiting -= place.Value.(*turn).recipients
	if next := p.queue.Front(); first && next != nil {
		close(next.Value.(*turn).come)
	}
}

// late is the error of who has waited in vain.
func (p *pacer) late(waited time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return &paceError{p.limit(), waited}
}

// limit is the rate in force; 0 is none.
func (p *pacer) limit() float64 {
	told := 0.0
	if p.most != nil {
		told = max(p.most(), 0)
	}
	if p.rate == 0 || told == 0 {
		return max(p.rate, told)
	}
	p.rate = min(p.rate, told)
	return p.rate
}

// count keeps how many recipients a second has seen as long as no rate is known.
func (p *pacer) count(now time.Time, n float64) {
	if now.Sub(p.second) >= time.Second {
		p.second, p.recent = now, 0
	}
	p.recent += n
}

// taken notes that SES has taken n recipients.
func (p *pacer) taken(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.since += float64(n)
	growth := min(p.growth*math.Exp2(p.since/200), bold)
	p.rate *= math.Pow(1+growth, float64(n))
}

// refused notes that SES has refused a send that began at a time, because of the
// rate. What was on its way when the rate was reduced tells nothing new.
func (p *pacer) refused(began time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !began.After(p.cut) {
		return
	}
	now := time.Now()
	switch known := p.limit(); {
	case p.busy && p.since >= enough:
		p.rate, p.growth = margin*p.since/now.Sub(p.cut).Seconds(), careful
		if p.rate < known*0.8 { // it grew all the while: this is its mean, not its end
			p.growth = 4 * careful
		}
	case known == 0:
		p.rate, p.growth = max(p.recent/2, 1), bold
	case p.rate == 0: // not what SES tells: others send, too, and how much is not known
		p.rate, p.growth = known/4, bold
	default:
		p.rate, p.growth = known/2, bold
	}
	p.rate = max(p.rate, slowest)
	p.cut, p.since, p.busy = now, 0, true
	p.free = now.Add(seconds(1 / p.rate))
}

// paceError is a send that would have had to wait for too long. It reads like the
// refusal by SES that it saves.
type paceError struct {
	rate float64
	wait time.Duration
}

func (e *paceError) Error() string               { return e.ErrorCode() + ": " + e.ErrorMessage() }
func (*paceError) ErrorCode() string             { return "TooManyRequestsException" }
func (*paceError) ErrorFault() smithy.ErrorFault { return smithy.FaultServer }
func (e *paceError) ErrorMessage() string {
	return fmt.Sprintf("Maximum sending rate exceeded: at %.3g recipients a second, those who wait already take %s",
		e.rate, e.wait.Round(time.Second))
}

// seconds is a time in seconds, at most an hour.
func seconds(s float64) time.Duration {
	return time.Duration(min(s, 3600) * float64(time.Second))
}
