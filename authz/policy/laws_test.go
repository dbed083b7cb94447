package policy

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// dice makes choices from the bytes of a fuzzer; when they run out it takes the
// first of everything.
type dice struct{ data []byte }

func (d *dice) roll(n int) int {
	if len(d.data) == 0 {
		return 0
	}
	b := int(d.data[0])
	d.data = d.data[1:]
	return b % n
}

func (d *dice) pick(list ...string) string { return list[d.roll(len(list))] }

// some returns up to n picks as a JSON array, or one as a string.
func (d *dice) some(n int, list ...string) string {
	var picked []string
	for range 1 + d.roll(n) {
		picked = append(picked, fmt.Sprintf("%q", d.pick(list...)))
	}
	if len(picked) == 1 {
		return picked[0]
	}
	return "[" + strings.Join(picked, ",") + "]"
}

const (
	home   = "111122223333"
	abroad = "444455556666"
)

var (
	anyPrincipals = []string{"*", home, abroad, "arn:aws:iam::" + home + ":root", "arn:aws:iam::" + home + ":user/alice",
		"arn:aws:iam::" + home + ":role/mailer", "arn:aws:iam::" + home + ":role/path/mailer",
		"arn:aws:sts::" + home + ":assumed-role/mailer/s", "arn:aws:sts::" + home + ":federated-user/carol"}
	anyActions   = []string{"*", "ses:*", "ses:Send*", "SES:sendemail", "ses:SendRawEmail", "s3:*", "ses:Get?"}
	anyResources = []string{"*", "arn:aws:ses:*", "arn:aws:ses:eu-west-1:*:identity/*", "arn:aws:ses:eu-*-1:" + home + ":identity/a.com",
		"arn:aws:ses:eu-west-1:" + home + ":identity/${k}", "arn:aws:ses:eu-west-1:" + home + ":identity/${l, 'a.com'}",
		"arn:aws:ses:${k}:" + home + ":identity/a.com", "arn:aws:ses:eu-west-1:" + home + ":identity/?.com"}
	anyOperators = []string{"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase",
		"Bool", "Null", "NumericLessThan", "NumericNotEquals", "DateGreaterThan", "IpAddress", "NotIpAddress", "ArnLike", "ArnNotEquals", "BinaryEquals"}
	anyValues = []string{"a", "b", "a.com", "*", "?", "true", "false", "1", "2024", "2024-06-01", "10.0.0.0/8", "10.1.1.1",
		"arn:aws:iam::" + home + ":*", "${k}", "${l, 'a'}", "${*}", "${", ""}
	anyKeys = []string{"k", "l", "aws:PrincipalArn", "aws:FederatedProvider"}
)

// condition is one condition, or none.
func (d *dice) condition() string {
	if d.roll(2) == 0 {
		return ""
	}
	op := d.pick(anyOperators...)
	if op != "Null" {
		op += d.pick("", "", "IfExists")
	}
	op = d.pick("", "", "ForAllValues:", "ForAnyValue:") + op
	values := d.some(3, anyValues...)
	if d.roll(16) == 15 {
		values = "[]"
	}
	return fmt.Sprintf(`,"Condition":{%q:{%q:%s}}`, op, d.pick(anyKeys...), values)
}

func (d *dice) statement(layer Layer, effect string) string {
	principal := ""
	if !layer.withoutPrincipal() {
		principal = fmt.Sprintf(`%q:{"AWS":%s},`, d.pick("Principal", "Principal", "Principal", "NotPrincipal"), d.some(3, anyPrincipals...))
	}
	return fmt.Sprintf(`{%s"Effect":%q,%q:%s,%q:%s%s}`, principal, effect,
		d.pick("Action", "Action", "Action", "NotAction"), d.some(2, anyActions...),
		d.pick("Resource", "Resource", "Resource", "NotResource"), d.some(2, anyResources...), d.condition())
}

