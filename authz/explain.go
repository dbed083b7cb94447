package authz

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sesgate/authz/diagnosis"
	"sesgate/authz/policy"
)

// explain turns the denial of a call into blockers: one for each statement that
// denies, one for each layer that does not allow.
func (j *judgement) explain(c call, as form, ctx *policy.Context) {
	c.forms = []form{as}
	set, req := j.question(as, ctx)
	x := policy.Explain(&set, &req)
	atFault := j.atFault(c)
	note := func(f diagnosis.Finding) {
		f.Title = j.title(c, atFault)
		f.Resource = as.arn
		if as.open {
			f.Resource += "*"
		}
		f.Recipients = atFault
		j.add(c, f)
	}
	explained := map[policy.Layer]bool{}
	for _, m := range x.Matches {
		if m.Truth == policy.Yes && m.Statement.Effect == policy.EffectDeny {
			note(j.denial(m, atFault))
			explained[m.Layer] = true
		}
	}
	for _, layer := range layersOf(x.Misses) {
		if !explained[layer] {
			note(j.nearest(c, layer, x))
			explained[layer] = true
		}
	}
	for _, layer := range x.DeniedBy {
		if !explained[layer] {
			note(j.nothing(c, layer))
		}
	}
}

// doubt names the statements on which an unknown answer hangs: those that may
// deny, and where no Allow is certain, those that may allow.
func (j *judgement) doubt(c call, as form, ctx *policy.Context) {
	set, req := j.question(as, ctx)
	x := policy.Explain(&set, &req)
	allowed := map[policy.Layer]bool{}
	for _, m := range x.Matches {
		if m.Truth == policy.Yes && m.Statement.Effect == policy.EffectAllow {
			allowed[m.Layer] = true
		}
	}
	for _, m := range x.Matches {
		deny := m.Statement.Effect == policy.EffectDeny
		if m.Truth != policy.Maybe || !deny && allowed[m.Layer] {
			continue
		}
		test, ok := undecided(m.Tests)
		if !ok {
			continue
		}
		f := found(j.source(m.Document), m)
		f.Code = conditionCode(test, diagnosis.IAMDeny)
		f.Title = j.title(c, nil) + ": it depends on " + test.Key
		f.ConditionKey = test.Key
		f.Resource = as.arn
		verb := "denies"
		if !deny {
			verb = "allows"
			f.Code = conditionCode(test, diagnosis.IAMNoAllow)
		}
		f.Detail = fmt.Sprintf("%s: %s %s %s if %s %s %s, which sesgate cannot tell",
			m.Document.Name, named(m.Statement), verb, actions(m.Statement), test.Key, test.Operator, quoted(test.Wanted))
		f.Fix = "find out what " + test.Key + " is in requests from here, and compare"
		if f.Code == diagnosis.IAMCondRcptSet {
			f.Fix = "write ForAllValues:" + test.Operator + " (each recipient must match) or ForAnyValue:" + test.Operator + " (one suffices): ses:Recipients has several values"
		}
		j.add(c, j.ofDeny(m, f))
	}
}

// undecided picks the condition that leaves a statement open.
func undecided(tests []policy.Test) (policy.Test, bool) {
	for _, t := range tests {
		if t.Truth == policy.Maybe {
			return t, true
		}
	}
	return policy.Test{}, false
}

// ofDeny gives a finding about a statement outside the identity-based policies
// its code.
func (j *judgement) ofDeny(m policy.Match, f diagnosis.Finding) diagnosis.Finding {
	deny := m.Statement.Effect == policy.EffectDeny
	switch {
	case m.Layer == policy.SCP && deny:
		f.Code = diagnosis.SCPExpl
	case m.Layer == policy.Resource && deny:
		f.Code = diagnosis.ResDeny
	case m.Layer == policy.Boundary && deny:
		f.Code = diagnosis.IAMBoundExpl
	case m.Layer == policy.Boundary:
		f.Code = diagnosis.IAMBoundImpl
	}
	return f
}

