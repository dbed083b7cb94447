package main

import (
	"errors"
	"fmt"
	"strconv"

	"sesgate/authz/policy"
)

// evalCase is one request with every policy that applies to it.
type evalCase struct {
	id      string
	set     policy.Set
	request policy.Request
	unknown []string // keys
}

// caseReader reads cases. It keeps the documents it has parsed: the same
// policies come again with every request.
type caseReader struct {
	documents map[documentKey]*policy.Document
	labels    map[labelKey]string
}

type documentKey struct {
	layer     policy.Layer
	name, src string
}

type labelKey struct {
	field        string
	level, index int
}

// maxDocuments is how many documents a caseReader keeps.
const maxDocuments = 10_000

// read reads one line. The id is there even with an error, if it comes first.
func (r *caseReader) read(line []byte) (*evalCase, error) {
	c := &evalCase{}
	c.request.Context = &policy.Context{}
	if err := eachMember(line, func(name string, value []byte) error {
		if string(value) == "null" {
			return nil
		}
		return r.field(c, name, value)
	}); err != nil {
		return c, err
	}
	c.request.Context.SetUnknown(c.unknown...)
	switch {
	case c.request.Principal.ARN == "":
		return c, errors.New("the case has no principal")
	case c.request.Action == "":
		return c, errors.New("the case has no action")
	case c.request.Resource == "":
		return c, errors.New("the case has no resource")
	}
	return c, nil
}

// field reads one field of a case; what it does not know it leaves alone.
func (r *caseReader) field(c *evalCase, name string, value []byte) (err error) {
	switch name {
	case "id":
		c.id, err = textValue(value)
	case "principal":
		c.request.Principal, err = readPrincipal(value)
	case "action":
		c.request.Action, err = textValue(value)
	case "resource":
		c.request.Resource, err = textValue(value)
	case "resourceAccount":
		c.request.ResourceAccount, err = textValue(value)
	case "context":
		err = readContext(c.request.Context, value)
	case "unknown":
		c.unknown, err = textValues(value)
	case "unreadable":
		c.set.Unreadable, err = readLayers(value)
	default:
		return r.policies(&c.set, name, value)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// policies reads a field of policies.
func (r *caseReader) policies(s *policy.Set, name string, value []byte) (err error) {
	switch name {
	case "identityPolicies", "groupPolicies":
		var docs []*policy.Document
		docs, err = r.list(policy.Identity, name, -1, value)
		s.Identity = append(s.Identity, docs...)
	case "permissionBoundary":
		s.Boundary, err = r.parse(policy.Boundary, name, value)
	case "sessionPolicy":
		s.Session, err = r.one(policy.Session, name, value)
	case "resourcePolicy":
		s.Resource, err = r.one(policy.Resource, name, value)
	case "endpointPolicy":
		s.Endpoint, err = r.parse(policy.Endpoint, name, value)
	case "scps":
		s.SCPs, err = r.levels(policy.SCP, name, value)
	case "rcps":
		s.RCPs, err = r.levels(policy.RCP, name, value)
	}
	return err
}

func (r *caseReader) levels(layer policy.Layer, field string, src []byte) ([][]*policy.Document, error) {
	var levels [][]*policy.Document
	err := eachElement(src, func(value []byte) error {
		docs, err := r.list(layer, field, len(levels), value)
		levels = append(levels, docs)
		return err
	})
	return levels, err
}

func (r *caseReader) list(layer policy.Layer, field string, level int, src []byte) ([]*policy.Document, error) {
	var docs []*policy.Document
	err := eachElement(src, func(value []byte) error {
		d, err := r.parse(layer, r.label(field, level, len(docs)), value)
		docs = append(docs, d)
		return err
	})
	return docs, err
}

func (r *caseReader) one(layer policy.Layer, field string, src []byte) ([]*policy.Document, error) {
	d, err := r.parse(layer, field, src)
	return []*policy.Document{d}, err
}

// parse reads a policy, or finds it among those read before. When these are too
// many it forgets them all, which costs no more than to parse them again.
func (r *caseReader) parse(layer policy.Layer, name string, src []byte) (*policy.Document, error) {
	if d, ok := r.documents[documentKey{layer, name, string(src)}]; ok {
		return d, nil
	}
	d, err := policy.ParseFor(layer, name, src)
	if err != nil {
		return nil, err
	}
	if r.documents == nil || len(r.documents) >= maxDocuments {
		r.documents = make(map[documentKey]*policy.Document)
	}
	r.documents[documentKey{layer, name, string(src)}] = d
	return d, nil
}

// label names a policy by its place in the case, such as scps[0][1]; the level
// is -1 where there are none.
func (r *caseReader) label(field string, level, index int) string {
	key := labelKey{field, level, index}
	if label, ok := r.labels[key]; ok {
		return label
	}
	label := field
	if level >= 0 {
		label += "[" + strconv.Itoa(level) + "]"
	}
	label += "[" + strconv.Itoa(index) + "]"
	if r.labels == nil || len(r.labels) >= maxDocuments {
		r.labels = make(map[labelKey]string)
	}
	r.labels[key] = label
	return label
}

func readPrincipal(src []byte) (policy.Principal, error) {
	arn, err := textValue(src)
	if err != nil {
		return policy.Principal{}, err
	}
	return policy.ParsePrincipal(arn)
}

// readContext reads the keys of a request. A list of one value is the same as
// that value.
func readContext(ctx *policy.Context, src []byte) error {
	return eachMember(src, func(key string, value []byte) error {
		if ctx.State(key) != policy.KeyAbsent {
			return fmt.Errorf("key %q occurs twice", key)
		}
		if value[0] != '[' {
			text, err := textValue(value)
			ctx.Set(key, text)
			return err
		}
		list, err := textValues(value)
		if len(list) == 1 {
			ctx.Set(key, list[0])
		} else {
			ctx.SetList(key, list)
		}
		return err
	})
}

func readLayers(src []byte) (policy.LayerSet, error) {
	names, err := textValues(src)
	var set policy.LayerSet
	for _, name := range names {
		layer, ok := layerNamed(name)
		if !ok {
			return 0, fmt.Errorf("there is no layer %q", name)
		}
		set |= policy.Layers(layer)
	}
	return set, err
}

// layerNamed is the layer with a name such as "scp".
func layerNamed(name string) (policy.Layer, bool) {
	for l := policy.RCP; l <= policy.Endpoint; l++ {
		if l.String() == name {
			return l, true
		}
	}
	return 0, false
}
