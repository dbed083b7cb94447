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
	if m.caller.kind == service || m.caller.kind == root {
		m.bounded = No // a boundary is attached to users and roles only
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
	visitAll(Resource, 0, s.Resource)
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
