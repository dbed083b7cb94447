package facts

import (
	"strings"
	"time"

	"sesgate/cache"
)

// identities looks up the senders' identities, the configuration set, and where
// they matter the recipients' identities and those of other regions.
func (g *gathering) identities() {
	q := &g.query
	explicit := g.beginSet(q.ConfigurationSet)
	here := lookup{gathering: g, region: q.Region, index: g.snap.Index, maxAge: q.maxAge(KindIdentity)}
	first := here.senders(q.Senders)
	if q.ConfigurationSet != "" {
		g.learnSet(q.ConfigurationSet, explicit)
	} else if first.ConfigurationSet != "" {
		g.learnSet(first.ConfigurationSet, g.beginSet(first.ConfigurationSet))
	}
	here.foreign(q.IdentityARNs)
	if g.snap.Account.Known() && g.snap.Account.Value.Sandbox {
		here.recipients(q.Recipients)
	}
	g.snap.Identities = here.found
	if !first.VerifiedToSend {
		g.elsewhere(q.Elsewhere)
	}
}

// beginSet starts to read a configuration set, if one is named.
func (g *gathering) beginSet(name string) (p cache.Pending[ConfigurationSet]) {
	if name == "" {
		return p
	}
	return g.set.Begin(regional{g.query.Region, name}, g.query.maxAge(KindConfigurationSet))
}

func (g *gathering) learnSet(name string, p cache.Pending[ConfigurationSet]) {
	g.snap.ConfigurationSets = map[string]Fact[ConfigurationSet]{
		name: learn(g, p, subject{KindConfigurationSet, g.query.Region, name}),
	}
}

// elsewhere looks the first sender up in other regions.
func (g *gathering) elsewhere(regions []string) {
	if len(regions) == 0 || len(g.query.Senders) == 0 {
		return
	}
	indexes := make([]cache.Pending[Index], len(regions))
	for i, region := range regions {
		indexes[i] = g.index.Begin(region, 0)
	}
	if g.snap.Elsewhere == nil {
		g.snap.Elsewhere = make(map[string]map[string]Fact[Identity], len(indexes))
	}
	for i, region := range regions {
		index := learn(g, indexes[i], subject{kind: KindIndex, region: region})
		there := lookup{gathering: g, region: region, index: index, listed: true}
		there.resolve(g.query.Senders[0])
		g.snap.Elsewhere[region] = there.found
	}
}

// lookup finds the identities of addresses in one region.
type lookup struct {
	*gathering
	region string
	index  Fact[Index]
	maxAge time.Duration
	listed bool // what the index says is enough
	found  map[string]Fact[Identity]
}

// senders resolves all and returns what the first resolves to, as far as known.
func (l *lookup) senders(addresses []string) (first Identity) {
	for i, address := range addresses {
		l.snap.senders = append(l.snap.senders, candidates{address, Candidates(address)})
		f := l.resolve(address)
		if i == 0 {
			first = f
		}
	}
	return first
}

// foreign looks up identities of other accounts, by ARN: in the region of the ARN.
func (l *lookup) foreign(arns []string) {
	for _, arn := range arns {
		if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
			l.keep(arn, l.readIn(parts[3], arn))
		}
	}
}

func (l *lookup) recipients(addresses []string) {
	l.listed = !l.query.Full
	for _, address := range addresses {
		l.resolve(address)
	}
}

// resolve looks the candidates of address up, up to the first that exists.
func (l *lookup) resolve(address string) Identity {
	for _, name := range l.snap.Candidates(address) {
		f, ok := l.found[name]
		if !ok {
			f = l.identity(name)
			l.keep(name, f)
		}
		if f.Known() && f.Value.Exists {
			return f.Value
		}
	}
	return Identity{}
}

func (l *lookup) keep(name string, f Fact[Identity]) {
	if l.found == nil {
		l.found = make(map[string]Fact[Identity])
	}
	l.found[name] = f
}

// identity looks one name up: in the index, and where that may not be read by
// asking for the identity itself. An index that is late or failed has the
// identity unknown: SES, which allows one read a second, is not asked more.
func (l *lookup) identity(name string) Fact[Identity] {
	index := l.index
	if !index.Known() {
		if !declined(index.Gap) {
			return Fact[Identity]{Gap: index.Gap, From: index.From}
		}
		return l.read(name)
	}
	entry, ok := index.Value.find(name)
	switch {
	case !ok:
		return Fact[Identity]{Value: Identity{Name: name}, At: index.At, From: index.From}
	case l.listed:
		return Fact[Identity]{Value: entry.identity(), At: index.At, From: index.From}
	}
	f := l.read(entry.Name)
	if f.Known() && !f.Value.Exists {
		// The index has it, and SES itself does not: one of them is not up to date.
		f.Gap = &Gap{What: "identity " + entry.Name + " in " + l.region, Call: "ses:GetEmailIdentity", Err: errDisagree}
	}
	return f
}

func (l *lookup) read(name string) Fact[Identity] { return l.readIn(l.region, name) }

func (l *lookup) readIn(region, name string) Fact[Identity] {
	identity := l.Cached.identity.Begin(regional{region, name}, l.maxAge)
	return learn(l.gathering, identity, subject{KindIdentity, region, name})
}
