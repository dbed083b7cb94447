package facts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"sesgate/cache"
)

const (
	saveEvery = 30 * time.Second // at most
	warnEvery = time.Hour        // of a file that cannot be written

	// end is the last line of a file that is kept: YAML that is cut off may still be
	// YAML, in which a boundary or a policy is missing.
	end = "# end\n"
)

// Keep has c write what it knows to a file, so that another one can begin with it,
// now and then and when c is closed. A file that cannot be written costs a warning
// once in a while. It is called before c is used, and once.
func (c *Cached) Keep(path string, warn func(error)) {
	k := &keeper{known: c, path: path, warn: warn}
	ctx, cancel := context.WithCancel(context.Background())
	c.keeping.Go(func() { k.run(ctx) })
	c.stopKeeping = cancel
}

// keeper writes what is known to a file.
type keeper struct {
	known *Cached
	path  string
	warn  func(error)

	reads  uint64 // that what is written rests on
	text   []byte // what is written
	warned time.Time
}

// run saves until ctx ends, and then once more.
func (k *keeper) run(ctx context.Context) {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			k.save()
		case <-ctx.Done():
			k.save()
			return
		}
	}
}

// save writes the file if something was read since it was written.
func (k *keeper) save() {
	reads := k.known.reads()
	if reads == k.reads {
		return
	}
	f := k.known.file()
	if !f.Whole() {
		return // the file of before is worth more
	}
	text, err := f.Text()
	text = append(text, end...)
	if err == nil && !bytes.Equal(text, k.text) {
		err = replace(k.path, text)
	}
	if err == nil {
		k.reads, k.text, k.warned = reads, text, time.Time{}
		return
	}
	if now := time.Now(); k.warned.IsZero() || now.Sub(k.warned) >= warnEvery {
		k.warned = now
		k.warn(fmt.Errorf("what is known about AWS is not kept for the next start: %w", err))
	}
}

// reads is how many facts were read.
func (c *Cached) reads() (n uint64) {
	for _, s := range c.Stats() {
		n += s.Loads - s.Errors
	}
	return n
}

// file is what is known of the present caller. Recipients are not in it, nor the
// endpoint, which is a matter of this machine.
func (c *Cached) file() *File {
	f := &File{doc: document{Version: version, held: held{Regions: map[string]*region{}}}}
	h := &f.doc.held
	f.part = part{"memory", h}
	caller, ok := c.caller.Peek(struct{}{})
	if !ok || caller.At.IsZero() {
		return f
	}
	keep(&h.Caller, fact(caller))
	if p, ok := c.principal.Peek(caller.Value); ok {
		keep(&h.Principal, fact(p))
	}
	if o, ok := c.organization.Peek(caller.Value); ok {
		keepNamed(&h.Organizations, caller.Value.Account, fact(o))
	}
	for name, r := range c.account.All() {
		keep(&h.in(name).Account, fact(r))
	}
	for name, r := range c.index.All() {
		keep(&h.in(name).Index, fact(r))
	}
	for at, r := range c.identity.All() {
		if r.Value.Exists {
			keepNamed(&h.in(at.region).Identities, at.name, fact(r))
		}
	}
	for at, r := range c.set.All() {
		keepNamed(&h.in(at.region).ConfigurationSets, at.name, fact(r))
	}
	for at, r := range c.tenant.All() {
		keepNamed(&h.in(at.region).Tenants, at.name, fact(r))
	}
	for at, r := range c.endpoints.All() {
		keepNamed(&h.in(at.region).GlobalEndpoints, at.name, fact(r))
	}
	return f
}

// in is a region to write to.
func (h *held) in(name string) *region {
	if h.Regions == nil {
		h.Regions = make(map[string]*region)
	}
	if h.Regions[name] == nil {
		h.Regions[name] = &region{}
	}
	return h.Regions[name]
}

func fact[T any](r cache.Result[T]) Fact[T] { return Fact[T]{Value: r.Value, At: r.At} }

// Restore has c begin with what Keep has left in a file, each fact as old as it is.
// It is taken in once it is known who sends, and only if that is who sent before. A
// file that cannot be used costs a warning; one that is not there costs nothing. It
// is called before c is used.
func (c *Cached) Restore(path string, warn func(error)) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	former := &former{warn: warn}
	if err == nil && !bytes.HasSuffix(text, []byte(end)) {
		err = fmt.Errorf("%s was cut off or written by others", path)
	}
	if err == nil {
		former.file, err = Load(path, text)
	}
	if err != nil {
		warn(fmt.Errorf("what was known at the last stop is not used: %w", err))
		return
	}
	c.former.Store(former)
}

// former is what was known before c was made, until it is taken in.
type former struct {
	file *File
	warn func(error)
	once sync.Once
}

// restore takes in what was known before, as soon as it is known who sends.
func (g *gathering) restore() {
	f := g.former.Load()
	if f == nil {
		return
	}
	caller := learn(g, g.caller.Begin(struct{}{}, 0), subject{kind: KindCaller})
	if caller.Known() {
		f.once.Do(func() { g.take(f, caller.Value) })
		g.former.Store(nil)
	}
}

// take puts the facts of before into the caches.
func (c *Cached) take(f *former, caller Caller) {
	h := f.file.held
	if h.Caller == nil || holder(h.Caller.Value.ARN) != holder(caller.ARN) {
		f.warn(fmt.Errorf("what was known at the last stop is not used: %s is about another principal than %s", f.file.part.file, caller.ARN))
		return
	}
	put(c.principal, caller, h.Principal)
	put(c.organization, caller, h.Organizations[caller.Account])
	for name, r := range h.Regions {
		put(c.account, name, r.Account)
		put(c.index, name, r.Index)
		putNamed(c.identity, name, r.Identities)
		putNamed(c.set, name, r.ConfigurationSets)
		putNamed(c.tenant, name, r.Tenants)
		putNamed(c.endpoints, name, r.GlobalEndpoints)
	}
}

func put[K comparable, T any](to *cache.Cache[K, T], key K, fact *dated[T]) {
	if fact != nil {
		to.Put(key, fact.Value, fact.Read)
	}
}

func putNamed[T any](to *cache.Cache[regional, T], region string, facts map[string]*dated[T]) {
	for name, fact := range facts {
		put(to, regional{region, name}, fact)
	}
}
