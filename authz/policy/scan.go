package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// SyntaxError says where and why AWS would refuse a document.
type SyntaxError struct {
	Name         string // of the document
	Line, Column int    // from 1; columns count bytes
	Msg          string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.Name, e.Line, e.Column, e.Msg)
}

// scanner reads JSON and knows where it is. encoding/json does neither refuse a
// key that occurs twice, as AWS does, nor say where a value begins.
type scanner struct {
	name string
	src  string
	pos  int
}

// errorf returns a *SyntaxError at an offset.
func (s *scanner) errorf(at int, format string, args ...any) error {
	var l lines
	line, column := l.place(s.src, at)
	return &SyntaxError{Name: s.name, Line: line, Column: column, Msg: fmt.Sprintf(format, args...)}
}

// lines turns ascending offsets into lines and columns.
type lines struct{ n, start, counted int }

func (l *lines) place(src string, at int) (line, column int) {
	for {
		i := strings.IndexByte(src[l.counted:at], '\n')
		if i < 0 {
			break
		}
		l.n++
		l.counted += i + 1
		l.start = l.counted
	}
	l.counted = at
	return l.n + 1, at - l.start + 1
}

// next skips white space and returns the byte there, 0 at the end.
func (s *scanner) next() byte {
	for ; s.pos < len(s.src); s.pos++ {
		switch c := s.src[s.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// expect consumes the byte c.
func (s *scanner) expect(c byte) error {
	if s.next() != c {
		return s.errorf(s.pos, "expected %q, found %s", c, s.found())
	}
	s.pos++
	return nil
}

// found describes what stands at the current position.
func (s *scanner) found() string {
	if s.pos >= len(s.src) {
		return "the end of the document"
	}
	r, _ := utf8.DecodeRuneInString(s.src[s.pos:])
	return fmt.Sprintf("%q", r)
}

// end checks that nothing but white space follows.
func (s *scanner) end() error {
	if s.next() != 0 || s.pos < len(s.src) {
		return s.errorf(s.pos, "expected the end of the document, found %s", s.found())
	}
	return nil
}

// object reads an object and calls member at each value.
func (s *scanner) object(member func(key string, at int) error) error {
	if err := s.expect('{'); err != nil {
		return err
	}
	if s.next() == '}' {
		s.pos++
		return nil
	}
	var seen names
	for {
		s.next()
		at := s.pos
		key, err := s.text()
		if err != nil {
			return err
		}
		if !seen.add(key) {
			return s.errorf(at, "%q occurs twice", key)
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		s.next()
		if err := member(key, at); err != nil {
			return err
		}
		if s.next() != ',' {
			return s.expect('}')
		}
		s.pos++
	}
}

// oneOrMany reads a value that may stand alone or in an array.
func (s *scanner) oneOrMany(element func() error) error {
	if s.next() != '[' {
		return element()
	}
	s.pos++
	if s.next() == ']' {
		s.pos++
		return nil
	}
	for {
		s.next()
		if err := element(); err != nil {
			return err
		}
		if s.next() != ',' {
			return s.expect(']')
		}
		s.pos++
	}
}

// text reads a string.
func (s *scanner) text() (string, error) {
	at := s.pos
	if s.next() != '"' {
		return "", s.errorf(s.pos, "expected a string, found %s", s.found())
	}
	plain := true
	for i := s.pos + 1; i < len(s.src); i++ {
		switch c := s.src[i]; {
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			return "", s.errorf(i, "control character %#02x in a string", c)
		case c == '"':
			quoted := s.src[s.pos : i+1]
			s.pos = i + 1
			if plain {
				return quoted[1 : len(quoted)-1], nil
			}
			return s.unescape(at, quoted)
		}
	}
	return "", s.errorf(at, "string without a closing quote")
}

// unescape resolves the escapes of a quoted string.
func (s *scanner) unescape(at int, quoted string) (string, error) {
	var text string
	if err := json.Unmarshal([]byte(quoted), &text); err != nil {
		return "", s.errorf(at, "string with an escape that JSON does not have")
	}
	return text, nil
}

// scalar reads a condition value: a string, or a number or boolean as it is
// written.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func (s *scanner) scalar() (string, error) {
	if s.next() == '"' {
		return s.text()
	}
	at := s.pos
	for s.pos < len(s.src) && !strings.ContainsRune(" \t\r\n,:[]{}\"", rune(s.src[s.pos])) {
		s.pos++
	}
	word := s.src[at:s.pos]
	if word == "null" || !json.Valid([]byte(word)) {
		s.pos = at
		return "", s.errorf(at, "expected a string, number or boolean, found %s", s.found())
	}
	return word, nil
}

// names is a set of member names, mostly few.
type names struct {
	few  []string
	many map[string]bool
}

// add reports whether the name is new.
func (n *names) add(name string) bool {
	const few = 16
	if n.many != nil {
		known := n.many[name]
		n.many[name] = true
		return !known
	}
	if slices.Contains(n.few, name) {
		return false
	}
	if n.few = append(n.few, name); len(n.few) > few {
		n.many = make(map[string]bool)
		for _, name := range n.few {
			n.many[name] = true
		}
	}
	return true
}
