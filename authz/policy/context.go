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

	keys     map[string]entry
	families []family
}

// entry is what is known of one key.
type entry struct {
	name   string // as given
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
	e.name = key
	lower := strings.ToLower(key)
	if prefix, ok := strings.CutSuffix(lower, "/*"); ok {
		c.families = append(c.families, family{prefix: prefix + "/", entry: e})
		return
	}
	if c.keys == nil {
		c.keys = make(map[string]entry)
	}
	c.keys[lower] = e
}

// lookup returns what is known of a key, given in lower case.
func (c *Context) lookup(key string) (entry, State) {
	if c == nil {
		return entry{}, KeyAbsent
	}
	if e, ok := c.keys[key]; ok {
		return e, e.state
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
