package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"sesgate/authz/policy"
)

// decoder fills a Config from YAML and from the environment, and collects every
// mistake with the place it was made. It reads YAML's nodes itself: the library's
// strict mode knows no nearest key and no path.
type decoder struct {
	origin   map[string]string // path of a key → where its value stands
	mistakes []string
}

// err is every mistake, a line each; nil if there is none.
func (d *decoder) err() error {
	if len(d.mistakes) == 0 {
		return nil
	}
	errs := make([]error, len(d.mistakes))
	for i, m := range d.mistakes {
		errs[i] = errors.New(m)
	}
	return errors.Join(errs...)
}

// wrong notes a mistake in the value at path, naming where it was set.
func (d *decoder) wrong(path, format string, args ...any) {
	place := ""
	for p := path; p != ""; p = parent(p) {
		if o, ok := d.origin[p]; ok {
			place = o + ": "
			break
		}
	}
	d.mistakes = append(d.mistakes, place+path+": "+fmt.Sprintf(format, args...))
}

// parent drops the last element of a path: a[0].b → a[0] → a → "".
func parent(path string) string {
	if i := strings.LastIndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return ""
}

func (d *decoder) file(path string, src []byte, cfg *Config) {
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var doc, second yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return
	} else if err != nil {
		hint := ""
		if bytes.ContainsRune(src, '\t') {
			hint = " (YAML is indented by spaces, and there are tabs in the file)"
		}
		d.mistakes = append(d.mistakes, path+": "+strings.TrimPrefix(err.Error(), "yaml: ")+hint)
		return
	}
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		d.mistakes = append(d.mistakes, path+": more than one YAML document; one is read, so nothing may follow ---")
	}
	d.node(path, "", doc.Content[0], reflect.ValueOf(cfg).Elem())
}

// node reads n into v; path is the key's place in the configuration.
func (d *decoder) node(file, path string, n *yaml.Node, v reflect.Value) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if path != "" {
		d.origin[path] = fmt.Sprintf("%s line %d", file, n.Line)
	}
	if n.Tag == "!!null" {
		return // "key:" alone keeps the default
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(file, path, n, v)
	case reflect.Slice:
		d.sequence(file, path, n, v)
	default:
		if n.Kind != yaml.ScalarNode {
			d.wrong(path, "takes one value, not a list or map")
			return
		}
		d.scalar(path, n.Value, v)
	}
}

func (d *decoder) mapping(file, path string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		where := path
		if where == "" {
			where = file
		}
		d.mistakes = append(d.mistakes, fmt.Sprintf("%s line %d: %s: takes keys (%s), not one value", file, n.Line, where, strings.Join(keys(v.Type()), ", ")))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := join(path, key.Value)
		field, ok := field(v, key.Value)
		switch {
		case !ok:
			d.mistakes = append(d.mistakes, fmt.Sprintf("%s line %d: %s: unknown key%s", file, key.Line, at, didYouMean(key.Value, keys(v.Type()))))
		case seen[key.Value]:
			d.mistakes = append(d.mistakes, fmt.Sprintf("%s line %d: %s: given twice", file, key.Line, at))
		default:
			d.node(file, at, value, field)
		}
		seen[key.Value] = true
	}
}

func (d *decoder) sequence(file, path string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		d.wrong(path, "takes a list: put - before each")
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		list.Index(i).Set(element(list.Type().Elem()))
		d.node(file, fmt.Sprintf("%s[%d]", path, i), item, list.Index(i))
	}
	v.Set(list)
}

// element is a new element of a list with its defaults.
func element(t reflect.Type) reflect.Value {
	if t == reflect.TypeFor[Listener]() {
		return reflect.ValueOf(DefaultListener())
	}
	return reflect.Zero(t)
}

// scalar sets v from text, be it of the file or of the environment.
func (d *decoder) scalar(path, text string, v reflect.Value) {
	switch v.Interface().(type) {
	case time.Duration:
		t, err := time.ParseDuration(text)
		if err != nil {
			d.wrong(path, "%q is not a duration such as 30s or 5m", text)
			return
		}
		v.SetInt(int64(t))
	case bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			d.wrong(path, "%q is not true or false", text)
			return
		}
		v.SetBool(b)
	case int64:
		n, err := number(text)
		if err != nil {
			d.wrong(path, "%q is not a number such as 1000, 64KB or 10MB", text)
			return
		}
		v.SetInt(n)
	default:
		v.SetString(text)
	}
}

