package main

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// jsonText takes JSON apart without copying: what a case does not use, such as
// its expectation, is only skipped, and a policy goes to its own parser as it
// stands. This is what makes sesgate eval fast.
type jsonText struct {
	src []byte
	pos int
}

// next skips white space and returns the byte there, 0 at the end.
func (t *jsonText) next() byte {
	for ; t.pos < len(t.src); t.pos++ {
		switch c := t.src[t.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// expect consumes the byte c.
func (t *jsonText) expect(c byte) error {
	if t.next() != c || t.pos >= len(t.src) {
		return fmt.Errorf("not JSON: expected %q at octet %d", c, t.pos)
	}
	t.pos++
	return nil
}

// value returns the next value as it stands.
func (t *jsonText) value() ([]byte, error) {
	t.next()
	from := t.pos
	depth := 0
	for t.pos < len(t.src) {
		switch c := t.src[t.pos]; c {
		case '"':
			if err := t.skipString(); err != nil {
				return nil, err
			}
		case '{', '[':
			depth++
			t.pos++
		case '}', ']', ',', ':':
			if depth == 0 {
				return t.since(from)
			}
			if c == '}' || c == ']' {
				depth--
			}
			t.pos++
		default:
			t.pos++
			continue
		}
		if depth == 0 {
			return t.src[from:t.pos], nil
		}
	}
	if depth > 0 {
		return nil, fmt.Errorf("not JSON: a value at octet %d does not end", from)
	}
	return t.since(from)
}

// since returns a number, true, false or null.
func (t *jsonText) since(from int) ([]byte, error) {
	word := bytes.TrimRight(t.src[from:t.pos], " \t\r\n")
	if !json.Valid(word) {
		return nil, fmt.Errorf("not JSON: expected a value at octet %d", from)
	}
	return word, nil
}

func (t *jsonText) skipString() error {
	from := t.pos
	for t.pos++; t.pos < len(t.src); t.pos++ {
		switch t.src[t.pos] {
		case '\\':
			t.pos++
		case '"':
			t.pos++
			return nil
		}
	}
	return fmt.Errorf("not JSON: a string at octet %d does not end", from)
}

// eachMember calls f with every member of an object.
func eachMember(src []byte, f func(name string, value []byte) error) error {
	t := jsonText{src: src}
	return t.each('{', '}', func() error {
		name, err := t.value()
		if err != nil {
			return err
		}
		key, err := textValue(name)
		if err != nil {
			return err
		}
		if err := t.expect(':'); err != nil {
			return err
		}
		value, err := t.value()
		if err != nil {
			return err
		}
		return f(key, value)
	})
}

// eachElement calls f with every element of an array.
func eachElement(src []byte, f func(value []byte) error) error {
	t := jsonText{src: src}
	return t.each('[', ']', func() error {
		value, err := t.value()
		if err != nil {
			return err
		}
		return f(value)
	})
}

// each reads what is between two brackets, and nothing may follow.
func (t *jsonText) each(left, right byte, item func() error) error {
	if err := t.expect(left); err != nil {
		return err
	}
	if t.next() == right {
		t.pos++
		return t.end()
	}
	for {
		if err := item(); err != nil {
			return err
		}
		if t.next() != ',' {
			break
		}
		t.pos++
	}
	if err := t.expect(right); err != nil {
		return err
	}
	return t.end()
}

func (t *jsonText) end() error {
	if t.next(); t.pos < len(t.src) {
		return fmt.Errorf("not JSON: something follows at octet %d", t.pos)
	}
	return nil
}

// textValue is the value of a JSON string.
func textValue(src []byte) (string, error) {
	if len(src) >= 2 && src[0] == '"' && bytes.IndexByte(src, '\\') < 0 {
		return string(src[1 : len(src)-1]), nil
	}
	var text *string
	if err := json.Unmarshal(src, &text); err != nil {
		return "", err
	}
	if text == nil {
		return "", fmt.Errorf("null where a string is expected")
	}
	return *text, nil
}

// textValues is the value of a JSON array of strings.
func textValues(src []byte) ([]string, error) {
	var list []string
	err := eachElement(src, func(value []byte) error {
		text, err := textValue(value)
		list = append(list, text)
		return err
	})
	return list, err
}
