package authz

import (
	"cmp"
	"slices"
	"strings"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// sendAction is what SES authorises when a raw message is sent, whatever the API
// call is named.
// https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
const sendAction = "ses:SendRawEmail"

// use says what SES authorises a resource for.
type use int

const (
	asSender use = iota
	withSet
	toRecipient // in the sandbox, as reported by users; not documented
	asReturnPath
	asSenderHeader
	asFeedback
)

// call is one IAM request that SES makes of the message: sendAction on one
// resource.
type call struct {
	use   use
	name  string // address or configuration set
	forms []form // what the resource may be; several if that is not known
	// inferred marks what is likely, but not documented, to be authorised: a
	// denial is then suspected only.
	inferred  bool
	byDefault bool // withSet: the set is the identity's default
	listed    bool // the identity is known by name and status only
	on        facts.Kinds
}

// onPrincipal is what every denial by policies rests on: who asks, and the
// policies.
const onPrincipal = facts.KindCaller | facts.KindPrincipal

// form is one ARN that the resource of a call may have.
type form struct {
	arn        string
	open       bool   // arn is only its beginning
	account    string // that owns it; "" is the caller's
	policies   []*policy.Document
	unreadable bool // what is attached to the identity is not known
}

// resources are the ARNs that the resource of the call may have.
func (c call) resources() (arns []string) {
	for _, f := range c.forms {
		arns = append(arns, f.arn)
	}
	return arns
}

// permissions evaluates every call under every layer of policies.
func (j *judgement) permissions() {
	if !j.who.known {
		j.unsure = true
		return
	}
	j.keys = j.mentioned()
	contexts := j.contexts()
	for _, c := range j.calls() {
		j.permission(c, contexts)
	}
	j.sayNoAllow()
}

// calls lists the IAM requests that SES makes of the message, as far as they can
// be told.
func (j *judgement) calls() []call {
	calls := make([]call, 1, 3)
	calls[0] = j.senderCall()
	if name, byDefault, known := j.setInUse(); known && name != "" {
		calls = append(calls, call{use: withSet, name: name, byDefault: byDefault, forms: []form{{arn: j.setARN(name)}},
			on: onPrincipal | facts.KindIdentity})
	}
	if j.sandbox == policy.Yes {
		for _, to := range j.req.Recipients {
			c := j.identityCall(toRecipient, to)
			c.inferred = ofSimulator(to)
			if address := j.identityARN(to); !slices.ContainsFunc(c.forms, func(f form) bool { return f.arn == address }) {
				// Which of the two AWS asks for is not documented. An identity that does
				// not exist has no policies but its domain's.
				c.forms = append(c.forms, form{arn: address, policies: c.forms[0].policies, unreadable: c.forms[0].unreadable})
			}
			calls = append(calls, c)
		}
	}
	if h := j.req.Header; h != nil && h.ReturnPath != "" && h.ReturnPath != h.From {
		c := j.identityCall(asReturnPath, h.ReturnPath)
		c.inferred = true
		calls = append(calls, c)
	}
	if address := j.req.Route.FeedbackAddress; address != "" {
		c := j.identityCall(asFeedback, address)
		if id := parseIdentityARN(j.req.Route.ReturnPathARN); id.text != "" {
			c.forms = []form{j.ownersForm(id)}
		}
		c.inferred = true
		calls = append(calls, c)
	}
	return calls
}

// senderCall is the call on the sender's identity. Before the header has come
// any identity may be the sender's.
func (j *judgement) senderCall() call {
	if id := j.named(); j.ofOther(id) {
		c := call{use: asSender, name: id.name, forms: []form{j.ownersForm(id)}, on: onPrincipal | facts.KindIdentity}
		if j.fromKnown() {
			c.name = j.req.Header.From
		}
		j.arns = append(j.arns, id.text)
		return c
	}
	if j.fromKnown() {
		c := j.identityCall(asSender, j.req.Header.From)
		c.forms = append(c.forms, j.inOtherRegions(c.forms)...)
		j.arns = append(j.arns, c.resources()...)
		return c
	}
	f := form{arn: j.identityARN(""), open: true, unreadable: true}
	// Inside one account AWS does not document that the policy of an identity
	// alone lets somebody send. Where the identity of the reverse-path has none,
	// it is taken that the one of From, nearly always the same, has none either.
	if r := resolve(j.snap, j.req.MailFrom); j.req.MailFrom != "" && r.name != "" && !r.fact.Listed && len(r.fact.Policies) == 0 {
		f.unreadable = false
	}
	return call{use: asSender, forms: []form{f}, on: onPrincipal | facts.KindIdentity}
}

// inOtherRegions is what a resource is called in the other regions of a
// multi-region endpoint: SES picks one for each message, and asks there.
func (j *judgement) inOtherRegions(forms []form) (others []form) {
	for _, region := range j.snap.GlobalEndpoint.Value.Regions {
		if region == j.snap.Region {
			continue
		}
		for _, f := range forms {
			f.arn = strings.Replace(f.arn, ":"+j.snap.Region+":", ":"+region+":", 1)
			f.policies, f.unreadable = nil, true
			others = append(others, f)
		}
	}
	return others
}

func (j *judgement) identityCall(u use, address string) call {
	c := call{use: u, name: address, on: onPrincipal | facts.KindIdentity | facts.KindIndex}
	r := j.resolve(address)
	if len(r.maybe) == 0 {
		c.listed = r.fact.Listed
		c.forms = []form{j.form(r.name, r.fact.Policies, !r.fact.Listed || j.provisional)}
		if r.exists && r.fact.Name != r.name && r.fact.Name != "" {
			// SES holds the domain in other letter case, which ARNs tell apart.
			c.forms = append(c.forms, j.form(r.fact.Name, r.fact.Policies, !r.fact.Listed || j.provisional))
		}
		return c
	}
	for _, name := range r.maybe {
		fact := j.snap.Identities[name]
		c.forms = append(c.forms, j.form(name, fact.Value.Policies, fact.Known() && !fact.Value.Listed))
	}
	return c
}

func (j *judgement) form(name string, attached []facts.Policy, known bool) form {
	documents, all := readable(attached)
	return form{arn: j.identityARN(name), policies: documents, unreadable: !known || !all}
}

// permission evaluates one call in every form and context it may have. Only what
// is so in all of them is certain.
func (j *judgement) permission(c call, contexts []*policy.Context) {
	if arn := c.forms[0].arn; c.use != asSender && !slices.Contains(j.arns, arn) {
		j.arns = append(j.arns, arn)
	}
	allowed, denied := 0, 0
	var against *policy.Context // the first context in which it is denied, and its form
	var form form
	for _, f := range c.forms {
		for _, ctx := range contexts {
			switch j.evaluate(f, ctx) {
			case policy.Allow:
				allowed++
			case policy.ImplicitDeny, policy.ExplicitDeny:
				if denied++; against == nil {
					against, form = ctx, f
				}
			}
		}
	}
	switch n := len(c.forms) * len(contexts); {
	case allowed == n:
		j.unsure = j.unsure || c.listed
		return
	case j.lent && c.use == asSender: // what is missing on this ARN does not matter
		j.unsure = true
		return
	case denied == n:
		j.explain(c, form, against)
		return
	}
	j.unsure = true
	if !j.req.Suspects || !j.fromKnown() {
		return
	}
	if j.req.Refused && c.use == asSender {
		j.unread(c)
	}
	c.inferred = true
	if j.foreign(c.forms[0]) && c.forms[0].unreadable {
		j.doubtOwner(c)
	}
	if against != nil {
		j.explain(c, form, against)
		return
	}
	j.doubt(c, c.forms[0], contexts[0])
}

func (j *judgement) evaluate(f form, ctx *policy.Context) policy.Decision {
	set, req := j.question(&j.who.sends, f, ctx)
	decision := policy.Decide(&set, &req)
	if decision == policy.Allow && len(f.policies) > 0 && !j.foreign(f) {
		// That the identity's own policy is enough inside one account is not
		// documented for SES, so the principal's must allow as well.
		set.Resource = onlyDenies(set.Resource)
		if policy.Decide(&set, &req) != policy.Allow {
			return policy.Unknown
		}
	}
	return decision
}

// foreign reports whether another account owns the resource.
func (j *judgement) foreign(f form) bool { return f.account != "" && f.account != j.who.account }

// question puts the call to a set of the principal's.
func (j *judgement) question(whose *policy.Set, f form, ctx *policy.Context) (policy.Set, policy.Request) {
	set := *whose
	set.Resource = f.policies
	if f.unreadable {
		set.Unreadable |= policy.Layers(policy.Resource)
	}
	if j.allowedByOpinion(f.arn) {
		set.Unreadable &^= policy.Layers(policy.SCP)
	}
	return set, policy.Request{
		Principal:       j.who.principal,
		Action:          sendAction,
		Resource:        f.arn,
		OpenResource:    f.open,
		ResourceAccount: cmp.Or(f.account, j.who.account),
		Context:         ctx,
	}
}

// onlyDenies drops documents that allow something; their denials have been
// looked at before.
func onlyDenies(documents []*policy.Document) []*policy.Document {
	return slices.DeleteFunc(slices.Clone(documents), func(d *policy.Document) bool {
		return slices.ContainsFunc(d.Statements, func(s *policy.Statement) bool { return s.Effect == policy.EffectAllow })
	})
}

// resourceCode says in which way an Allow's Resource misses the call's.
func (j *judgement) resourceCode(c call, m policy.Match) diagnosis.Code {
	arn, s := c.forms[0].arn, m.Statement
	kind, _, _ := strings.Cut(strings.SplitN(arn, ":", 6)[5], "/")
	if slices.ContainsFunc(s.Resources, func(r string) bool {
		return strings.Contains(r, ":"+kind+"/") && j.neverResolves(r, m.Document.Version)
	}) {
		return diagnosis.IAMVar
	}
	switch c.use {
	case withSet:
		if c.byDefault {
			return diagnosis.IAMResDefCS
		}
		return diagnosis.IAMResConfSet
	case toRecipient:
		return diagnosis.IAMResSandbox
	case asReturnPath, asFeedback:
		return diagnosis.IAMResRetPath
	}
	here := strings.SplitN(arn, ":", 6)
	code := diagnosis.IAMNoAllow
	for _, pattern := range s.Resources {
		there := strings.SplitN(pattern, ":", 6)
		switch {
		case strings.EqualFold(pattern, arn):
			return diagnosis.IAMResCase
		case len(there) < 6 || there[2] != "ses" || !strings.HasPrefix(there[5], "identity/"):
		case there[5] == here[5], c.forms[0].open, beginsAs(there[5], here[5]):
			code = diagnosis.IAMResRegion
		case sameDomain(there[5], here[5]) && code == diagnosis.IAMNoAllow:
			code = diagnosis.IAMResKind
		}
	}
	return code
}

// beginsAs reports whether pattern, which ends in a wildcard, covers name.
func beginsAs(pattern, name string) bool {
	begin, all := strings.CutSuffix(pattern, "*")
	return all && strings.HasPrefix(name, begin)
}

// neverResolves reports whether a resource has a policy variable that has no
// value here: ${aws:username} for whom is no user, any in a policy of the old
// version.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func (j *judgement) neverResolves(resource, version string) bool {
	if !strings.Contains(resource, "${") {
		return false
	}
	isUser := strings.Contains(j.snap.Caller.Value.ARN, ":user/")
	return version != "2012-10-17" || !isUser && strings.Contains(strings.ToLower(resource), "${aws:username}")
}

// sameDomain reports whether of two identities one is the domain and the other
// an address in it.
func sameDomain(a, b string) bool {
	a, b = strings.TrimPrefix(a, "identity/"), strings.TrimPrefix(b, "identity/")
	return strings.HasSuffix(a, "@"+b) || strings.HasSuffix(b, "@"+a)
}