var shapeOfNumber = regexp.MustCompile(`^([0-9]{1,12}) ?(|B|KB|KiB|MB|MiB)$`)

// number reads a count or a size; KB and MB are powers of 1024.
func number(text string) (int64, error) {
	m := shapeOfNumber.FindStringSubmatch(text)
	if m == nil {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return 0, err
	}
	switch m[2] {
	case "KB", "KiB":
		n *= 1 << 10
	case "MB", "MiB":
		n *= megabyte
	}
	return n, nil
}

var (
	listIndex = regexp.MustCompile(`^[0-9]{1,2}$`)
	// ofKubernetes are the variables that a cluster sets for a Service named sesgate.
	ofKubernetes = regexp.MustCompile(`^SESGATE(_[A-Z0-9_]+)?_(SERVICE_(HOST|PORT.*)|PORT(_.*)?)$`)
)

// environment applies SESGATE_ variables: SESGATE_PREFLIGHT_MODE=warn,
// SESGATE_LISTENERS_0_ADDRESS=…, lists of words separated by commas.
func (d *decoder) environment(environ []string, cfg *Config) (warnings []string) {
	values := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		values[name] = value
	}
	// Short names first: the second element of a list before the tenth.
	names := slices.SortedFunc(maps.Keys(values), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	for _, name := range names {
		value := values[name]
		rest, ours := strings.CutPrefix(name, "SESGATE_")
		if !ours || name == "SESGATE_CONFIG" || ofKubernetes.MatchString(name) {
			continue
		}
		if !d.variable(name, "", strings.ToLower(rest), value, reflect.ValueOf(cfg).Elem()) {
			warnings = append(warnings, fmt.Sprintf("%s is no setting of sesgate%s", name, didYouMean(name, variables(reflect.TypeFor[Config](), "SESGATE"))))
		}
	}
	return warnings
}

// variable finds the key that rest names below v and sets it.
func (d *decoder) variable(name, path, rest, value string, v reflect.Value) bool {
	switch {
	case v.Kind() == reflect.Struct:
		for _, key := range keys(v.Type()) {
			after, ok := strings.CutPrefix(rest, key)
			if ok && (after == "" || after[0] == '_') {
				f, _ := field(v, key)
				return d.variable(name, join(path, key), strings.TrimPrefix(after, "_"), value, f)
			}
		}
		return false
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		index, after, _ := strings.Cut(rest, "_")
		if !listIndex.MatchString(index) {
			return false
		}
		i, _ := strconv.Atoi(index)
		if i > v.Len() {
			d.mistakes = append(d.mistakes, fmt.Sprintf("%s: there is no %s[%d] to set: the next one is number %d", name, path, i, v.Len()))
			return true
		}
		if i == v.Len() {
			v.Set(reflect.Append(v, element(v.Type().Elem())))
		}
		return d.variable(name, fmt.Sprintf("%s[%d]", path, i), after, value, v.Index(i))
	case rest != "":
		return false
	}
	d.origin[path] = name
	if v.Kind() == reflect.Slice {
		v.Set(reflect.ValueOf(strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })))
		return true
	}
	d.scalar(path, value, v)
	return true
}

// override is a setting that a flag names.
type override struct {
	flag, path, value string
}

func (d *decoder) overrides(list []override, cfg *Config) {
	for _, o := range list {
		v := reflect.ValueOf(cfg).Elem()
		for key := range strings.SplitSeq(o.path, ".") {
			v, _ = field(v, key)
		}
		d.origin[o.path] = o.flag
		d.scalar(o.path, o.value, v)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// field is v's field of that key.
func field(v reflect.Value, key string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("yaml") == key {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// keys are the keys of a configuration struct in their order.
func keys(t reflect.Type) []string {
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = t.Field(i).Tag.Get("yaml")
	}
	return names
}

// variables are the names of all variables of the environment; a list's first
// element stands for all.
func variables(t reflect.Type, prefix string) []string {
	if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct {
		return variables(t.Elem(), prefix+"_0")
	}
	if t.Kind() != reflect.Struct {
		return []string{prefix}
	}
	var names []string
	for i := range t.NumField() {
		names = append(names, variables(t.Field(i).Type, prefix+"_"+strings.ToUpper(t.Field(i).Tag.Get("yaml")))...)
	}
	return names
}

// didYouMean suggests the nearest of the known words, if one is near.
func didYouMean(word string, known []string) string {
	best := policy.Nearest(word, known)
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}
