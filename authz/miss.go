package authz

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"sesgate/authz/diagnosis"
	"sesgate/authz/policy"
)

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
		f.Code = lasting(conditionCode(test, diagnosis.IAMNoAllow), test, "DateLessThan", "NumericLessThan")
		f.Detail = allows(m) + sendAction + " only if " + wanted(test)
		f.Fix = satisfy(test)
		if f.Code == diagnosis.IAMCondTimeOver {
			f.Fix = "change the condition, or take it out: its window is over"
		}
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
	f.Fix = fmt.Sprintf("add %q to the statement's Resource", j.lacking(c))
	if f.Code == diagnosis.IAMResDefCS {
		f.Fix += ", or remove the default configuration set from identity " + j.sender.name
	}
	if c.forms[0].open {
		f.Detail = allows(m) + sendAction + " on " + some(resources(m.Statement)) + ", on no identity of account " + j.who.account + " in " + j.snap.Region
		if id := j.elsewhereOwned(j.req.MailFrom); id.text != "" {
			f.Fix = fmt.Sprintf("to send with the identity of account %s, name it in a route, as below; to send with one of this account, %s", id.account, f.Fix)
		}
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
	switch {
	case c.forms[0].open:
		return j.likelySender()
	case c.use == asSender && j.sender.name != "" && !j.sender.exists:
		return j.identityARN(domainOf(j.sender.address)) // the one to create
	}
	return c.forms[0].arn
}

// allowing says how to allow resources in an identity-based policy.
func (j *judgement) allowing(arns ...string) string {
	var resource any = arns
	if len(arns) == 1 {
		resource = arns[0]
	}
	return "add to a policy of " + j.who.label + ": " + statement(resource)
}

// statement allows sending with a resource, or a list of them.
func statement(resource any) string {
	text, _ := json.Marshal(struct { // strings cannot fail
		Effect, Action string
		Resource       any
	}{"Allow", sendAction, resource})
	return string(text)
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
	if layer == policy.Boundary {
		f.Fix = "a boundary grants nothing and must allow it, too: ask whoever sets it to add " + statement("*")
	}
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
