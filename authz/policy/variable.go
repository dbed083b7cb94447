package policy

import "strings"

// parseVariable reads the variable that text begins with, and says how long it
// is. What is wrong with one leaves nothing certain about the rest.
func parseVariable(text string) (token, int) {
	end := strings.IndexByte(text, '}')
	if end < 0 {
		return token{kind: broken}, len(text)
	}
	name, size := text[len("${"):end], end+1
	if name == "*" || name == "?" || name == "$" {
		return token{kind: literal, text: name}, size
	}
	t := token{kind: variable}
	if key, _, found := strings.Cut(name, ","); found {
		name = key
		t.text, size, t.hasDefault = parseDefault(text, len("${")+len(key)+1)
		if !t.hasDefault {
			return token{kind: broken}, len(text)
		}
	}
	if name == "" || strings.ContainsAny(name, "${'\"") || strings.TrimSpace(name) != name {
		return token{kind: broken}, len(text)
	}
	t.key, t.name = strings.ToLower(name), name
	return t, size
}

// parseDefault reads a default, such as " 'company-wide'}", from the offset
// after the comma to the closing brace. It may itself hold braces.
func parseDefault(text string, at int) (value string, size int, ok bool) {
	rest := strings.TrimLeft(text[at:], " ")
	if !strings.HasPrefix(rest, "'") {
		return "", 0, false
	}
	value, after, ok := strings.Cut(rest[1:], "'")
	return value, len(text) - len(after) + 1, ok && strings.HasPrefix(after, "}")
}

// resolve replaces the variables by their values, which are literal: a wildcard
// that comes out of a value is none. It reports false if a variable has no
// value: such a pattern matches nothing. The optimistic reading takes what is
// not known for the best, any text.
func (p *pattern) resolve(ctx *Context, dst []token, optimistic bool) ([]token, bool) {
	for _, t := range p.tokens {
		value, certainty := t.value(ctx)
		switch {
		case t.kind != variable && t.kind != broken:
			dst = append(dst, t)
		case certainty == Yes:
			dst = append(dst, token{kind: literal, text: value})
		case certainty == Maybe && optimistic:
			dst = append(dst, token{kind: many})
		default:
			return dst, false
		}
	}
	return dst, true
}

// possible is No if a variable has no value, so that nothing can match.
func (p *pattern) possible(ctx *Context) Truth {
	var buf [16]token
	_, ok := p.resolve(ctx, buf[:0], true)
	return truth(ok).and(Maybe)
}

// value is what a variable stands for: Yes with its text, No if it has none,
// Maybe if that is not known. A multivalued key has no value as a variable.
func (t *token) value(ctx *Context) (string, Truth) {
	if t.kind != variable {
		return "", Maybe
	}
	entry, state := ctx.lookup(t.key)
	switch {
	case state == KeyPresent && !entry.multi:
		return entry.values[0], Yes
	case state == KeyAbsent && t.hasDefault && strings.ContainsAny(t.text, "*?"):
		return "", Maybe // whether wildcards in a default are literal is not documented
	case state == KeyAbsent && t.hasDefault:
		return t.text, Yes
	case state == KeyAbsent:
		return "", No
	case state == KeyPresent && len(entry.values) > 1 && !t.hasDefault:
		return "", No
	}
	return "", Maybe
}
