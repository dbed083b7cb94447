package policy

import (
	"strings"
	"unicode/utf8"
)

// matchGlob reports whether the tokens, variables resolved, match the whole
// text. It goes back to the last asterisk only, which is enough where every
// asterisk takes any character, and bounds the work by len(tokens)·len(text).
func matchGlob(tokens []token, text string, fold bool) bool {
	if len(tokens) == 2 && tokens[0].kind == many && tokens[1].kind == literal && !fold {
		return strings.HasSuffix(text, tokens[1].text)
	}
	i, pos := 0, 0
	star, starPos := -1, 0
	for {
		if i < len(tokens) {
			if tokens[i].kind == many {
				if i == len(tokens)-1 {
					return true
				}
				star, starPos = i, pos
				i++
				continue
			}
			if end, ok := tokens[i].take(text, pos, fold); ok {
				i, pos = i+1, end
				continue
			}
		} else if pos == len(text) {
			return true
		}
		if star < 0 {
			return false
		}
		if starPos = nextStart(tokens[star+1:], text, starPos, fold); starPos < 0 {
			return false
		}
		i, pos = star+1, starPos
	}
}

// nextStart is the next place, after from, where the tokens after an asterisk
// may begin; -1 if there is none.
func nextStart(rest []token, text string, from int, fold bool) int {
	if from >= len(text) {
		return -1
	}
	from += width(text, from)
	if rest[0].kind != literal || fold {
		return from
	}
	want := rest[0].text
	if len(rest) == 1 {
		from = max(from, len(text)-len(want))
	}
	i := strings.Index(text[from:], want)
	if i < 0 {
		return -1
	}
	return from + i
}

// take matches a token other than an asterisk at pos, and returns where it ends.
func (t *token) take(text string, pos int, fold bool) (int, bool) {
	if t.kind == one {
		if pos >= len(text) || t.confined && text[pos] == ':' {
			return 0, false
		}
		return pos + width(text, pos), true
	}
	end := pos + len(t.text)
	if end > len(text) {
		return 0, false
	}
	if fold {
		return end, equalFold(text[pos:end], t.text)
	}
	return end, text[pos:end] == t.text
}

// equalFold is strings.EqualFold, which is slow to see that the first letters
// differ already.
func equalFold(a, b string) bool {
	const caseBit = 'a' - 'A'
	if len(a) > 0 && a[0] < utf8.RuneSelf && b[0] < utf8.RuneSelf && a[0]|caseBit != b[0]|caseBit {
		return false
	}
	return strings.EqualFold(a, b)
}

// width is the number of bytes of the character at pos: "?" is one character,
// not one byte.
func width(text string, pos int) int {
	if text[pos] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(text[pos:])
	return n
}

// matchConfined is matchGlob where some wildcards do not cross a colon, so that
// going back to the last asterisk is not enough.
func matchConfined(tokens []token, text string) bool {
	reached := start(text)
	for i := range tokens {
		reached.advance(&tokens[i], text)
	}
	return reached[len(text)]
}

// matchPrefix compares a text of which only the beginning is known: whether
// some continuation matches, and whether every one does.
func matchPrefix(tokens []token, prefix string) (possible, certain bool) {
	reached := start(prefix)
	var ends endings
	for i := range tokens {
		t := &tokens[i]
		if t.kind == many {
			reached.advance(t, prefix) // and the asterisk may go on taking
		}
		if reached[len(prefix)] {
			possible = true
			ends.add(tokens[i:])
		}
		if t.kind == literal {
			possible = possible || reached.cutShort(t.text, prefix)
		}
		if t.kind != many {
			reached.advance(t, prefix)
		}
	}
	if reached[len(prefix)] {
		possible = true
		ends.add(nil)
	}
	return possible, ends.complete()
}

// reach says of every offset in a text whether the tokens so far can end there.
type reach []bool

func start(text string) reach {
	r := make(reach, len(text)+1)
	r[0] = true
	return r
}

// advance goes one token further.
func (r reach) advance(t *token, text string) {
	if t.kind == many {
		for pos := range len(text) {
			if r[pos] && !(t.confined && text[pos] == ':') {
				r[pos+1] = true
			}
		}
		return
	}
	for pos := len(text); pos >= 0; pos-- {
		if !r[pos] {
			continue
		}
		r[pos] = false
		if end, ok := t.take(text, pos, false); ok {
			r[end] = true
		}
	}
}

// cutShort reports whether the text ends within the literal.
func (r reach) cutShort(want, text string) bool {
	for pos := max(0, len(text)-len(want)); pos < len(text); pos++ {
		if r[pos] && strings.HasPrefix(want, text[pos:]) {
			return true
		}
	}
	return false
}

// endings collects what the rest of a text may be: exactly n characters, or at
// least n.
type endings struct {
	exact   map[int]bool
	atLeast int
	open    bool // atLeast is set
}

// add takes the tokens that are left where the known text ends. A literal among
// them, or a wildcard that does not cross colons, leaves something that must or
// must not come, and so proves nothing.
func (e *endings) add(rest []token) {
	least, open := 0, false
	for _, t := range rest {
		if t.kind == literal || t.confined {
			return
		}
		if t.kind == one {
			least++
		}
		open = open || t.kind == many
	}
	if !open {
		if e.exact == nil {
			e.exact = map[int]bool{}
		}
		e.exact[least] = true
		return
	}
	if !e.open || least < e.atLeast {
		e.open, e.atLeast = true, least
	}
}

// complete reports whether every rest is covered.
func (e *endings) complete() bool {
	for n := range e.atLeast {
		if !e.exact[n] {
			return false
		}
	}
	return e.open
}
