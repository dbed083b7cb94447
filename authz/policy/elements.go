package policy

import (
	"fmt"
	"slices"
	"strings"
)

// principalTypes are the keys of a Principal element.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
var principalTypes = []string{"AWS", "Service", "Federated", "CanonicalUser"}

// principals reads Principal or NotPrincipal, never nil.
func (p *parser) principals(element string) ([]NamedPrincipal, error) {
	at := p.pos
	if p.next() != '{' {
		text, err := p.text()
		if err == nil && text != "*" {
			err = p.errorf(at, `%s is "*" or an object such as {"AWS": ...}, not %q`, element, text)
		}
		return []NamedPrincipal{{Type: "*", Value: "*"}}, err
	}
	list := []NamedPrincipal{}
	err := p.object(func(kind string, at int) error {
		if !slices.Contains(principalTypes, kind) {
			return p.unknown(kind, at, element, principalTypes)
		}
		values, err := p.strings(func(string) string { return "" })
		for _, v := range values {
			list = append(list, NamedPrincipal{Type: kind, Value: v})
		}
		return err
	})
	return list, err
}

// conditions reads a Condition element.
func (p *parser) conditions() ([]Condition, error) {
	list := []Condition{}
	err := p.object(func(name string, at int) error {
		op, msg := findOperator(name)
		if msg != "" {
			return p.errorf(at, "%s", msg)
		}
		var keys names
		return p.object(func(key string, at int) error {
			lower := strings.ToLower(key)
			if !keys.add(lower) {
				return p.errorf(at, "condition key %q occurs twice under %s, in different letter case", key, name)
			}
			values, err := p.values()
			list = append(list, Condition{Operator: name, Key: key, Values: values, op: op, key: lower})
			return err
		})
	})
	return list, err
}

// values reads the values of one condition key, never nil.
func (p *parser) values() ([]string, error) {
	list := []string{}
	err := p.oneOrMany(func() error {
		text, err := p.scalar()
		list = append(list, text)
		return err
	})
	return list, err
}

// compile prepares every statement for matching and collects the keys.
func (p *parser) compile() {
	variables := p.doc.Version == version2012
	for _, st := range p.doc.Statements {
		st.compile(variables)
		st.eachKey(func(key string) { p.doc.keys = append(p.doc.keys, strings.ToLower(key)) })
	}
	slices.Sort(p.doc.keys)
	p.doc.keys = slices.Compact(p.doc.keys)
}

// quote is Sprintf with the text quoted.
func quote(format, text string) string {
	return fmt.Sprintf(format, fmt.Sprintf("%q", text))
}

// everything reports whether a pattern is only asterisks.
func everything(pattern string) bool {
	return pattern != "" && strings.Trim(pattern, "*") == ""
}
