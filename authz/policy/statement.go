package policy

// meeting is one request under evaluation.
type meeting struct {
	req    *Request
	caller caller

	bounded Truth // the caller has a permissions boundary
	foreign Truth // the resource belongs to another account
}

// principal is how the statement's Principal or NotPrincipal meets the caller.
// Identity-based policies, boundaries, session policies and SCPs have none and
// mean whom they are attached to; the others must have one. What the wrong one
// means is not documented.
func (m *meeting) principal(layer Layer, st *Statement) grant {
	none := st.Principals == nil && st.NotPrincipals == nil
	switch {
	case none != layer.withoutPrincipal():
		g := noGrant()
		g.add(Maybe, pastSession)
		return g
	case none:
		g := noGrant()
		g.add(Yes, 0)
		return g
	case st.NotPrincipals != nil:
		return m.notPrincipal(st)
	}
	return m.caller.names(st.Principals)
}

// withoutPrincipal reports whether policies of the layer have no Principal.
func (l Layer) withoutPrincipal() bool {
	return l == SCP || l == Identity || l == Boundary || l == Session
}

// notPrincipal is how a NotPrincipal element meets the caller. With Deny it
// "will always deny any IAM principal that has a permissions boundary policy
// attached, regardless of the values specified"; with Allow it is not supported.
func (m *meeting) notPrincipal(st *Statement) grant {
	g := noGrant()
	applies := m.caller.spared(st.NotPrincipals).not()
	if st.Effect == EffectAllow {
		g.add(applies.and(Maybe), pastSession)
		return g
	}
	g.add(applies.or(m.bounded), 0)
	return g
}

// action is whether the statement covers the request's action. Prefix and name
// are case insensitive.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
func (m *meeting) action(st *Statement) Truth {
	matched := false
	for i := range st.actions {
		if matchGlob(st.actions[i].tokens, m.req.Action, true) {
			matched = true
			break
		}
	}
	return listedOrNot(truth(matched), len(st.actions), st.NotActions != nil)
}

// resource is whether the statement covers the request's resource. Case counts.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
func (m *meeting) resource(st *Statement) Truth {
	t := No
	for i := range st.resources {
		if t = t.or(m.oneResource(&st.resources[i])); t == Yes {
			break
		}
	}
	return listedOrNot(t, len(st.resources), st.NotResources != nil)
}

func (m *meeting) oneResource(p *pattern) Truth {
	if p.everything() {
		return Yes
	}
	if m.req.OpenResource {
		return p.match(m.req.Context, m.req.Resource, openEnd)
	}
	return p.match(m.req.Context, m.req.Resource, exactly)
}

// listedOrNot turns a match in a list of n into that of the element: the Not
// form covers what is not listed. A statement with an empty list "does not
// affect the policy"; whether that goes for the Not forms AWS does not say.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
func listedOrNot(match Truth, n int, not bool) Truth {
	switch {
	case !not:
		return match
	case n == 0:
		return Maybe
	}
	return match.not()
}

// conditions is whether every condition holds.
func (m *meeting) conditions(st *Statement) Truth {
	t := Yes
	for i := range st.Conditions {
		if t = t.and(st.Conditions[i].truth(m.req.Context)); t == No {
			break
		}
	}
	return t
}

// applies is whether the statement applies, and to whom. It asks the cheapest
// questions first and stops at the first No.
func (m *meeting) applies(layer Layer, st *Statement) grant {
	t := m.action(st)
	if t == No {
		return noGrant()
	}
	if t = t.and(m.resource(st)); t == No {
		return noGrant()
	}
	g := m.principal(layer, st)
	if g.named == No {
		return g
	}
	return g.and(t.and(m.conditions(st)))
}

// and is the grant of a statement whose other elements hold so far.
func (g grant) and(t Truth) grant {
	g.named = g.named.and(t)
	for l := range g.past {
		g.past[l] = g.past[l].and(t)
	}
	return g
}
