package policy

import (
	"cmp"
	"slices"
)

// Explanation is a Result with everything that led to it.
type Explanation struct {
	Result

	// Matches are the statements that bore on the result: those that apply or
	// may apply, layer by layer.
	Matches []Match

	// Misses are, for each layer that lacks its Allow, the Allow statements that
	// come nearest: but for the action, the resource, the principal or one
	// condition they would have allowed. The nearest of a layer is first.
	Misses []Match

	// Lacking are the layers that must allow and certainly do not, also beside a
	// Deny that already decides.
	Lacking []Layer

	// Levels says of each level of SCPs, from the root, whether one allows.
	Levels []Truth

	// Passing are the layers that certainly let the request pass, Blocking those
	// that certainly do not. What is in neither hangs on something unknown.
	Passing, Blocking LayerSet

	// Allowing is the smallest statement, as JSON, that would allow this action
	// on this resource in the first layer of DeniedBy; "" unless the denial is
	// implicit.
	Allowing string
}

// Match is how one statement meets the request.
type Match struct {
	Layer     Layer
	Level     int // of an SCP or RCP, from 0, the root; else 0
	Document  *Document
	Statement *Statement

	// Truth says whether the statement applies; it is the conjunction of the
	// others. An element that the statement does not have is Yes.
	Truth, Principal, Action, Resource, Conditions Truth

	Tests []Test // one a condition, as written
}

// Test is one condition: what was wanted and what was there.
type Test struct {
	Operator, Key string
	Wanted        []string // with variables as written
	Got           []string // nil unless present or open
	State         State
	Truth         Truth
}

// State is what is known of a condition key. Its zero value is KeyAbsent.
type State uint8

const (
	KeyAbsent  State = iota // certainly not in the request
	KeyPresent              // with the values given
	KeyOpen                 // with the values given, perhaps more
	KeyUnknown              // with any value, or absent
)

// String returns "absent", "present", "open" or "unknown".
func (s State) String() string {
	return [...]string{"absent", "present", "open", "unknown"}[s]
}

// Explain evaluates like Evaluate, and says why. It never stops early.
func Explain(set *Set, req *Request) *Explanation {
	m := newMeeting(set, req)
	t := newTally()
	e := &Explanation{}
	set.visit(&m.caller, &t, func(layer Layer, level int, doc *Document) {
		for _, st := range doc.Statements {
			match, g := m.explain(layer, st)
			match.Level, match.Document = level, doc
			t.add(layer, st.Effect, g)
			e.sort(&m, match)
		}
	})
	v := t.verdict(set, &m)
	e.Result = v.result(set, &m)
	e.Lacking = where(&v.pass, No).list()
	e.Blocking = where(&v.deny, Yes) | where(&v.pass, No)
	e.Passing = where(&v.deny, No) & where(&v.pass, Yes)
	if e.Decision == ImplicitDeny {
		e.Allowing = m.allowing(e.DeniedBy[0])
	}
	slices.SortStableFunc(e.Matches, func(a, b Match) int { return cmp.Compare(a.Layer, b.Layer) })
	e.Levels = m.levels(set)
	e.keepMisses(&v)
	return e
}

// keepMisses keeps the near misses of the layers, and levels, that lack their
// Allow, and puts the nearest of each first.
func (e *Explanation) keepMisses(v *verdict) {
	e.Misses = slices.DeleteFunc(e.Misses, func(m Match) bool {
		return v.pass[m.Layer] != No || m.Layer == SCP && e.Levels[m.Level] != No
	})
	slices.SortStableFunc(e.Misses, func(a, b Match) int {
		return cmp.Or(cmp.Compare(a.Layer, b.Layer), cmp.Compare(a.distance(), b.distance()))
	})
}

// explain meets every element of a statement.
func (m *meeting) explain(layer Layer, st *Statement) (Match, grant) {
	g := m.principal(layer, st)
	match := Match{
		Layer:      layer,
		Statement:  st,
		Principal:  g.named,
		Action:     m.action(st),
		Resource:   m.resource(st),
		Conditions: m.conditions(st),
	}
	g = g.and(match.Action.and(match.Resource).and(match.Conditions))
	match.Truth = g.named
	return match, g
}

// sort files a match, with its tests, among those that bear on the result or
// nearly do.
func (e *Explanation) sort(m *meeting, match Match) {
	miss := match.Truth == No && match.Statement.Effect == EffectAllow &&
		truthCount(No, match.Principal, match.Action, match.Resource, match.Conditions) == 1
	if match.Truth == No && !miss {
		return
	}
	match.Tests = m.tests(match.Statement)
	if !miss {
		e.Matches = append(e.Matches, match)
	} else if match.failedTests() <= 1 {
		e.Misses = append(e.Misses, match)
	}
}

// tests evaluates every condition of a statement.
func (m *meeting) tests(st *Statement) []Test {
	var tests []Test
	for i := range st.Conditions {
		c := &st.Conditions[i]
		e, state := m.req.Context.lookup(c.key)
		tests = append(tests, Test{
			Operator: c.Operator,
			Key:      c.Key,
			Wanted:   c.Values,
			Got:      e.values,
			State:    state,
			Truth:    c.truth(m.req.Context),
		})
	}
	return tests
}

// failedTests counts the conditions that do not hold.
func (m *Match) failedTests() int {
	n := 0
	for _, test := range m.Tests {
		n += truthCount(No, test.Truth)
	}
	return n
}

// distance orders near misses: a condition is nearer than another resource,
// that than another action, and that than another principal.
func (m *Match) distance() int {
	switch No {
	case m.Conditions:
		return 0
	case m.Resource:
		return 1
	case m.Action:
		return 2
	}
	return 3
}

// truthCount counts how many of the list are t.
func truthCount(t Truth, list ...Truth) int {
	n := 0
	for _, u := range list {
		if u == t {
			n++
		}
	}
	return n
}

// allowing is the smallest statement that would allow the request in a layer.
func (m *meeting) allowing(layer Layer) string {
	st := Statement{
		Effect:    EffectAllow,
		Actions:   []string{m.req.Action},
		Resources: []string{m.req.Resource},
	}
	if m.req.OpenResource {
		st.Resources[0] += "*"
	}
	if !layer.withoutPrincipal() {
		st.Principals = []NamedPrincipal{m.caller.name()}
	}
	var p printer
	p.statement(&st)
	return p.buf.String()
}

// name is how a Principal element names the caller; a session by its role.
func (c *caller) name() NamedPrincipal {
	switch {
	case c.kind == service:
		return NamedPrincipal{Type: "Service", Value: c.arn}
	case c.kind == session && c.roleARN == "":
		return NamedPrincipal{Type: "AWS", Value: "arn:" + c.partition + ":iam::" + c.account + ":role/" + c.role}
	case c.kind == session:
		return NamedPrincipal{Type: "AWS", Value: c.roleARN}
	}
	return NamedPrincipal{Type: "AWS", Value: c.arn}
}
