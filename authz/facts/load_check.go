package facts

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"sesgate/authz/policy"
)

var (
	shapeOfAccount = regexp.MustCompile(`^[0-9]{12}$`)
	shapeOfRegion  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
)

// check holds what people may have written to what a Source may answer, and fills
// in what follows from the rest.
func (l *loader) check(d *document) {
	switch {
	case d.Version == 0:
		l.wrong(place{"version"}, "missing: version: %d is this format", version)
	case d.Version != version:
		l.wrong(place{"version"}, "%d is not known: this sesgate reads version %d", d.Version, version)
	}
	if d.Region != "" && !shapeOfRegion.MatchString(d.Region) {
		l.wrong(place{"region"}, "%q is not an AWS region such as eu-west-1", d.Region)
	}
	l.held(nil, &d.held)
	for _, role := range slices.Sorted(maps.Keys(d.Roles)) {
		at := place{"roles", role}
		if !strings.Contains(role, ":role/") {
			l.wrong(at, "%q is not the ARN of a role such as arn:aws:iam::111122223333:role/mail", role)
		}
		if d.Roles[role] == nil {
			d.Roles[role] = &held{}
		}
		l.held(at, d.Roles[role])
	}
}

func (l *loader) held(at place, h *held) {
	if h.Caller != nil {
		l.caller(at.of("caller"), &h.Caller.Value)
	}
	if h.Principal != nil {
		l.principal(at.of("principal"), &h.Principal.Value, h.Caller)
	}
	for _, account := range slices.Sorted(maps.Keys(h.Organizations)) {
		here := at.of("organizations", account)
		if !shapeOfAccount.MatchString(account) {
			l.wrong(here, "%q is not the number of an account: 12 digits, in quotation marks", account)
		}
		if o := h.Organizations[account]; o != nil {
			l.organization(here, &o.Value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(h.Regions)) {
		here := at.of("regions", name)
		if !shapeOfRegion.MatchString(name) {
			l.wrong(here, "%q is not an AWS region such as eu-west-1", name)
		}
		l.region(here, h.in(name))
	}
}

func (l *loader) caller(at place, c *Caller) {
	p, err := policy.ParsePrincipal(c.ARN)
	if err != nil || p.Service() {
		l.wrong(at.of("arn"), "%q is not what sts:GetCallerIdentity says of a user or role, such as arn:aws:sts::111122223333:assumed-role/mail/session", c.ARN)
		return
	}
	c.Account, c.Partition = cmp.Or(c.Account, p.Account), cmp.Or(c.Partition, strings.Split(c.ARN, ":")[1])
	if c.Account != p.Account {
		l.wrong(at.of("account"), "%q is not the account in the ARN, %s", c.Account, p.Account)
	}
}

func (l *loader) principal(at place, p *Principal, caller *dated[Caller]) {
	if p.ARN == "" && caller == nil {
		l.wrong(at.of("arn"), "missing: it says whose policies these are")
	}
	if p.Name == "" {
		p.Name = p.ARN[strings.LastIndex(p.ARN, "/")+1:]
	}
	if p.Kind == "" {
		for _, kind := range []string{"role", "user"} {
			if strings.Contains(p.ARN, ":"+kind+"/") {
				p.Kind = kind
			}
		}
	}
	l.oneOf(at.of("kind"), p.Kind, "role", "user", "root", "federated-user")
	l.policies(at.of("policies"), policy.Identity, p.Policies)
	if p.Boundary != nil {
		l.policy(at.of("boundary"), policy.Boundary, p.Boundary)
	}
	p.Gaps = slices.DeleteFunc(p.Gaps, func(g LayerGap) bool { return g.Gap == nil })
}

func (l *loader) organization(at place, o *Organization) {
	if !l.has(at.of("all_features")) {
		o.AllFeatures = true // what organizations are made with
	}
	if o.ID == "" && len(o.Levels) > 0 {
		l.wrong(at.of("id"), "missing: the policies are those of an organization, such as o-exampleorg")
	}
	if o.Restricts() && len(o.Levels) == 0 && o.LevelsGap == nil {
		o.LevelsGap = &Gap{What: "service control policies of organization " + o.ID, Err: absent{l.file}}
	}
	for i := range o.Levels {
		level := &o.Levels[i]
		here := at.of("levels", i)
		l.oneOf(here.of("kind"), level.Kind, "root", "organizational unit", "account")
		l.policies(here.of("scps"), policy.SCP, level.SCPs)
	}
}

func (l *loader) region(at place, r *region) {
	if r.Account != nil {
		l.account(at.of("account"), &r.Account.Value)
	}
	if r.Index != nil {
		r.Index.Value = r.Index.Value.sorted()
	}
	eachNamed(l, at.of("identities"), r.Identities, func(here place, name string, i *Identity) {
		i.Name = cmp.Or(i.Name, name[strings.LastIndex(name, "/")+1:])
		i.Exists = i.Exists || !l.has(here.of("exists"))
		l.policies(here.of("policies"), policy.Resource, i.Policies)
	})
	eachNamed(l, at.of("configuration_sets"), r.ConfigurationSets, func(here place, name string, s *ConfigurationSet) {
		s.Name = cmp.Or(s.Name, name)
		s.Exists = s.Exists || !l.has(here.of("exists"))
		s.SendingEnabled = s.SendingEnabled || !l.has(here.of("sending_enabled"))
	})
	eachNamed(l, at.of("tenants"), r.Tenants, func(here place, name string, t *Tenant) {
		t.Name = cmp.Or(t.Name, name)
		t.Exists = t.Exists || !l.has(here.of("exists"))
	})
	eachNamed(l, at.of("global_endpoints"), r.GlobalEndpoints, func(here place, id string, e *GlobalEndpoint) {
		e.ID = cmp.Or(e.ID, id)
		e.Exists = e.Exists || !l.has(here.of("exists"))
	})
}

// account takes one of which little is said for one that may send.
func (l *loader) account(at place, a *Account) {
	a.SendingEnabled = a.SendingEnabled || !l.has(at.of("sending_enabled"))
	if !l.has(at.of("enforcement")) {
		a.Enforcement = "HEALTHY"
	}
	if !l.has(at.of("max_24_hour_send")) {
		a.Max24HourSend = -1
	}
}

// eachNamed goes through named facts in order. A name alone, without keys, is left
// out: it says nothing.
func eachNamed[T any](l *loader, at place, facts map[string]*dated[T], see func(here place, name string, value *T)) {
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		if facts[name] == nil {
			l.wrong(at.of(name), "says nothing; exists: false means that there is none")
			continue
		}
		see(at.of(name), name, &facts[name].Value)
	}
}

func (l *loader) policies(at place, layer policy.Layer, list []Policy) {
	for i := range list {
		l.policy(at.of(i), layer, &list[i])
	}
}

// policy refuses what AWS refuses at that layer. The document itself has been read.
func (l *loader) policy(at place, layer policy.Layer, p *Policy) {
	if p.Name == "" {
		p.Name = cmp.Or(p.ARN, at.String()+" of "+l.file)
		if p.Document != nil {
			p.Document.Name = p.Name
		}
	}
	if p.Document == nil {
		return
	}
	if _, err := policy.ParseFor(layer, p.Name, []byte(p.Document.String())); err != nil {
		message := err.Error()
		if syntax, ok := err.(*policy.SyntaxError); ok {
			message = syntax.Msg
		}
		l.wrong(at, "%s", message)
	}
}

func (l *loader) oneOf(at place, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		l.wrong(at, "%q is not one of %s%s", value, strings.Join(allowed, ", "), didYouMean(value, allowed))
	}
}
