package facts

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"sesgate/cache"
)

// Options are the lifetimes and limits of a [Cached]. The zero value has the
// defaults named below.
type Options struct {
	Wait   time.Duration // longest that a Snapshot waits in all; 0: 2 s
	Soft   time.Duration // how long a fact is fresh, give or take a fifth; 0: 5 min
	Hard   time.Duration // how long a fact may be used at all; 0: 1 h
	Caller time.Duration // how long the caller is fresh: credentials change; 0: 1 min
	Load   time.Duration // longest that one fact may take to read; 0: 30 s
	Size   int           // most identities and configuration sets held; 0: 1,024 each
}

// Cached keeps what a [Source] tells. It is safe for concurrent use; Close ends
// it.
type Cached struct {
	wait time.Duration

	caller       *cache.Cache[struct{}, Caller]
	principal    *cache.Cache[Caller, Principal] // by caller: another is not judged by this one's policies
	organization *cache.Cache[Caller, Organization]
	endpoint     *cache.Cache[string, Endpoint] // by region, as the next two
	account      *cache.Cache[string, Account]
	index        *cache.Cache[string, Index]
	identity     *cache.Cache[regional, Identity]
	set          *cache.Cache[regional, ConfigurationSet]
	tenant       *cache.Cache[regional, Tenant]
	endpoints    *cache.Cache[regional, GlobalEndpoint]
	suppression  *cache.Cache[regional, Suppression]
	opinion      *cache.Cache[string, Opinion] // by the question's text

	former      atomic.Pointer[former] // what was known before; nil: nothing, or taken in
	keeping     sync.WaitGroup
	stopKeeping context.CancelFunc // nil: nothing is kept
}

// regional is a name in a region.
type regional struct{ region, name string }

// maxLoads bounds the identities and configuration sets that are read at a time:
// SES answers one read a second, and senders choose the names.
const maxLoads = 16

// NewCached returns an empty Cached over src.
func NewCached(src Source, opts Options) *Cached {
	common := cache.Options{Soft: opts.Soft, Hard: opts.Hard, Timeout: opts.Load, Refused: refused}
	caller := common
	caller.Soft = cmp.Or(opts.Caller, time.Minute)
	named := common
	named.Size, named.Loads = opts.Size, maxLoads

	c := &Cached{
		wait: cmp.Or(opts.Wait, 2*time.Second),

		caller:   cache.New(func(ctx context.Context, _ struct{}) (Caller, error) { return src.Caller(ctx) }, caller),
		endpoint: cache.New(src.Endpoint, common),
		account:  cache.New(src.Account, common),
		index: cache.New(func(ctx context.Context, region string) (Index, error) {
			index, err := src.Index(ctx, region)
			return index.sorted(), err
		}, common),
		identity: cache.New(func(ctx context.Context, at regional) (Identity, error) {
			return src.Identity(ctx, at.region, at.name)
		}, named),
		set: cache.New(func(ctx context.Context, at regional) (ConfigurationSet, error) {
			return src.ConfigurationSet(ctx, at.region, at.name)
		}, named),
		tenant: cache.New(func(ctx context.Context, at regional) (Tenant, error) {
			return src.Tenant(ctx, at.region, at.name)
		}, named),
		endpoints: cache.New(func(ctx context.Context, at regional) (GlobalEndpoint, error) {
			return src.GlobalEndpoint(ctx, at.region, at.name)
		}, named),
		suppression: cache.New(func(ctx context.Context, at regional) (Suppression, error) {
			return src.Suppression(ctx, at.region, at.name)
		}, named),
		opinion: cache.New(func(ctx context.Context, question string) (Opinion, error) {
			return src.Opinion(ctx, parseQuestion(question))
		}, named),
	}
	c.principal = cache.New(func(ctx context.Context, caller Caller) (Principal, error) {
		return c.readPrincipal(ctx, src, caller)
	}, common)
	far := common
	far.Timeout = cmp.Or(opts.Load, organizationLoad)
	c.organization = cache.New(func(ctx context.Context, caller Caller) (Organization, error) {
		return c.readOrganization(ctx, src, caller)
	}, far)
	return c
}

// organizationLoad is for seven levels of ten policies, at the two a second that AWS
// tells.
const organizationLoad = 2 * time.Minute

