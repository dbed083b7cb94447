package policy

import "slices"

// For is the set for one action: without the statements that say nothing of it, so
// that what is asked for often is decided sooner. Decisions on that action are the
// same, others mean nothing; nor do explanations, which also tell what comes near.
func (s Set) For(action string) Set {
	m := meeting{req: &Request{Action: action}}
	s.Identity = m.relevant(s.Identity)
	s.Session = m.relevant(s.Session)
	s.Resource = m.relevant(s.Resource)
	s.SCPs = m.relevantLevels(s.SCPs)
	s.RCPs = m.relevantLevels(s.RCPs)
	if s.Boundary != nil {
		s.Boundary = m.relevant([]*Document{s.Boundary})[0]
	}
	if s.Endpoint != nil {
		s.Endpoint = m.relevant([]*Document{s.Endpoint})[0]
	}
	return s
}

// relevantLevels is relevant for each level: one on which nothing is left still
// does not allow.
func (m *meeting) relevantLevels(levels [][]*Document) [][]*Document {
	if levels == nil {
		return nil
	}
	narrow := make([][]*Document, len(levels))
	for i, documents := range levels {
		narrow[i] = m.relevant(documents)
	}
	return narrow
}

// relevant copies documents with the statements that cover the action or may. No
// document is left out: that there is one may count.
func (m *meeting) relevant(documents []*Document) []*Document {
	if documents == nil {
		return nil
	}
	narrow := make([]*Document, len(documents))
	for i, d := range documents {
		if d == nil {
			continue
		}
		part := *d
		part.Statements = nil
		for _, st := range d.Statements {
			switch m.action(st) {
			case Maybe:
				part.Statements = append(part.Statements, st)
			case Yes:
				part.Statements = append(part.Statements, st.onAnything())
			}
		}
		narrow[i] = &part
	}
	return narrow
}

// onAnything is the statement for every action.
func (s *Statement) onAnything() *Statement {
	all := *s
	all.Actions, all.NotActions = []string{"*"}, nil
	all.actions = compileAll(all.Actions, nil, syntax{wildcards: true, lower: true})
	return &all
}

// Keys returns the condition keys and policy variables that the set mentions, in
// lower case, each once, sorted.
func (s *Set) Keys() []string {
	var keys []string
	add := func(documents ...*Document) {
		for _, d := range documents {
			if d != nil {
				keys = append(keys, d.keys...)
			}
		}
	}
	for _, levels := range [][][]*Document{s.SCPs, s.RCPs, {s.Identity, s.Session, s.Resource}} {
		for _, documents := range levels {
			add(documents...)
		}
	}
	add(s.Boundary, s.Endpoint)
	slices.Sort(keys)
	return slices.Compact(keys)
}
