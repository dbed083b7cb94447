package policy

import "strings"

// Evaluate decides the request under the policies of the set.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
func Evaluate(set *Set, req *Request) Result {
	m := newMeeting(set, req)
	v := m.weigh(set)
	return v.result(set, &m)
}

// Decide is Evaluate without the reasons, which where the answer is Unknown cost
// more than the answer.
func Decide(set *Set, req *Request) Decision {
	m := newMeeting(set, req)
	v := m.weigh(set)
	return v.decision()
}

// weigh puts the request to every statement of the set.
func (m *meeting) weigh(set *Set) verdict {
	t := newTally()
	set.visit(&m.caller, &t, func(layer Layer, _ int, doc *Document) {
		for _, st := range doc.Statements {
			t.add(layer, st.Effect, m.applies(layer, st))
		}
	})
	return t.verdict(set, m)
}

// newMeeting prepares the evaluation of a request.
func newMeeting(set *Set, req *Request) meeting {
	m := meeting{req: req, caller: req.Principal.caller(), bounded: truth(set.Boundary != nil)}
	if set.Unreadable.Has(Boundary) {
		m.bounded = m.bounded.or(Maybe)
	}
	m.caller.learn(req.Context)
	m.foreign = m.isForeign()
	return m
}

// isForeign is whether caller and resource belong to different accounts. A
// service belongs to none.
func (m *meeting) isForeign() Truth {
	owner := m.req.ResourceAccount
	if owner == "" {
		owner = accountOf(m.req.Resource)
	}
	switch {
	case m.caller.kind == service:
		return Yes
	case owner == "" || m.caller.account == "":
		return Maybe
	}
	return truth(owner != m.caller.account)
}

// accountOf is the fifth part of an ARN, "" if there is none.
func accountOf(arn string) string {
	for range arnSegments - 2 {
		_, rest, found := strings.Cut(arn, ":")
		if !found {
			return ""
		}
		arn = rest
	}
	account, _, _ := strings.Cut(arn, ":")
	return account
}

// visit calls f with every document that can bear on the caller, and t at the
// end of each level. The policies of users and roles mean nothing to a service,
// identity-based policies and boundaries nothing to the root user, SCPs and
// RCPs nothing to a service-linked role.
func (s *Set) visit(c *caller, t *tally, f func(layer Layer, level int, doc *Document)) {
	visitAll := func(layer Layer, level int, docs []*Document) {
		for _, doc := range docs {
			if doc != nil {
				f(layer, level, doc)
			}
		}
		t.endLevel(layer)
	}
	restricted := c.serviceLinked() != Yes
	if restricted {
		for level, docs := range s.RCPs {
			visitAll(RCP, level, docs)
		}
	}
	if restricted && c.kind != service {
		for level, docs := range s.SCPs {
			visitAll(SCP, level, docs)
		}
	}
	visitAll(Resource, 0, s.Resource)
	if c.kind != service {
		visitAll(Session, 0, s.Session)
	}
	if c.kind != service && c.kind != root {
		visitAll(Identity, 0, s.Identity)
		if s.Boundary != nil {
			f(Boundary, 0, s.Boundary)
		}
		t.endLevel(Boundary)
	}
	if s.Endpoint != nil {
		f(Endpoint, 0, s.Endpoint)
	}
	t.endLevel(Endpoint)
}

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

// unreadable adds what is not known: anything may be allowed or denied. Another
// level may be missing, so that an SCP that allows proves nothing.
func (t *tally) unreadable(set LayerSet) {
	for l := range layers {
		if !set.Has(l) {
			continue
		}
		t.deny[l] = t.deny[l].or(Maybe)
		t.allow[l] = t.allow[l].or(Maybe)
		if l == SCP {
			t.allow[l] = Maybe
		}
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
