package awssim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// decodeStrict reads a JSON object of known keys into the struct that v points
// to, or an array of such objects into a slice. Every mistake is reported:
// a world that is not read as it was meant proves nothing.
func decodeStrict(data []byte, v any) error {
	target := reflect.ValueOf(v).Elem()
	if target.Kind() != reflect.Slice {
		return decodeObject(data, target)
	}
	var elements []json.RawMessage
	if err := decodeJSON(data, &elements); err != nil {
		return err
	}
	var errs []error
	for i, element := range elements {
		entry := reflect.New(target.Type().Elem()).Elem()
		for _, err := range flatten(decodeObject(element, entry)) {
			errs = append(errs, fmt.Errorf("entry %d: %w", i+1, err))
		}
		target.Set(reflect.Append(target, entry))
	}
	return errors.Join(errs...)
}

func decodeObject(data []byte, target reflect.Value) error {
	var object map[string]json.RawMessage
	if err := decodeJSON(data, &object); err != nil {
		return err
	}
	if object == nil {
		return errors.New("null where an object belongs")
	}
	fields := keyed(target)
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(object)) {
		field, ok := fields[key]
		if !ok {
			known := strings.Join(slices.Sorted(maps.Keys(fields)), ", ")
			errs = append(errs, fmt.Errorf("unknown key %q (known: %s)", key, known))
			continue
		}
		if err := json.Unmarshal(object[key], field.Addr().Interface()); err != nil {
			errs = append(errs, fmt.Errorf("key %q: %w", key, plain(err)))
		}
	}
	return errors.Join(errs...)
}

// keyed maps the JSON keys of a struct to its fields.
func keyed(target reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for field, value := range target.Fields() {
		if key := field.Tag.Get("json"); key != "" {
			fields[key] = value
		}
	}
	return fields
}

// decodeJSON is json.Unmarshal in words for people who write worlds.
func decodeJSON(data []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(v); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("is empty")
		}
		return plain(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("has something after the end of its JSON")
	}
	return nil
}

func plain(err error) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return fmt.Errorf("a JSON %s where %s belongs", wrongType.Value, kindName(wrongType.Type))
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("is not JSON at byte %d: %w", syntax.Offset, err)
	}
	return err
}

func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice:
		return "an array"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	default:
		return "a number"
	}
}

// list is one or several strings: "a" or ["a", "b"].
type list []string

func (l *list) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*l = list{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}
