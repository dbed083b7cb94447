package facts

import (
	"context"
	"sync"
	"time"

	"sesgate/cache"
)

// gathering is one Snapshot in the making. It starts every read whose key is
// known before it waits for any.
type gathering struct {
	*Cached
	query  Query
	budget budget
	snap   Snapshot
}

func (c *Cached) gather(ctx context.Context, q Query, wait time.Duration) Snapshot {
	g := &gathering{Cached: c, query: q, budget: budget{parent: ctx, wait: wait}}
	defer g.budget.end()
	g.snap.Region = q.Region

	who := g.begin()
	endpoint := c.endpoint.Begin(q.Region, q.maxAge(KindEndpoint))
	account := c.account.Begin(q.Region, q.maxAge(KindAccount))
	index := c.index.Begin(q.Region, q.maxAge(KindIndex|KindIdentity))

	g.snap.Account = learn(g, account, subject{kind: KindAccount, region: q.Region})
	g.snap.Index = learn(g, index, subject{kind: KindIndex, region: q.Region})
	g.identities()
	g.snap.Endpoint = learn(g, endpoint, subject{kind: KindEndpoint, region: q.Region})
	who.end()
	return g.snap
}

// who is the reading of the caller and of what hangs on it. Where the caller is
// at hand, the rest begins at once; else it follows in a goroutine of its own.
type who struct {
	*gathering
	principal    cache.Pending[Principal]
	organization cache.Pending[Organization]
	later        *sync.WaitGroup // nil: begun already
}

func (g *gathering) begin() *who {
	w := &who{gathering: g}
	caller := g.caller.Begin(struct{}{}, g.query.maxAge(KindCaller))
	if !caller.Waits() {
		w.follow(caller)
		return w
	}
	w.later = new(sync.WaitGroup)
	w.later.Go(func() {
		w.follow(caller)
		w.finish()
	})
	return w
}

// follow begins what the caller is the key of.
func (w *who) follow(caller cache.Pending[Caller]) {
	w.snap.Caller = learn(w.gathering, caller, subject{kind: KindCaller})
	if !w.snap.Caller.Known() {
		return
	}
	w.principal = w.Cached.principal.Begin(w.snap.Caller.Value, w.query.maxAge(KindPrincipal))
	w.organization = w.Cached.organization.Begin(w.snap.Caller.Value, w.query.maxAge(KindOrganization))
}

func (w *who) end() {
	if w.later != nil {
		w.later.Wait()
		return
	}
	w.finish()
}

func (w *who) finish() {
	caller := w.snap.Caller
	if !caller.Known() {
		w.snap.Principal = Fact[Principal]{Gap: caller.Gap, From: caller.From}
		w.snap.Organization = Fact[Organization]{Gap: caller.Gap, From: caller.From}
		return
	}
	w.snap.Principal = learn(w.gathering, w.principal, subject{kind: KindPrincipal, name: caller.Value.ARN})
	w.snap.Organization = learn(w.gathering, w.organization, subject{kind: KindOrganization, name: caller.Value.Account})
	w.reread()
}

// reread has a principal that is known in part read again in the background, as
// soon as a cache would ask again that was told nothing at all.
func (w *who) reread() {
	p := w.snap.Principal
	if len(p.Value.Gaps) == 0 {
		return
	}
	again := time.Minute
	if passing(p.Value) != nil {
		again = 10 * time.Second
	}
	w.Cached.principal.Begin(w.snap.Caller.Value, again)
}

// learn waits for a value within the budget.
func learn[T any](g *gathering, p cache.Pending[T], of subject) Fact[T] {
	ctx := g.budget.parent
	if p.Waits() {
		ctx = g.budget.context()
	}
	r := p.Wait(ctx)
	if r.At.IsZero() {
		return Fact[T]{Gap: of.gap(r.Err), From: r.Status}
	}
	return Fact[T]{Value: r.Value, At: r.At, From: r.Status}
}

// budget is the time that one gathering may wait. It costs nothing until it is
// drawn on.
type budget struct {
	parent context.Context
	wait   time.Duration // 0: as long as parent allows
	once   sync.Once
	ctx    context.Context
	cancel context.CancelFunc
}

func (b *budget) context() context.Context {
	b.once.Do(func() {
		if b.wait == 0 {
			b.ctx, b.cancel = context.WithCancel(b.parent)
			return
		}
		b.ctx, b.cancel = context.WithTimeout(b.parent, b.wait)
	})
	return b.ctx
}

func (b *budget) end() {
	if b.cancel != nil {
		b.cancel()
	}
}
