package policy

import (
	"slices"
	"strings"
)

// pattern is a text of the policy language with its wildcards and variables
// taken apart.
type pattern struct {
	tokens []token

	variables bool // some token is a variable or broken
	confined  bool // some wildcard does not cross a colon
	misplaced bool // a variable stands where AWS does not take one
}

// token is one part of a pattern.
type token struct {
	kind tokenKind

	text       string // of a literal; the default of a variable
	key        string // of a variable, in lower case
	name       string // the key as written
	hasDefault bool
	confined   bool // this wildcard does not cross a colon
}

type tokenKind uint8

const (
	literal  tokenKind = iota
	one                // any one character
	many               // any run of characters, also none
	variable           // the value of a context key
	broken             // a variable that AWS's pages give no meaning
)

// syntax says what is special in a text.
type syntax struct {
	wildcards bool
	variables bool // the document's version has them
	arn       bool // wildcards keep to their segment of an ARN
	lower     bool // letter case does not count
}

// compilePattern takes a text apart. The escapes ${*}, ${?} and ${$} stand for
// the character itself.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func compilePattern(text string, syn syntax) pattern {
	if syn.lower {
		text = strings.ToLower(text)
	}
	p := pattern{tokens: make([]token, 0, 1+2*strings.Count(text, "*"))}
	segment := 0
	start := 0 // of the literal being read
	flush := func(end int) {
		if end > start {
			p.tokens = append(p.tokens, token{kind: literal, text: text[start:end]})
		}
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == ':':
			segment++
		case syn.wildcards && c == '?':
			flush(i)
			p.wildcard(one, syn.arn && segment < arnSegments-1)
			start = i + 1
		case syn.wildcards && c == '*':
			flush(i)
			last := i+1 == len(text) || text[i+1] == ':'
			p.wildcard(many, syn.arn && segment < arnSegments-1 && !last)
			start = i + 1
		case syn.variables && c == '$' && strings.HasPrefix(text[i:], "${"):
			flush(i)
			t, size := parseVariable(text[i:])
			p.tokens = append(p.tokens, t)
			if t.kind != literal {
				p.variables = true
				p.misplaced = p.misplaced || syn.arn && segment < arnSegments-1
			}
			i += size - 1
			start = i + 1
		}
	}
	flush(len(text))
	p.confined = slices.ContainsFunc(p.tokens, func(t token) bool { return t.confined })
	return p
}

// arnSegments is the number of parts of an ARN; the sixth may hold colons.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
const arnSegments = 6

// wildcard appends a wildcard. Of a run of asterisks one is kept, and the run
// crosses colons if its last one does.
func (p *pattern) wildcard(kind tokenKind, confined bool) {
	t := token{kind: kind, confined: confined}
	if n := len(p.tokens); kind == many && n > 0 && p.tokens[n-1].kind == many {
		p.tokens = p.tokens[:n-1]
	}
	p.tokens = append(p.tokens, t)
}

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

// everything reports whether the pattern matches every text.
func (p *pattern) everything() bool {
	return len(p.tokens) == 1 && p.tokens[0].kind == many && !p.tokens[0].confined
}

// wild reports whether the pattern has wildcards.
func (p *pattern) wild() bool {
	return slices.ContainsFunc(p.tokens, func(t token) bool { return t.kind == one || t.kind == many })
}

// keys calls f with the key of every variable, as written.
func (p *pattern) keys(f func(key string)) {
	for _, t := range p.tokens {
		if t.kind == variable {
			f(t.name)
		}
	}
}

// manner is how a text is compared.
type manner uint8

const (
	exactly  manner = iota
	foldCase        // letter case does not count
	openEnd         // the text may go on
)

// match compares a text with the pattern, the variables taken from the context.
// What is not known of a variable leaves Maybe, unless no value would help.
//
// With openEnd it is Yes if the pattern matches whatever follows, and No if
// nothing that follows makes it match.
func (p *pattern) match(ctx *Context, text string, how manner) Truth {
	if !p.variables {
		possible, certain := p.matchTokens(p.tokens, text, how)
		return certainOrNot(possible, certain)
	}
	// Ask twice: once with only what is known, once with whatever the variables
	// might hold.
	var buf [16]token
	var possible, certain bool
	if tokens, ok := p.resolve(ctx, buf[:0], false); ok {
		possible, certain = p.matchTokens(tokens, text, how)
	}
	if !possible {
		if tokens, ok := p.resolve(ctx, buf[:0], true); ok {
			possible, _ = p.matchTokens(tokens, text, how)
		}
	}
	return certainOrNot(possible, certain && !p.misplaced)
}

// certainOrNot is Yes, Maybe or No.
func certainOrNot(possible, certain bool) Truth {
	switch {
	case certain:
		return Yes
	case possible:
		return Maybe
	}
	return No
}

// matchTokens compares a text with tokens whose variables are resolved.
func (p *pattern) matchTokens(tokens []token, text string, how manner) (possible, certain bool) {
	switch {
	case how == openEnd:
		return matchPrefix(tokens, text)
	case p.confined:
		possible = matchConfined(tokens, text)
	default:
		possible = matchGlob(tokens, text, how == foldCase)
	}
	return possible, possible
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
