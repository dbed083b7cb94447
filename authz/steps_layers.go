package authz

import (
	"fmt"
	"slices"
	"strings"

	"sesgate/authz/diagnosis"
	"sesgate/authz/policy"
)

// policyLayers are the layers in the order in which people look at them: from the
// principal outwards.
var policyLayers = []policy.Layer{policy.Identity, policy.Boundary, policy.Session, policy.Resource, policy.SCP, policy.RCP, policy.Endpoint}

// permissions makes a step of every IAM request that SES makes of the message.
// A finding belongs to the request that it names, else to the first.
func (w *walk) permissions() []Step {
	if !w.who.known {
		return []Step{{Name: "permission", Of: sendAction, Text: "who asks is not known"}}
	}
	contexts := w.contexts()
	calls := w.calls()
	steps := make([]Step, len(calls))
	for i, c := range calls {
		last := i == len(calls)-1
		steps[i] = w.permission(c, contexts, w.take(func(f diagnosis.Finding) bool {
			return isLayer(f.Layer) && (last || c.concerns(f.Resource))
		}))
	}
	return steps
}

// concerns reports whether a finding on that resource is one on the call.
func (c call) concerns(arn string) bool {
	return slices.ContainsFunc(c.forms, func(f form) bool { return strings.TrimSuffix(arn, "*") == f.arn })
}

// permission is one IAM request with its layers.
func (w *walk) permission(c call, contexts []*policy.Context, findings []diagnosis.Finding) Step {
	s := Step{Name: "permission", Of: c.forms[0].arn, Text: sendAction}
	s.Decision = w.decides(c, contexts)
	if c.inferred {
		s.Text += ", which SES likely asks for"
	}
	for _, layer := range policyLayers {
		ofLayer := slices.DeleteFunc(slices.Clone(findings), func(f diagnosis.Finding) bool { return f.Layer != layer.String() })
		s.Steps = append(s.Steps, w.layer(layer, c, contexts, ofLayer))
	}
	if s.Decision == Unknown && c.certain() && !slices.ContainsFunc(s.Steps, func(s Step) bool { return s.Decision != Allow }) {
		s.Text += ": only the identity's own policy allows it, and whether that is enough is not documented"
	}
	return s
}

func (c call) certain() bool { return !c.inferred && !c.listed && len(c.forms) == 1 }

// decides is what is certain in all forms and contexts that a call may have.
func (w *walk) decides(c call, contexts []*policy.Context) Decision {
	var votes ballot
	for _, f := range c.forms {
		for _, ctx := range contexts {
			switch w.evaluate(f, ctx) {
			case policy.Allow:
				votes.add(Allow)
			case policy.ImplicitDeny, policy.ExplicitDeny:
				votes.add(Deny)
			default:
				votes.add(Unknown)
			}
		}
	}
	if votes.decision() == Deny && c.inferred {
		return Unknown
	}
	return votes.decision()
}

// layer is one layer's part in a call.
func (w *walk) layer(layer policy.Layer, c call, contexts []*policy.Context, findings []diagnosis.Finding) Step {
	var votes ballot
	var first *policy.Explanation
	for _, f := range c.forms {
		for _, ctx := range contexts {
			set, req := w.question(&w.who.set, f, ctx)
			x := policy.Explain(&set, &req)
			if first == nil {
				first = x
			}
			switch {
			case x.Blocking.Has(layer):
				votes.add(Deny)
			case x.Passing.Has(layer):
				votes.add(Allow)
			default:
				votes.add(Unknown)
			}
		}
	}
	s := Step{Name: layer.String(), Decision: votes.decision()}
	if s.Decision == Deny && c.inferred {
		s.Decision = Unknown
	}
	s.Text = w.says(layer, s.Decision, first, c)
	return withFindings(s, findings)
}

// says is the statement that decides, or that there is none.
func (w *walk) says(layer policy.Layer, d Decision, x *policy.Explanation, c call) string {
	for _, m := range x.Matches {
		if m.Layer != layer || layer == policy.SCP && d == Allow || d == Unknown && m.Truth == policy.Yes || d != Unknown && m.Truth != policy.Yes {
			continue
		}
		verb := "allows it"
		switch {
		case m.Statement.Effect == policy.EffectDeny && d == Allow, m.Statement.Effect == policy.EffectAllow && d == Deny:
			continue
		case m.Statement.Effect == policy.EffectDeny && d == Deny:
			verb = "denies it"
		case m.Statement.Effect == policy.EffectDeny:
			verb = "may deny it"
		case d == Unknown:
			verb = "may allow it"
		}
		return fmt.Sprintf("%s of %s%s %s", named(m.Statement), m.Document.Name, w.atLevel(m), verb)
	}
	if layer == policy.SCP && d != Unknown {
		return w.organization(d, x)
	}
	switch d {
	case Allow:
		return "nothing in the way"
	case Deny:
		return "nothing allows it"
	}
	return w.unreadable(layer, c)
}

// atLevel is where in the organization the policy of a statement is attached; ""
// in other layers.
func (w *walk) atLevel(m policy.Match) string {
	if m.Layer != policy.SCP {
		return ""
	}
	return " at " + w.levelName(m.Level)
}

// organization says why service control policies allow, or at which levels none
// does.
func (w *walk) organization(d Decision, x *policy.Explanation) string {
	o := &w.snap.Organization.Value
	if d == Deny {
		var levels []string
		for level, allows := range x.Levels {
			if allows == policy.No {
				levels = append(levels, w.levelName(level))
			}
		}
		return "nothing allows it at " + some(levels)
	}
	switch {
	case o.ID == "":
		return "the account is in no organization"
	case o.Management:
		return "the organization's management account is exempt"
	case !o.Restricts():
		return "organization " + o.ID + " has no service control policies"
	case len(o.Levels) == 0:
		return "IAM's policy simulator says that organization " + o.ID + " allows it"
	}
	return fmt.Sprintf("all %d levels of organization %s allow it", len(o.Levels), o.ID)
}

// unreadable says why a layer is not known.
func (w *walk) unreadable(layer policy.Layer, c call) string {
	for _, g := range w.snap.Principal.Value.Gaps {
		if g.Layer == layer {
			return notKnown(g.Gap)
		}
	}
	switch layer {
	case policy.Identity, policy.Boundary:
		return notKnown(w.snap.Principal.Gap)
	case policy.Session:
		return "the session may carry a policy of its own, which no call shows"
	case policy.Resource:
		return fmt.Sprintf("the policies of %s are not known", c.name)
	case policy.SCP:
		return "the organization's policies are not known"
	case policy.Endpoint:
		return "the policy of the VPC endpoint is not known"
	}
	return "not known"
}

// ballot counts what is so in several readings of one message.
type ballot [3]int

func (b *ballot) add(d Decision) { b[d]++ }

// decision is what all votes agree on, else Unknown.
func (b *ballot) decision() Decision {
	for _, d := range []Decision{Allow, Deny} {
		if b[d] == b[Unknown]+b[Allow]+b[Deny] {
			return d
		}
	}
	return Unknown
}
