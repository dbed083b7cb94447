package authz

import (
	"fmt"
	"slices"
	"strings"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// explain turns the denial of a call into blockers: one for each statement that
// denies, one for each layer that does not allow.
func (j *judgement) explain(c call, as form, ctx *policy.Context) {
	c.forms = []form{as}
	set, req := j.question(&j.who.set, as, ctx)
	x := policy.Explain(&set, &req)
	atFault := j.atFault(c)
	note := func(f diagnosis.Finding) {
		c := c
		// Letter case is all that is in the way: what SES makes of it is not documented.
		c.inferred = c.inferred || f.Code == diagnosis.IAMCondFromCase
		if f.Title == "" {
			f.Title = j.title(c, atFault)
		}
		f.Resource = as.arn
		if as.open {
			f.Resource += "*"
		}
		f.Recipients = atFault
		j.add(c, f)
	}
	for _, m := range x.Matches {
		if m.Truth == policy.Yes && m.Statement.Effect == policy.EffectDeny {
			note(j.denial(m, as.arn, atFault))
		}
	}
	missed := layersOf(x.Misses)
	for _, layer := range x.Lacking {
		switch {
		case layer == policy.SCP:
			j.levels(c, x, note)
		case slices.Contains(missed, layer):
			note(j.admitted(c, layer, j.nearest(c, layer, x)))
		default:
			note(j.admitted(c, layer, j.nothing(c, layer)))
		}
	}
	j.addressOverDomain(c)
}

// admitted gives a missing Allow of another account's identity the fix that its
// owner can apply.
func (j *judgement) admitted(c call, layer policy.Layer, f diagnosis.Finding) diagnosis.Finding {
	if layer != policy.Resource || !j.foreign(c.forms[0]) {
		return f
	}
	if f.Statement == "" {
		f.Detail = ""
	}
	return j.notAdmitted(c, f)
}

// add notes a blocker unless the same one has been noted for another resource.
func (j *judgement) add(c call, f diagnosis.Finding) {
	if f.Code == diagnosis.IAMNoAllow {
		j.noAllow = append(j.noAllow, j.lacking(c))
	}
	f.Suspected = c.inferred
	j.unsure = j.unsure || c.inferred
	b := blocker{Finding: f, on: c.on, listed: c.listed, use: c.use}
	if f.Layer == policy.SCP.String() {
		b.on |= facts.KindOrganization
	}
	i := slices.IndexFunc(j.blockers, func(b blocker) bool {
		return b.Code == f.Code && b.Layer == f.Layer && b.Source == f.Source && b.Statement == f.Statement
	})
	switch {
	case i < 0:
		j.blockers = append(j.blockers, b)
	case j.blockers[i].Suspected && !f.Suspected:
		j.blockers[i] = b
	case j.blockers[i].use == toRecipient && c.use == toRecipient:
		same := &j.blockers[i]
		same.Recipients = union(same.Recipients, f.Recipients)
		c.name = some(same.Recipients)
		same.Title = j.title(c, nil)
	}
}

// title is the first line of the reply.
func (j *judgement) title(c call, atFault []string) string {
	may := fmt.Sprintf("%s may not %s", j.who.label, sendAction)
	if c.inferred {
		may = fmt.Sprintf("%s perhaps may not %s", j.who.label, sendAction)
	}
	in := " in " + j.snap.Region
	switch c.use {
	case withSet:
		return may + " with configuration set " + c.name + in
	case toRecipient:
		return may + " to " + c.name + in + ", where the sandbox asks for it"
	case asReturnPath:
		return may + " with Return-Path " + c.name + in
	case asFeedback:
		return may + " with feedback address " + c.name + in
	}
	if c.name != "" {
		may += " as " + c.name
	}
	if len(atFault) > 0 {
		may += " to " + some(atFault)
	}
	return may + in
}

// atFault names the recipients because of whom the call is denied: those that
// alone would be denied where others would not.
func (j *judgement) atFault(c call) []string {
	if c.use == toRecipient {
		return []string{c.name}
	}
	if !j.mentions("ses:recipients") || len(j.req.Recipients) == 0 {
		return nil
	}
	const key = "ses:recipients"
	r := j.asWritten()
	ctx := j.context(r)
	var denied []string
	for _, to := range j.req.Recipients {
		r.recipients = []string{to}
		j.setOfSES(ctx, key, r)
		if j.denies(c, ctx) {
			denied = append(denied, to)
		}
	}
	if len(denied) == len(j.req.Recipients) {
		ctx.SetUnknown(key)
		if j.denies(c, ctx) {
			return nil // whoever the recipients are
		}
	}
	return denied
}

func (j *judgement) denies(c call, ctx *policy.Context) bool {
	d := j.evaluate(c.forms[0], ctx)
	return d == policy.ImplicitDeny || d == policy.ExplicitDeny
}

// found is the part of a finding that names the statement.
func found(source string, m policy.Match) diagnosis.Finding {
	return diagnosis.Finding{
		Layer:     m.Layer.String(),
		Source:    source,
		Sid:       m.Statement.Sid,
		Statement: m.Statement.Source(),
	}
}

// source is the ARN of a policy that has one, else its name.
func (j *judgement) source(d *policy.Document) string {
	p := &j.snap.Principal.Value
	lists := [][]facts.Policy{p.Policies}
	if p.Boundary != nil {
		lists = append(lists, []facts.Policy{*p.Boundary})
	}
	for _, level := range j.snap.Organization.Value.Levels {
		lists = append(lists, level.SCPs)
	}
	for _, list := range lists {
		for i := range list {
			if list[i].Document == d && list[i].ARN != "" {
				return list[i].ARN
			}
		}
	}
	return d.Name
}

// named is how people find a statement: by Sid, else by place.
func named(s *policy.Statement) string {
	if s.Sid != "" {
		return "statement " + s.Sid
	}
	return fmt.Sprintf("statement %d (line %d)", s.Index+1, s.Line)
}

func actions(s *policy.Statement) string {
	if len(s.Actions) > 0 {
		return some(s.Actions)
	}
	return "everything but " + some(s.NotActions)
}

func resources(s *policy.Statement) []string {
	if len(s.Resources) > 0 {
		return s.Resources
	}
	return []string{"everything but " + some(s.NotResources)}
}

// sends reports whether the statement was meant to let mail out: it names an
// action that sends, or the prefix that the API's second version does not have.
func sends(s *policy.Statement) bool {
	return slices.ContainsFunc(s.Actions, func(a string) bool {
		a = strings.ToLower(a)
		return strings.HasPrefix(a, "ses:send") || strings.HasPrefix(a, "sesv2:")
	})
}