// add notes a blocker unless the same one has been noted for another resource.
func (j *judgement) add(c call, f diagnosis.Finding) {
	if f.Code == diagnosis.IAMNoAllow {
		j.noAllow = append(j.noAllow, j.lacking(c))
	}
	f.Suspected = c.inferred
	j.unsure = j.unsure || c.inferred
	b := blocker{Finding: f, on: c.on, listed: c.listed, use: c.use}
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

// denial explains a statement that denies.
func (j *judgement) denial(m policy.Match, atFault []string) diagnosis.Finding {
	f := found(j.source(m.Document), m)
	f.Detail = fmt.Sprintf("%s: %s denies %s", m.Document.Name, named(m.Statement), actions(m.Statement))
	test, conditional := decisive(m.Tests, len(atFault) > 0)
	if conditional {
		f.ConditionKey = test.Key
		f.Detail += " if " + met(test) + others(m.Tests, test)
	}
	switch m.Layer {
	case policy.SCP:
		f.Code = diagnosis.SCPExpl
		if strings.EqualFold(f.ConditionKey, "aws:RequestedRegion") {
			f.Code = diagnosis.SCPRegion
		}
		f.Fix = "ask the organization's administrators to exempt the role in that statement"
	case policy.RCP:
		f.Code = diagnosis.RCPExpl
		f.Fix = "ask the administrators of the organization that owns the resource to change that statement"
	case policy.Resource:
		f.Code = diagnosis.ResDeny
		f.Fix = fmt.Sprintf("take %s out of that statement: aws sesv2 get-email-identity-policies shows it", j.who.label)
	case policy.Boundary:
		f.Code = diagnosis.IAMBoundExpl
		f.Fix = fmt.Sprintf("ask whoever sets the permissions boundary to take %s out of that statement", sendAction)
	case policy.Session:
		f.Code = diagnosis.Session
		f.Fix = "change the session policy that is passed when the role is assumed"
	case policy.Endpoint:
		f.Code = diagnosis.VPCEPolicy
		f.Fix = "change that statement of the VPC endpoint's policy"
	default:
		f.Code = diagnosis.IAMDeny
		if strings.Contains(m.Document.Name, " of group ") {
			f.Code = diagnosis.IAMDenyGroup
		}
		f.Fix = "take the statement out, or narrow it so that it does not apply to this mail"
		if conditional {
			f.Code = conditionCode(test, f.Code)
			f.Fix = exempt(test)
		}
	}
	return f
}

// layersOf lists the layers of matches, each once.
func layersOf(matches []policy.Match) []policy.Layer {
	var layers []policy.Layer
	for _, m := range matches {
		if !slices.Contains(layers, m.Layer) {
			layers = append(layers, m.Layer)
		}
	}
	return layers
}

// nearest explains the Allow statement of a layer that says most of what was
// meant: one with a single condition unmet before one with another action, that
// before one with another resource of a kind we can name.
func (j *judgement) nearest(c call, layer policy.Layer, x *policy.Explanation) diagnosis.Finding {
	var best diagnosis.Finding
	least := len(nearness) + 1
	for _, m := range x.Misses {
		if m.Layer != layer {
			continue
		}
		f, kind := j.miss(c, m)
		if n := slices.Index(nearness, kind); n < least || n == least && before(f, best) {
			best, least = f, n
		}
	}
	return best
}

// before orders findings that say as much, so that the order of policies does not.
func before(a, b diagnosis.Finding) bool {
	return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Statement, b.Statement)) < 0
}

// nearness orders the ways to miss, nearest first.
var nearness = []way{byCondition, byAction, byNamedResource, byResource, byAll}

// way is how an Allow statement misses a request.
type way int

const (
	byAll way = iota
	byCondition
	byAction
	byNamedResource // region, letter case, domain for address, configuration set
	byResource
)

// miss explains an Allow statement that does not apply.
func (j *judgement) miss(c call, m policy.Match) (diagnosis.Finding, way) {
	f, kind := found(j.source(m.Document), m), byAll
	switch {
	case m.Principal == policy.No, m.Action == policy.No && m.Resource == policy.No:
	case m.Action == policy.No && sends(m.Statement) && m.Conditions != policy.No:
		kind = byAction
		f.Code = diagnosis.IAMAction
		f.Detail = allows(m) + actions(m.Statement) + ", not " + sendAction
		f.Fix = fmt.Sprintf("add %s to the statement's Action: it is what SES checks for a raw message, also when the API call is SendEmail", sendAction)
	case m.Action == policy.No:
	case m.Resource == policy.No:
		kind = j.byResource(c, m, &f)
	default:
		test, ok := telling(m.Tests)
		if !ok {
			break
		}
		kind = byCondition
		f.ConditionKey = test.Key
		f.Code = conditionCode(test, diagnosis.IAMNoAllow)
		f.Detail = allows(m) + sendAction + " only if " + wanted(test)
		f.Fix = satisfy(test)
	}
	if kind == byAll {
		return j.nothing(c, m.Layer), byAll
	}
	return j.ofLayer(m.Layer, f), kind
}

