package authz

import (
	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// Problem is a likely mistake in one of the policies behind a verdict, whether it
// bears on this message or not.
type Problem struct {
	Policy string // as people call it
	policy.Problem
}

// Problems looks for likely mistakes in the policies of the principal and of the
// identities that the verdict rests on.
func (v Verdict) Problems() []Problem {
	if v.of == nil {
		return nil
	}
	w := v.of.who
	where := policy.Place{Partition: w.partition, Regions: append([]string{v.Region}, v.regions...), Account: w.account, Principal: w.principal}
	if !w.known {
		where = policy.Place{}
	}
	p := &v.of.snap.Principal.Value
	list := lint(policy.Identity, p.Policies, where)
	if p.Boundary != nil {
		list = append(list, lint(policy.Boundary, []facts.Policy{*p.Boundary}, where)...)
	}
	if identity := v.of.snap.Identities[v.Identity]; identity.Known() {
		list = append(list, lint(policy.Resource, identity.Value.Policies, where)...)
	}
	return list
}

func lint(layer policy.Layer, policies []facts.Policy, where policy.Place) []Problem {
	var list []Problem
	for _, p := range policies {
		if p.Document == nil {
			continue
		}
		for _, found := range policy.Lint(layer, p.Document, where) {
			list = append(list, Problem{p.Name, found})
		}
	}
	return list
}