// readOrganization keeps levels at hand that cannot be read now for a reason that
// may pass.
func (c *Cached) readOrganization(ctx context.Context, src Source, caller Caller) (Organization, error) {
	o, err := src.Organization(ctx, caller)
	if err != nil || o.LevelsGap == nil || refused(o.LevelsGap) {
		return o, err
	}
	if at, ok := c.organization.Peek(caller); ok && !at.At.IsZero() && at.Value.Levels != nil && at.Value.ID == o.ID {
		return o, o.LevelsGap
	}
	return o, nil
}

// readPrincipal keeps a principal at hand that is known better than the one read
// now.
func (c *Cached) readPrincipal(ctx context.Context, src Source, caller Caller) (Principal, error) {
	p, err := src.Principal(ctx, caller)
	if err != nil {
		return p, err
	}
	return p, c.worse(caller, p)
}

// worse returns a gap of p that may pass, as one of a network that is down, if the
// principal at hand has none: that one is kept for as long as it may be used.
func (c *Cached) worse(caller Caller, p Principal) error {
	gap := passing(p)
	if gap == nil {
		return nil
	}
	at, ok := c.principal.Peek(caller)
	if !ok || at.At.IsZero() || passing(at.Value) != nil {
		return nil
	}
	return gap
}

// passing returns the first gap of p that is no refusal.
func passing(p Principal) *Gap {
	for _, g := range p.Gaps {
		if !refused(g.Gap) {
			return g.Gap
		}
	}
	return nil
}

// Snapshot gathers what one message needs to have known. What is at hand is
// taken; what is missing is waited for until ctx is done or Options.Wait is over.
// It never fails: what could not be had, or not in time, is a [Gap] in its place.
func (c *Cached) Snapshot(ctx context.Context, q Query) *Snapshot {
	return c.gather(ctx, q, c.wait)
}

// Warm reads what every message needs, so that the first need not wait: the
// caller, its policies and organization, and of each region the endpoint, the
// account and the index of identities. It returns when all is read or ctx is done.
func (c *Cached) Warm(ctx context.Context, regions []string) {
	var reads sync.WaitGroup
	for _, region := range regions {
		reads.Go(func() { c.gather(ctx, Query{Region: region}, 0) })
	}
	reads.Wait()
}

// Forget drops what s rests on and people change: the principal, the account, the
// identities with their index, and the configuration sets. It is for an answer of
// SES that contradicts them.
func (c *Cached) Forget(s *Snapshot) {
	c.principal.Forget(s.Caller.Value)
	c.account.Forget(s.Region)
	c.index.Forget(s.Region)
	for name, f := range s.Identities {
		c.identity.Forget(regional{s.Region, name})
		c.identity.Forget(regional{s.Region, f.Value.Name})
	}
	for name := range s.ConfigurationSets {
		c.set.Forget(regional{s.Region, name})
	}
	c.tenant.Forget(regional{s.Region, s.Tenant.Value.Name})
	c.endpoints.Forget(regional{s.Region, s.GlobalEndpoint.Value.ID})
	c.opinion.Purge()
}

// Stats returns the numbers of each kind's cache by the kind's name.
func (c *Cached) Stats() map[string]cache.Stats {
	return map[string]cache.Stats{
		"caller":            c.caller.Stats(),
		"principal":         c.principal.Stats(),
		"organization":      c.organization.Stats(),
		"endpoint":          c.endpoint.Stats(),
		"account":           c.account.Stats(),
		"index":             c.index.Stats(),
		"identity":          c.identity.Stats(),
		"configuration-set": c.set.Stats(),
		"tenant":            c.tenant.Stats(),
		"global-endpoint":   c.endpoints.Stats(),
		"suppression":       c.suppression.Stats(),
		"opinion":           c.opinion.Stats(),
	}
}

// Close ends all reads and waits for them, and for what Keep writes at last. What is
// held can still be had.
func (c *Cached) Close() {
	for _, closer := range []interface{ Close() }{
		c.caller, c.principal, c.organization, c.endpoint, c.account, c.index, c.identity, c.set,
		c.tenant, c.endpoints, c.suppression, c.opinion,
	} {
		closer.Close()
	}
	if c.stopKeeping != nil {
		c.stopKeeping()
		c.keeping.Wait()
	}
}
