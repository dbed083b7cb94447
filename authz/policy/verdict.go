package policy

// tally collects what the statements of each layer say.
type tally struct {
	deny  [layers]Truth // a Deny applies
	allow [layers]Truth // an Allow applies, at every level
	past  [layers]Truth // an Allow of the resource-based policy goes past the layer
	level Truth         // an Allow applies at this level
}

func newTally() tally {
	t := tally{level: No}
	for l := range layers {
		t.deny[l], t.allow[l], t.past[l] = No, Yes, No
	}
	return t
}

// add counts a statement that applies as far as the grant says.
func (t *tally) add(layer Layer, effect Effect, g grant) {
	if effect == EffectDeny {
		t.deny[layer] = t.deny[layer].or(g.named)
		return
	}
	t.level = t.level.or(g.named)
	if layer == Resource {
		for l := range layers {
			t.past[l] = t.past[l].or(g.past[l])
		}
	}
}

// endLevel closes a level: every one must allow.
func (t *tally) endLevel(layer Layer) {
	t.allow[layer] = t.allow[layer].and(t.level)
	t.level = No
}

// verdict is what each layer means for the request.
type verdict struct {
	deny [layers]Truth // a Deny applies
	pass [layers]Truth // what must allow allows
}

// verdict weighs the layers against each other.
func (t *tally) verdict(set *Set, m *meeting) verdict {
	t.unreadable(set.Unreadable)
	exempt := m.caller.serviceLinked()
	home := m.foreign.not()

	v := verdict{deny: t.deny}
	v.deny[RCP] = t.deny[RCP].and(exempt.not())
	v.deny[SCP] = t.deny[SCP].and(exempt.not())
	v.pass[RCP] = Yes
	v.pass[Resource] = t.allow[Resource].or(home)
	v.pass[Endpoint] = t.limit(Endpoint, set.Endpoint != nil, set)
	v.pass[SCP] = t.limit(SCP, len(set.SCPs) > 0, set).or(exempt)
	v.pass[Identity] = t.allow[Identity].or(t.past[Identity].and(home))
	v.pass[Boundary] = t.limit(Boundary, set.Boundary != nil, set).or(t.past[Boundary].and(home))
	v.pass[Session] = t.limit(Session, len(set.Session) > 0 || m.caller.kind == federated, set).
		or(t.past[Session].and(home))
	m.caller.release(&v)
	return v
}

// unreadable adds what is not known: anything may be allowed or denied.
func (t *tally) unreadable(set LayerSet) {
	for l := range layers {
		if !set.Has(l) {
			continue
		}
		t.deny[l] = t.deny[l].or(Maybe)
		t.allow[l] = t.allow[l].or(Maybe)
	}
	if set.Has(Resource) {
		for l := range layers {
			t.past[l] = t.past[l].or(Maybe)
		}
	}
}

// limit is whether a layer lets the request pass that limits only if there is one.
func (t *tally) limit(layer Layer, exists bool, set *Set) Truth {
	if !exists && !set.Unreadable.Has(layer) {
		return Yes
	}
	return t.allow[layer]
}

// release lifts the layers that do not concern the caller: policies of users and
// roles do not apply to a service, identity-based policies and boundaries not to
// the root user, who is allowed what nobody denies.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
func (c *caller) release(v *verdict) {
	var released LayerSet
	switch c.kind {
	case service:
		released = Layers(SCP, Identity, Boundary, Session)
	case root:
		released = Layers(Identity, Boundary)
	}
	for _, l := range released.list() {
		v.deny[l], v.pass[l] = No, Yes
	}
}

// decision is the answer. A denial whose kind alone is open is implicit.
func (v *verdict) decision() Decision {
	switch {
	case where(&v.deny, Yes) != 0:
		return ExplicitDeny
	case where(&v.pass, No) != 0:
		return ImplicitDeny
	case where(&v.deny, Maybe)|where(&v.pass, Maybe) == 0:
		return Allow
	}
	return Unknown
}

// result is the decision with the layers or the unknowns that it rests on.
func (v *verdict) result(set *Set, m *meeting) Result {
	r := Result{Decision: v.decision()}
	switch r.Decision {
	case ExplicitDeny:
		r.DeniedBy = where(&v.deny, Yes).list()
	case ImplicitDeny:
		r.DeniedBy = where(&v.pass, No).list()
	case Unknown:
		r.Needs = v.needs(set, m)
	}
	return r
}

// where is the set of layers with the truth t.
func where(list *[layers]Truth, t Truth) LayerSet {
	var set LayerSet
	for l := range layers {
		if list[l] == t {
			set |= Layers(l)
		}
	}
	return set
}