// byResource explains an Allow statement for other resources.
func (j *judgement) byResource(c call, m policy.Match, f *diagnosis.Finding) way {
	arn := c.forms[0].arn
	f.Code = j.resourceCode(c, m)
	f.Detail = allows(m) + sendAction + " on " + some(resources(m.Statement)) + ", not on " + arn
	f.Fix = fmt.Sprintf("add %q to the statement's Resource", arn)
	if f.Code == diagnosis.IAMResDefCS {
		f.Fix += ", or remove the default configuration set from identity " + j.sender.name
	}
	if c.forms[0].open {
		f.Detail = allows(m) + sendAction + " on " + some(resources(m.Statement)) + ", on no identity of account " + j.who.account + " in " + j.snap.Region
		f.Fix = fmt.Sprintf("add %q to the statement's Resource", j.likelySender())
	}
	if f.Code == diagnosis.IAMVar {
		f.Fix = "name the resource, or use ${aws:PrincipalTag/...} and tag the principal: " + j.who.label + " has no ${aws:username}"
		if m.Document.Version != "2012-10-17" {
			f.Fix = `set "Version": "2012-10-17" in the policy: without it ${...} is taken literally`
		}
	}
	if f.Code == diagnosis.IAMNoAllow {
		return byResource
	}
	return byNamedResource
}

// allows begins the sentence about an Allow statement.
func allows(m policy.Match) string {
	return fmt.Sprintf("%s: %s allows ", m.Document.Name, named(m.Statement))
}

// nothing explains a layer in which no statement comes near to allowing.
func (j *judgement) nothing(c call, layer policy.Layer) diagnosis.Finding {
	f := diagnosis.Finding{Code: diagnosis.IAMNoAllow, Layer: layer.String()}
	f.Detail = j.looked()
	f.Fix = j.allowing(j.lacking(c))
	return j.ofLayer(layer, f)
}

// lacking is the resource to allow for a call.
func (j *judgement) lacking(c call) string {
	if c.forms[0].open {
		return j.likelySender()
	}
	return c.forms[0].arn
}

// allowing says how to allow resources in an identity-based policy.
func (j *judgement) allowing(arns ...string) string {
	var resource any = arns
	if len(arns) == 1 {
		resource = arns[0]
	}
	statement, _ := json.Marshal(struct { // strings cannot fail
		Effect, Action string
		Resource       any
	}{"Allow", sendAction, resource})
	return "add to a policy of " + j.who.label + ": " + string(statement)
}

// likelySender is the ARN of the reverse-path's identity, which before the header
// has come is the likeliest to be the sender's; else a pattern for all.
func (j *judgement) likelySender() string {
	if r := resolve(j.snap, j.req.MailFrom); j.req.MailFrom != "" && r.exists {
		return j.identityARN(r.name)
	}
	return j.identityARN("*")
}

// looked says which policies were read in vain.
func (j *judgement) looked() string {
	documents := j.who.set.Identity
	names := make([]string, len(documents))
	for i, d := range documents {
		names[i] = d.Name
	}
	switch len(names) {
	case 0:
		return j.who.label + " has no policies at all"
	case 1:
		return "its only policy, " + names[0] + ", does not allow it"
	}
	return fmt.Sprintf("none of its %d policies allows it: %s", len(names), some(names))
}

// ofLayer gives a missing Allow outside the identity-based policies its code and
// its fix.
func (j *judgement) ofLayer(layer policy.Layer, f diagnosis.Finding) diagnosis.Finding {
	var name string
	switch layer {
	case policy.Boundary:
		f.Code, name = diagnosis.IAMBoundImpl, "permissions boundary"
	case policy.SCP:
		f.Code, name = diagnosis.SCPImpl, "service control policies"
	case policy.Session:
		f.Code, name = diagnosis.Session, "session policy"
	case policy.Endpoint:
		f.Code, name = diagnosis.VPCEPolicy, "VPC endpoint policy"
	case policy.Resource:
		f.Code, name = diagnosis.XAccNoPolicy, "sending authorization policy"
	default:
		return f
	}
	if f.Statement == "" {
		f.Detail = "the " + name + " does not allow it"
		if d := j.who.set.Boundary; layer == policy.Boundary && d != nil {
			f.Source = j.source(d)
			f.Detail = fmt.Sprintf("%s, %s, does not allow it", d.Name, f.Source)
		}
	}
	f.Fix = fmt.Sprintf("the %s must allow %s, too: ask whoever sets it", name, sendAction)
	return f
}

// sayNoAllow writes the fix of iam-noallow for all resources at once: SES
// authorises each of them.
func (j *judgement) sayNoAllow() {
	if len(j.noAllow) < 2 {
		return
	}
	fix := j.allowing(slices.Compact(slices.Sorted(slices.Values(j.noAllow)))...)
	for i := range j.blockers {
		if b := &j.blockers[i]; b.Code == diagnosis.IAMNoAllow {
			b.Fix = fix
		}
	}
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
	if p.Boundary != nil && p.Boundary.Document == d && p.Boundary.ARN != "" {
		return p.Boundary.ARN
	}
	for i := range p.Policies {
		if p.Policies[i].Document == d && p.Policies[i].ARN != "" {
			return p.Policies[i].ARN
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
