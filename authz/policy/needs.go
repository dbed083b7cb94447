package policy

import "slices"

// needs names what the decision hangs on: keys, then layers.
func (v *verdict) needs(set *Set, m *meeting) []string {
	n := needs{m: *m}
	t := newTally()
	set.visit(&m.caller, &t, func(layer Layer, _ int, doc *Document) {
		if v.deny[layer] != Maybe && !v.awaits(layer) {
			return
		}
		for _, st := range doc.Statements {
			if st.Effect == EffectDeny || v.awaits(layer) {
				n.statement(layer, st)
			}
		}
	})
	slices.Sort(n.keys)
	n.keys = slices.Compact(n.keys)
	for _, l := range set.Unreadable.list() {
		if v.deny[l] == Maybe || v.awaits(l) {
			n.layer(l)
		}
	}
	if m.foreign == Maybe && len(n.keys)+len(n.layers) == 0 {
		n.key("aws:ResourceAccount")
	}
	return slices.Concat(n.keys, n.layers)
}

// awaits reports whether an Allow of the layer might change the decision. One in
// the resource-based policy may go past other layers.
func (v *verdict) awaits(layer Layer) bool {
	if layer == Resource {
		return v.pass[Resource] == Maybe || v.pass[Identity] == Maybe ||
			v.pass[Boundary] == Maybe || v.pass[Session] == Maybe
	}
	return v.pass[layer] == Maybe
}

// needs collects names.
type needs struct {
	m      meeting // a copy, so that the evaluation's own stays on the stack
	keys   []string
	layers []string
}

func (n *needs) key(name string) { n.keys = append(n.keys, name) }

func (n *needs) layer(l Layer) {
	if name := l.String(); !slices.Contains(n.layers, name) {
		n.layers = append(n.layers, name)
	}
}

// statement adds what a statement that may apply hangs on.
func (n *needs) statement(layer Layer, st *Statement) {
	if n.m.applies(layer, st).named != Maybe {
		return
	}
	if n.m.principal(layer, st).named == Maybe {
		n.principal(layer, st)
	}
	if n.m.resource(st) == Maybe {
		n.resource(st)
	}
	for i := range st.Conditions {
		if c := &st.Conditions[i]; c.truth(n.m.req.Context) == Maybe {
			n.condition(c)
		}
	}
}

// principal adds why it is not known whether the statement means the caller.
func (n *needs) principal(layer Layer, st *Statement) {
	switch {
	case st.NotPrincipals != nil && n.m.bounded == Maybe:
		n.layer(Boundary)
	case n.m.caller.kind == session && n.m.caller.roleARN == "":
		n.key("aws:PrincipalArn")
	default:
		n.layer(layer)
	}
}

// resource adds the variables that are not known, or the resource itself.
func (n *needs) resource(st *Statement) {
	if n.m.req.OpenResource {
		n.key("resource")
	}
	for i := range st.resources {
		st.resources[i].keys(n.unknownKey)
	}
}

// condition adds the condition's key, and the variables that are not known.
func (n *needs) condition(c *Condition) {
	if e, _ := n.m.req.Context.lookup(c.key); e.name != "" {
		n.key(e.name)
	} else {
		n.key(c.Key)
	}
	c.variables(n.unknownKey)
}

// unknownKey adds a variable's key if its value is not known.
func (n *needs) unknownKey(key string) {
	e, state := n.m.req.Context.lookup(key)
	switch {
	case state == KeyPresent && !e.multi || state == KeyAbsent:
	case e.name != "":
		n.key(e.name)
	default:
		n.key(key)
	}
}