func (d *dice) document(t *testing.T, layer Layer) *Document {
	t.Helper()
	var statements []string
	for range 1 + d.roll(3) {
		statements = append(statements, d.statement(layer, d.pick("Allow", "Allow", "Deny")))
	}
	version := d.pick(version2012, version2012, version2008)
	doc, err := ParseFor(layer, layer.String(), []byte(`{"Version":"`+version+`","Statement":[`+strings.Join(statements, ",")+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func (d *dice) documents(t *testing.T, layer Layer, n int) []*Document {
	t.Helper()
	var docs []*Document
	for range d.roll(n + 1) {
		docs = append(docs, d.document(t, layer))
	}
	return docs
}

func (d *dice) set(t *testing.T) *Set {
	t.Helper()
	s := &Set{
		Identity: d.documents(t, Identity, 2),
		Session:  d.documents(t, Session, 1),
		Resource: d.documents(t, Resource, 2),
	}
	for _, doc := range d.documents(t, Boundary, 1) {
		s.Boundary = doc
	}
	for _, doc := range d.documents(t, Endpoint, 1) {
		s.Endpoint = doc
	}
	for range d.roll(3) {
		s.SCPs = append(s.SCPs, d.documents(t, SCP, 2))
	}
	for range d.roll(2) {
		s.RCPs = append(s.RCPs, d.documents(t, RCP, 1))
	}
	return s
}

// fact is what is known of one key, so that a context can be made anew.
type fact struct {
	key    string
	values []string
	multi  bool
}

func (d *dice) facts() []fact {
	var facts []fact
	for _, key := range anyKeys {
		values := []string{"a", "a.com", "true", "1", "2024-06-01T00:00:00Z", "10.1.1.1", "arn:aws:iam::" + home + ":role/path/mailer", ""}
		switch d.roll(3) {
		case 1:
			facts = append(facts, fact{key: key, values: []string{d.pick(values...)}})
		case 2:
			facts = append(facts, fact{key: key, values: []string{d.pick(values...), d.pick(values...)}, multi: true})
		}
	}
	return facts
}

// contextOf makes a context, key by key as change says.
func contextOf(facts []fact, change func(ctx *Context, f fact) bool) *Context {
	ctx := &Context{}
	for _, f := range facts {
		switch {
		case change != nil && change(ctx, f):
		case f.multi:
			ctx.SetList(f.key, f.values)
		default:
			ctx.Set(f.key, f.values[0])
		}
	}
	return ctx
}

func (d *dice) request(t *testing.T) *Request {
	t.Helper()
	p, err := ParsePrincipal(d.pick(
		"arn:aws:iam::"+home+":user/alice", "arn:aws:sts::"+home+":assumed-role/mailer/s", "arn:aws:sts::"+abroad+":assumed-role/mailer/s",
		"arn:aws:iam::"+abroad+":user/alice", "arn:aws:sts::"+home+":federated-user/carol", "arn:aws:iam::"+home+":root",
		"cognito-idp.amazonaws.com", "arn:aws:sts::"+home+":assumed-role/AWSServiceRoleForX/s"))
	if err != nil {
		t.Fatal(err)
	}
	return &Request{
		Principal:       p,
		Action:          d.pick("ses:SendEmail", "ses:SendRawEmail", "ses:GetX"),
		Resource:        d.pick("arn:aws:ses:eu-west-1:"+home+":identity/a.com", "arn:aws:ses:eu-west-1:"+home+":identity/b@a.com"),
		ResourceAccount: d.pick("", home),
	}
}

// without is the set with a layer emptied and called unreadable.
func (s *Set) without(layer Layer) *Set {
	c := *s
	switch layer {
	case RCP:
		c.RCPs = nil
	case SCP:
		c.SCPs = nil
	case Resource:
		c.Resource = nil
	case Identity:
		c.Identity = nil
	case Boundary:
		c.Boundary = nil
	case Session:
		c.Session = nil
	case Endpoint:
		c.Endpoint = nil
	}
	c.Unreadable |= Layers(layer)
	return &c
}

// mapped is the set with every document replaced.
func (s *Set) mapped(f func(*Document) *Document) *Set {
	list := func(docs []*Document) []*Document {
		var out []*Document
		for _, d := range docs {
			out = append(out, f(d))
		}
		return out
	}
	levels := func(levels [][]*Document) [][]*Document {
		var out [][]*Document
		for _, docs := range levels {
			out = append(out, list(docs))
		}
		return out
	}
	c := &Set{Identity: list(s.Identity), Session: list(s.Session), Resource: list(s.Resource),
		SCPs: levels(s.SCPs), RCPs: levels(s.RCPs), Unreadable: s.Unreadable}
	if s.Boundary != nil {
		c.Boundary = f(s.Boundary)
	}
	if s.Endpoint != nil {
		c.Endpoint = f(s.Endpoint)
	}
	return c
}

// shuffled is the document with its statements, and their values, in another order.
func shuffled(t *testing.T, d *Document, r *rand.Rand) *Document {
	t.Helper()
	c := *d
	c.Statements = slices.Clone(d.Statements)
	r.Shuffle(len(c.Statements), func(i, j int) { c.Statements[i], c.Statements[j] = c.Statements[j], c.Statements[i] })
	for i, st := range c.Statements {
		copied := *st
		copied.Conditions = slices.Clone(st.Conditions)
		for _, list := range [][]string{st.Actions, st.NotActions, st.Resources, st.NotResources} {
			r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		}
		for k := range copied.Conditions {
			values := slices.Clone(copied.Conditions[k].Values)
			r.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
			copied.Conditions[k].Values = values
		}
		c.Statements[i] = &copied
	}
	return mustParse(t, c.String())
}

// otherCase is the document with actions and key names in other letter case.
func otherCase(t *testing.T, d *Document) *Document {
	t.Helper()
	c := *d
	c.Statements = nil
	for _, st := range d.Statements {
		copied := *st
		copied.Conditions = slices.Clone(st.Conditions)
		swap := func(list []string) []string {
			var out []string
			for _, text := range list {
				out = append(out, strings.ToUpper(text))
			}
			return out
		}
		copied.Actions, copied.NotActions = swap(st.Actions), swap(st.NotActions)
		for k := range copied.Conditions {
			copied.Conditions[k].Key = strings.ToUpper(copied.Conditions[k].Key)
		}
		c.Statements = append(c.Statements, &copied)
	}
	return mustParse(t, c.String())
}

// onlyDenies is the document with every Allow made to concern nobody.
func onlyDenies(t *testing.T, d *Document) *Document {
	t.Helper()
	c := *d
	c.Statements = nil
	for _, st := range d.Statements {
		copied := *st
		if st.Effect == EffectAllow {
			copied.Actions, copied.NotActions = []string{}, nil
		}
		c.Statements = append(c.Statements, &copied)
	}
	return mustParse(t, c.String())
}

func (d Decision) denies() bool { return d == ImplicitDeny || d == ExplicitDeny }

// keptOrUnknown fails if less knowledge turned a denial into an allow or an
// allow into a denial.
func keptOrUnknown(t *testing.T, what string, before, after Decision) {
	t.Helper()
	if before == Allow && after.denies() || before.denies() && after == Allow {
		t.Errorf("%s: %v became %v", what, before, after)
	}
}

// checkLaws holds one set, request and facts against everything that must hold
// for all.
func checkLaws(t *testing.T, d *dice) {
	t.Helper()
	set, req, facts := d.set(t), d.request(t), d.facts()
	req.Context = contextOf(facts, nil)
	r := rand.New(rand.NewPCG(uint64(d.roll(256)), 1))
	with := func(change func(*Request)) *Request {
		c := *req
		change(&c)
		return &c
	}
	result := Evaluate(set, req)
	decision := result.Decision

	if d := Decide(set, req); d != decision {
		t.Errorf("Decide says %v, Evaluate %v", d, decision)
	}
	narrow := set.For(req.Action)
	if d := Decide(&narrow, req); d != decision {
		t.Errorf("the set for %s says %v, the whole %v", req.Action, d, decision)
	}
	explanation := Explain(set, req)
	if diff := cmp.Diff(result, explanation.Result); diff != "" {
		t.Errorf("Evaluate and Explain differ (-evaluate +explain):\n%s", diff)
	}
	if decision == Unknown && len(result.Needs) == 0 {
		t.Error("unknown for no reason")
	}
	if (decision == Allow) != (len(result.DeniedBy) == 0) && decision != Unknown {
		t.Errorf("%v, denied by %v", decision, result.DeniedBy)
	}

	for i := range facts {
		less := with(func(c *Request) {
			c.Context = contextOf(facts, func(ctx *Context, f fact) bool {
				if f.key == facts[i].key {
					ctx.SetUnknown(f.key)
				}
				return f.key == facts[i].key
			})
		})
		keptOrUnknown(t, facts[i].key+" unknown", decision, Evaluate(set, less).Decision)
		if facts[i].multi {
			less := with(func(c *Request) {
				c.Context = contextOf(facts, func(ctx *Context, f fact) bool {
					if f.key == facts[i].key {
						ctx.SetOpen(f.key, f.values[:1])
					}
					return f.key == facts[i].key
				})
			})
			keptOrUnknown(t, facts[i].key+" open", decision, Evaluate(set, less).Decision)
		}
	}
	keptOrUnknown(t, "no key known", decision, Evaluate(set, with(func(c *Request) { c.Context = &Context{Open: true} })).Decision)
	keptOrUnknown(t, "beginning of the resource", decision, Evaluate(set, with(func(c *Request) {
		c.Resource = c.Resource[:len(c.Resource)-d.roll(8)]
		c.ResourceAccount = home
		c.OpenResource = true
	})).Decision)
	for l := range layers {
		keptOrUnknown(t, l.String()+" unreadable", decision, Evaluate(set.without(l), req).Decision)
	}

	deny := *set
	if d.roll(2) == 0 {
		deny.Identity = append(slices.Clip(deny.Identity), mustParse(t, `{"Statement":`+d.statement(Identity, "Deny")+`}`))
	} else {
		deny.Resource = append(slices.Clip(deny.Resource), mustParse(t, `{"Statement":`+d.statement(Resource, "Deny")+`}`))
	}
	if after := Evaluate(&deny, req).Decision; decision.denies() && !after.denies() {
		t.Errorf("another Deny: %v became %v", decision, after)
	}

	if !req.Principal.Root() {
		none := set.mapped(func(doc *Document) *Document { return onlyDenies(t, doc) })
		if after := Evaluate(none, req).Decision; after == Allow {
			t.Error("allowed without an Allow")
		}
	}
	mixed := set.mapped(func(doc *Document) *Document { return shuffled(t, doc, r) })
	for _, docs := range append(slices.Concat(mixed.SCPs, mixed.RCPs), mixed.Identity, mixed.Resource) {
		r.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
	}
	if diff := cmp.Diff(result, Evaluate(mixed, req)); diff != "" {
		t.Errorf("in another order (-before +after):\n%s", diff)
	}
	upper := set.mapped(func(doc *Document) *Document { return otherCase(t, doc) })
	shout := with(func(c *Request) { c.Action = strings.ToUpper(c.Action) })
	if diff := cmp.Diff(result, Evaluate(upper, shout), cmpopts.IgnoreFields(Result{}, "Needs")); diff != "" {
		t.Errorf("in other letter case (-before +after):\n%s", diff)
	}
}

func FuzzLawsHoldForEverySetAndRequest(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		data := make([]byte, 150)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		f.Add(data)
	}
	f.Add(bytes.Repeat([]byte{1}, 200))
	f.Fuzz(func(t *testing.T, data []byte) { checkLaws(t, &dice{data: data}) })
}

var lawCases = flag.Int("laws", 300, "how many random cases to hold against the laws")

func TestLawsHoldForRandomCases(t *testing.T) {
	t.Parallel()
	for seed := range uint64(*lawCases) {
		r := rand.New(rand.NewPCG(seed, 7))
		data := make([]byte, 400)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		if checkLaws(t, &dice{data: data}); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
