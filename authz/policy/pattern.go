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

// arnSegments is the number of parts of an ARN; the sixth may hold colons.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
const arnSegments = 6

// compilePattern takes a text apart. In the first five segments of an ARN a
// wildcard takes no colon, unless it is an asterisk and the last character of
// its segment: "it can expand to match beyond the colon boundaries".
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
func compilePattern(text string, syn syntax) pattern {
	if syn.lower {
		text = strings.ToLower(text)
	}
	p := pattern{tokens: make([]token, 0, 1+2*strings.Count(text, "*"))}
	head := syn.arn // in the first five segments
	segment, start := 0, 0
	for i := 0; i < len(text); {
		t, size := special(text[i:], syn)
		if size == 0 {
			if text[i] == ':' {
				segment++
				head = syn.arn && segment < arnSegments-1
			}
			i++
			continue
		}
		p.addLiteral(text[start:i])
		p.add(t, head, text[i+size:])
		i += size
		start = i
	}
	p.addLiteral(text[start:])
	p.confined = slices.ContainsFunc(p.tokens, func(t token) bool { return t.confined })
	return p
}

// special reads a wildcard or variable, and says how long it is.
func special(text string, syn syntax) (token, int) {
	switch {
	case syn.wildcards && text[0] == '*':
		return token{kind: many}, 1
	case syn.wildcards && text[0] == '?':
		return token{kind: one}, 1
	case syn.variables && strings.HasPrefix(text, "${"):
		return parseVariable(text)
	}
	return token{}, 0
}

func (p *pattern) addLiteral(text string) {
	if text != "" {
		p.tokens = append(p.tokens, token{kind: literal, text: text})
	}
}

// add appends what is special; head says whether it stands in the first five
// segments of an ARN. Of a run of asterisks the last is kept.
func (p *pattern) add(t token, head bool, rest string) {
	switch t.kind {
	case many:
		t.confined = head && rest != "" && rest[0] != ':'
		if n := len(p.tokens); n > 0 && p.tokens[n-1].kind == many {
			p.tokens = p.tokens[:n-1]
		}
	case one:
		t.confined = head
	case variable, broken:
		p.variables = true
		p.misplaced = p.misplaced || head
	}
	p.tokens = append(p.tokens, t)
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
