package facts

import (
	"context"
	"slices"
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

func (c *Cached) gather(ctx context.Context, q Query, wait time.Duration) *Snapshot {
	g := &gathering{Cached: c, query: q, budget: budget{parent: ctx, wait: wait}}
	defer g.budget.end()
	g.snap.Region = q.Region
	g.restore()

	who, later := g.begin()
	endpoint := c.endpoint.Begin(q.Region, q.maxAge(KindEndpoint))
	account := c.account.Begin(q.Region, q.maxAge(KindAccount))
	index := c.index.Begin(q.Region, q.maxAge(KindIndex|KindIdentity))
	special := g.beginSpecial()

	g.snap.Account = learn(g, account, subject{kind: KindAccount, region: q.Region})
	g.snap.Index = learn(g, index, subject{kind: KindIndex, region: q.Region})
	g.identities()
	g.special(special)
	g.snap.Endpoint = learn(g, endpoint, subject{kind: KindEndpoint, region: q.Region})
	if later != nil {
		later.Wait()
	} else {
		g.finish(who)
	}
	return &g.snap
}

// who is the reading of what hangs on the caller.
type who struct {
	principal    cache.Pending[Principal]
	organization cache.Pending[Organization]
}

// begin reads the caller. Where it is at hand, what hangs on it begins at once;
// else that follows in a goroutine of its own, and later ends with it.
func (g *gathering) begin() (w who, later *sync.WaitGroup) {
	caller := g.caller.Begin(struct{}{}, g.query.maxAge(KindCaller))
	if !caller.Waits() {
		return g.follow(caller), nil
	}
	later = new(sync.WaitGroup)
	later.Go(func() { g.finish(g.follow(caller)) })
	return w, later
}

// follow begins what the caller is the key of.
func (g *gathering) follow(caller cache.Pending[Caller]) (w who) {
	g.snap.Caller = learn(g, caller, subject{kind: KindCaller})
	if !g.snap.Caller.Known() {
		return w
	}
	w.principal = g.principal.Begin(g.snap.Caller.Value, g.query.maxAge(KindPrincipal))
	w.organization = g.organization.Begin(g.snap.Caller.Value, g.query.maxAge(KindOrganization))
	return w
}

func (g *gathering) finish(w who) {
	caller := g.snap.Caller
	if !caller.Known() {
		g.snap.Principal = Fact[Principal]{Gap: caller.Gap, From: caller.From}
		g.snap.Organization = Fact[Organization]{Gap: caller.Gap, From: caller.From}
		return
	}
	g.snap.Principal = learn(g, w.principal, subject{kind: KindPrincipal, name: caller.Value.ARN})
	g.snap.Organization = learn(g, w.organization, subject{kind: KindOrganization, name: caller.Value.Account})
	g.reread()
	g.rereadLevels()
}

// reread has a principal that is known in part read again in the background, as
// soon as a cache would ask again that was told nothing at all.
func (g *gathering) reread() {
	p := &g.snap.Principal
	if len(p.Value.Gaps) == 0 {
		return
	}
	again := time.Minute
	if passing(p.Value) != nil {
		again = 10 * time.Second
	}
	g.principal.Begin(g.snap.Caller.Value, again)
}

// special is the reading of what few messages ask for.
type special struct {
	tenant   cache.Pending[Tenant]
	endpoint cache.Pending[GlobalEndpoint]
	opinion  cache.Pending[Opinion]
}

func (g *gathering) beginSpecial() (p special) {
	q := &g.query
	if q.Tenant != "" {
		p.tenant = g.tenant.Begin(regional{q.Region, q.Tenant}, q.maxAge(KindTenant))
	}
	if q.EndpointID != "" {
		p.endpoint = g.endpoints.Begin(regional{q.Region, q.EndpointID}, q.maxAge(KindGlobalEndpoint))
	}
	if q.Simulation != nil {
		p.opinion = g.opinion.Begin(q.Simulation.question(), q.maxAge(KindOpinion))
	}
	return p
}

func (g *gathering) special(p special) {
	q := &g.query
	if q.Tenant != "" {
		g.snap.Tenant = learn(g, p.tenant, subject{KindTenant, q.Region, q.Tenant})
	}
	if q.EndpointID != "" {
		g.snap.GlobalEndpoint = learn(g, p.endpoint, subject{KindGlobalEndpoint, q.Region, q.EndpointID})
		g.elsewhere(g.secondRegions())
	}
	if q.Simulation != nil {
		g.snap.Opinion = learn(g, p.opinion, subject{KindOpinion, q.Region, q.Simulation.Principal})
	}
	if q.Suppression {
		g.suppressions()
	}
}

// secondRegions are the regions of the multi-region endpoint besides that of the
// query, less those that have been looked at: SES sends from each.
func (g *gathering) secondRegions() []string {
	return slices.DeleteFunc(slices.Clone(g.snap.GlobalEndpoint.Value.Regions), func(region string) bool {
		_, seen := g.snap.Elsewhere[region]
		return seen || region == g.query.Region
	})
}

// suppressions looks the recipients up, all at once: a message has to wait for SES's
// pace only once.
func (g *gathering) suppressions() {
	reads := make([]cache.Pending[Suppression], len(g.query.Recipients))
	for i, address := range g.query.Recipients {
		reads[i] = g.suppression.Begin(regional{g.query.Region, address}, g.query.maxAge(KindSuppression))
	}
	g.snap.Suppressed = make(map[string]Fact[Suppression], len(reads))
	for i, address := range g.query.Recipients {
		g.snap.Suppressed[address] = learn(g, reads[i], subject{KindSuppression, g.query.Region, address})
	}
}

// rereadLevels does the same for service control policies, which cannot be read
// at the pace of anything else.
func (g *gathering) rereadLevels() {
	if gap := g.snap.Organization.Value.LevelsGap; gap != nil && !refused(gap) {
		g.organization.Begin(g.snap.Caller.Value, time.Minute)
	}
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
