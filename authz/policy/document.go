package policy

import (
	"bytes"
	"encoding/json"
)

// Document is one policy. It is made by [Parse], not changed afterwards, and
// may be part of many sets at once.
type Document struct {
	Name       string // what people call it, given to Parse
	ID         string // the Id element, "" if absent
	Version    string // the Version element; "" if absent, which means 2008-10-17
	Statements []*Statement

	keys   []string
	source string
}

// Source returns the document as it was written, with which the lines and columns
// of its statements agree.
func (d *Document) Source() string { return d.source }

// Keys returns the condition keys and policy variables that the document
// mentions, in lower case, each once, sorted. The slice is the document's own.
func (d *Document) Keys() []string { return d.keys }

// Effect is what a statement does where it applies. Its zero value is Deny.
type Effect uint8

const (
	EffectDeny  Effect = iota // it denies, whatever else allows
	EffectAllow               // it allows, unless something denies
)

// String returns the word of the policy language, "Deny" or "Allow".
func (e Effect) String() string { return [...]string{"Deny", "Allow"}[e] }

// Statement is one statement of a document.
type Statement struct {
	Sid          string // "" if absent
	Index        int    // place in the document, from 0
	Line, Column int    // where it begins in the text given to Parse, from 1; columns count bytes
	Effect       Effect

	Principals, NotPrincipals []NamedPrincipal // as written; nil if the element is absent
	Actions, NotActions       []string
	Resources, NotResources   []string
	Conditions                []Condition

	source             string
	actions, resources []pattern
}

// Source returns the statement as it was written, without white space.
func (s *Statement) Source() string {
	var buf bytes.Buffer
	_ = json.Compact(&buf, []byte(s.source)) // the parser has seen that it is JSON
	return buf.String()
}

// compile prepares the statement for matching.
func (s *Statement) compile(variables bool) {
	s.actions = compileAll(s.Actions, s.NotActions, syntax{wildcards: true, lower: true})
	s.resources = compileAll(s.Resources, s.NotResources, syntax{wildcards: true, variables: variables, arn: true})
	for i := range s.Conditions {
		s.Conditions[i].compile(variables)
	}
}

// compileAll compiles the one of two lists that is there.
func compileAll(list, not []string, syn syntax) []pattern {
	if list == nil {
		list = not
	}
	patterns := make([]pattern, len(list))
	for i, text := range list {
		patterns[i] = compilePattern(text, syn)
	}
	return patterns
}

// eachKey calls f with every condition key and variable, as written.
func (s *Statement) eachKey(f func(key string)) {
	for i := range s.resources {
		s.resources[i].keys(f)
	}
	for i := range s.Conditions {
		f(s.Conditions[i].Key)
		s.Conditions[i].variables(f)
	}
}

// NamedPrincipal is one entry of a Principal or NotPrincipal element.
type NamedPrincipal struct {
	Type  string // AWS, Service, Federated or CanonicalUser; "*" where the element is only "*"
	Value string
}

// Condition is one operator on one key with the values wanted.
type Condition struct {
	Operator string // as written, such as ForAnyValue:StringLikeIfExists
	Key      string // as written
	Values   []string

	op     operator
	key    string // in lower case
	wanted []matcher
}

// variables calls f with the key of every variable in the values, as written.
func (c *Condition) variables(f func(key string)) {
	for _, m := range c.wanted {
		if p, ok := m.(interface{ keys(func(key string)) }); ok {
			p.keys(f)
		}
	}
}
