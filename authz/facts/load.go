package facts

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"sesgate/authz/policy"
)

// Load reads a file that Text has written or people have. name stands in errors and
// gaps. Every mistake is in the error, a line each, with the line of the file.
func Load(name string, src []byte) (*File, error) {
	l := loader{file: name}
	f := &File{}
	f.part = part{name, &f.doc.held}
	dec := yaml.NewDecoder(bytes.NewReader(src))
	dec.KnownFields(true)
	if err := dec.Decode(&f.doc); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: the file is empty", name)
	} else if err != nil {
		l.syntax(err)
		return nil, l.err()
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: more than one YAML document; one is read, so nothing may follow ---", name)
	}
	if err := yaml.Unmarshal(src, &l.root); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	l.check(&f.doc)
	return f, l.err()
}

// loader collects what is wrong with a file.
type loader struct {
	file     string
	root     yaml.Node
	mistakes []string
}

func (l *loader) err() error {
	errs := make([]error, len(l.mistakes))
	for i, m := range l.mistakes {
		errs[i] = errors.New(m)
	}
	return errors.Join(errs...)
}

// wrong notes a mistake at a key with the line of it or, if the key is missing, of
// the nearest one above it.
func (l *loader) wrong(at place, format string, args ...any) {
	line := 1
	if n, _ := l.find(at); n != nil {
		line = max(n.Line, 1)
	}
	l.mistakes = append(l.mistakes, fmt.Sprintf("%s line %d: %s: %s", l.file, line, at, fmt.Sprintf(format, args...)))
}

// place is a way of keys and list indexes into the file.
type place []any

func (p place) of(keys ...any) place { return append(slices.Clip(p), keys...) }

// String writes a.b[0].c.
func (p place) String() string {
	var b strings.Builder
	for _, key := range p {
		switch key := key.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", key)
		case string:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(key)
		}
	}
	return b.String()
}

// find returns the node at a place, or the one that it ends at, and whether all of
// the way is there.
func (l *loader) find(at place) (n *yaml.Node, ok bool) {
	if len(l.root.Content) == 0 {
		return nil, false
	}
	n = l.root.Content[0]
	for _, key := range at {
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		next := step(n, key)
		if next == nil {
			return n, false
		}
		n = next
	}
	return n, true
}

func step(n *yaml.Node, key any) *yaml.Node {
	switch key := key.(type) {
	case int:
		if key < len(n.Content) {
			return n.Content[key]
		}
	case string:
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return n.Content[i+1]
			}
		}
	}
	return nil
}

// has reports whether the file says something at a place.
func (l *loader) has(at place) bool {
	_, ok := l.find(at)
	return ok
}

var (
	unknownField = regexp.MustCompile(`^line (\d+): field (.+) not found in type .*$`)
	wrongType    = regexp.MustCompile("^line (\\d+): cannot unmarshal (\\S+)(?: `(.*)`)? into (.*)$")
)

// syntax notes what the decoder has found, in words for people who do not know Go.
func (l *loader) syntax(err error) {
	types, ok := errors.AsType[*yaml.TypeError](err)
	if !ok {
		l.mistakes = append(l.mistakes, l.file+": "+strings.TrimPrefix(err.Error(), "yaml: "))
		return
	}
	for _, m := range types.Errors {
		line, text := "", m
		if f := unknownField.FindStringSubmatch(m); f != nil {
			line, text = f[1], "unknown key "+strconv.Quote(f[2])+didYouMean(f[2], keysOf(reflect.TypeFor[document]()))
		} else if t := wrongType.FindStringSubmatch(m); t != nil {
			line, text = t[1], fmt.Sprintf("%q cannot stand here: %s is wanted", t[3], kindOf(t[4]))
		} else if rest, found := strings.CutPrefix(m, "line "); found {
			line, text, _ = strings.Cut(rest, ": ")
		}
		l.mistakes = append(l.mistakes, fmt.Sprintf("%s line %s: %s", l.file, line, text))
	}
}

// kindOf names a Go type as people who write YAML do.
func kindOf(goType string) string {
	switch {
	case goType == "bool":
		return "true or false"
	case goType == "string":
		return "a text"
	case goType == "int", goType == "float64":
		return "a number"
	case goType == "time.Time":
		return "a time such as 2006-01-02T15:04:05Z"
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	}
	return "a mapping of keys"
}

// didYouMean suggests the nearest of the known words, if one is near.
func didYouMean(word string, known []string) string {
	if best := policy.Nearest(word, known); best != "" {
		return fmt.Sprintf(" (did you mean %q?)", best)
	}
	return ""
}

// keysOf are all keys that may stand in a value of the type, at any depth.
func keysOf(t reflect.Type) []string {
	keys := map[string]bool{}
	collectKeys(t, keys, map[reflect.Type]bool{})
	return slices.Sorted(maps.Keys(keys))
}

func collectKeys(t reflect.Type, keys map[string]bool, seen map[reflect.Type]bool) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		collectKeys(t.Elem(), keys, seen)
	case reflect.Struct:
		if seen[t] {
			return
		}
		seen[t] = true
		for i := range t.NumField() {
			key, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
			if key != "" {
				keys[key] = true
			}
			collectKeys(t.Field(i).Type, keys, seen)
		}
	}
}
