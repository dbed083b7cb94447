package policy

import (
	"slices"
	"strings"
)

// needs names what the decision hangs on: keys, then layers.
func (v *verdict) needs(set *Set, m *meeting) []string {
	n := needs{m: *m}
	t := newTally()
	levels := n.m.levels(set)
	set.visit(&m.caller, &t, func(layer Layer, level int, doc *Document) {
		awaits := v.awaits(layer) && (layer != SCP || levels[level] == Maybe)
		for _, st := range doc.Statements {
			if st.Effect == EffectDeny || awaits {
				n.statement(layer, st)
			}
		}
	})
	n.caller(v)
	slices.Sort(n.keys)
	n.keys = slices.Compact(n.keys)
	for _, l := range set.Unreadable.list() {
		if v.deny[l] == Maybe || v.awaits(l) {
			n.layer(l)
		}
	}
	for _, l := range n.layers.list() {
		n.key(l.String())
	}
	return n.keys
}

// levels is whether an SCP allows at each level.
func (m *meeting) levels(set *Set) []Truth {
	levels := slices.Repeat([]Truth{No}, len(set.SCPs))
	t := newTally()
	set.visit(&m.caller, &t, func(layer Layer, level int, doc *Document) {
		for _, st := range doc.Statements {
			if layer == SCP && st.Effect == EffectAllow {
				levels[level] = levels[level].or(m.applies(layer, st).named)
			}
		}
	})
	return levels
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
	layers LayerSet
}

func (n *needs) key(name string) { n.keys = append(n.keys, name) }

func (n *needs) layer(l Layer) { n.layers |= Layers(l) }

// statement adds what a statement that may apply hangs on.
func (n *needs) statement(layer Layer, st *Statement) {
	if !n.m.applies(layer, st).doubtful() {
		return
	}
	if n.m.action(st) == Maybe {
		n.key("action")
	}
	if n.m.principal(layer, st).doubtful() {
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

// resource adds the variables that are not known, or else the resource itself.
func (n *needs) resource(st *Statement) {
	known := len(n.keys)
	for i := range st.resources {
		st.resources[i].keys(n.unknownKey)
	}
	if len(n.keys) == known {
		n.key("resource")
	}
}

// condition adds the variables that are not known, and the condition's key if
// it is not known either, or if nothing else explains the doubt.
func (n *needs) condition(c *Condition) {
	known := len(n.keys)
	c.variables(n.unknownKey)
	n.unknownKey(c.Key)
	if len(n.keys) == known {
		n.key(c.Key)
	}
}

// unknownKey adds a key if its value is not known.
func (n *needs) unknownKey(key string) {
	e, state := n.m.req.Context.lookup(strings.ToLower(key))
	switch {
	case state == KeyPresent || state == KeyAbsent:
	case e.name != "":
		n.key(e.name)
	default:
		n.key(key)
	}
}

// caller adds what is not known of the caller: whether SCPs and RCPs restrict
// it, and whether it owns the resource.
func (n *needs) caller(v *verdict) {
	if n.m.caller.serviceLinked() == Maybe && (v.awaits(SCP) || v.deny[SCP] == Maybe || v.deny[RCP] == Maybe) {
		n.key("aws:PrincipalArn")
	}
	if n.m.foreign == Maybe && v.awaits(Resource) {
		n.key("aws:ResourceAccount")
	}
}
