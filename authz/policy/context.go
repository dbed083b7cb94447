package policy

import (
	"slices"
	"strings"
)

// Context holds the condition keys of a request. Key names are not case
// sensitive. The zero value is a complete context without keys: a key that was
// never mentioned is absent. The last call for a name counts, and a key's own
// name before a family's.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-reqcontext.html
type Context struct {
	// Open makes keys that were never mentioned unknown instead of absent.
	Open bool

	keys     []entry // few: looking through them is quicker than a map
	families []family
}

// entry is what is known of one key.
type entry struct {
	name   string // as given
	lower  string // name in lower case
	state  State
	values []string
	multi  bool
}

// family is what is known of all keys with a prefix.
type family struct {
	prefix string // in lower case, with its slash
	entry  entry
}

// Set gives a single-valued key its value.
func (c *Context) Set(key, value string) {
	c.put(key, entry{state: KeyPresent, values: []string{value}})
}

// SetList gives a multivalued key all its values.
func (c *Context) SetList(key string, values []string) {
	c.put(key, entry{state: KeyPresent, values: slices.Clone(values), multi: true})
}

// SetOpen gives a multivalued key some of its values; more may come, such as
// recipients before DATA.
func (c *Context) SetOpen(key string, values []string) {
	state := KeyOpen
	if len(values) == 0 {
		state = KeyUnknown
	}
	c.put(key, entry{state: state, values: slices.Clone(values), multi: true})
}

// SetUnknown marks keys that may hold anything or be absent. A name that ends
// in "/*" stands for its family, such as aws:PrincipalTag/*.
func (c *Context) SetUnknown(keys ...string) {
	for _, key := range keys {
		c.put(key, entry{state: KeyUnknown})
	}
}

// SetAbsent marks keys that are certainly absent; families likewise.
func (c *Context) SetAbsent(keys ...string) {
	for _, key := range keys {
		c.put(key, entry{state: KeyAbsent})
	}
}

// State returns what is known of a key.
func (c *Context) State(key string) State {
	_, state := c.lookup(strings.ToLower(key))
	return state
}

func (c *Context) put(key string, e entry) {
	e.name, e.lower = key, strings.ToLower(key)
	if prefix, ok := strings.CutSuffix(e.lower, "/*"); ok {
		c.families = append(c.families, family{prefix: prefix + "/", entry: e})
		return
	}
	for i := range c.keys {
		if c.keys[i].lower == e.lower {
			c.keys[i] = e
			return
		}
	}
	c.keys = append(c.keys, e)
}

// Grow makes room for n more keys.
func (c *Context) Grow(n int) { c.keys = slices.Grow(c.keys, n) }

// lookup returns what is known of a key, given in lower case.
func (c *Context) lookup(key string) (entry, State) {
	if c == nil {
		return entry{}, KeyAbsent
	}
	for i := range c.keys {
		if e := &c.keys[i]; e.lower == key {
			return *e, e.state
		}
	}
	for _, f := range slices.Backward(c.families) {
		if strings.HasPrefix(key, f.prefix) {
			return entry{}, f.entry.state
		}
	}
	if c.Open {
		return entry{}, KeyUnknown
	}
	return entry{}, KeyAbsent
}
