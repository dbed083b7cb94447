package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sesgate/authz/policy"
)

// evalCase is one request with every policy that applies to it.
type evalCase struct {
	id      string
	set     policy.Set
	request policy.Request
}

// caseJSON is a case as a line has it; vectors/README.md of the test vectors
// describes the fields.
type caseJSON struct {
	ID                 string                  `json:"id"`
	Principal          string                  `json:"principal"`
	Action             string                  `json:"action"`
	Resource           string                  `json:"resource"`
	ResourceAccount    string                  `json:"resourceAccount"`
	Context            map[string]contextValue `json:"context"`
	IdentityPolicies   []json.RawMessage       `json:"identityPolicies"`
	GroupPolicies      []json.RawMessage       `json:"groupPolicies"`
	PermissionBoundary json.RawMessage         `json:"permissionBoundary"`
	SessionPolicy      json.RawMessage         `json:"sessionPolicy"`
	SCPs               [][]json.RawMessage     `json:"scps"`
	RCPs               [][]json.RawMessage     `json:"rcps"`
	ResourcePolicy     json.RawMessage         `json:"resourcePolicy"`
	EndpointPolicy     json.RawMessage         `json:"endpointPolicy"`
	Unknown            []string                `json:"unknown"`
	Unreadable         []string                `json:"unreadable"`
}

// contextValue is a string or a list of strings.
type contextValue []string

func (v *contextValue) UnmarshalJSON(src []byte) error {
	if len(src) > 0 && src[0] == '[' {
		return json.Unmarshal(src, (*[]string)(v))
	}
	if string(src) == "null" {
		return errors.New("null as the value of a context key")
	}
	*v = make([]string, 1)
	return json.Unmarshal(src, &(*v)[0])
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

// read reads one line. The id is there even with an error, if it can be read.
func (r *caseReader) read(line []byte) (evalCase, error) {
	var j caseJSON
	err := json.Unmarshal(line, &j)
	c := evalCase{id: j.ID}
	if err != nil {
		return c, err
	}
	if c.request, err = j.request(); err != nil {
		return c, err
	}
	c.set, err = r.set(&j)
	return c, err
}

// request is the case's request.
func (j *caseJSON) request() (policy.Request, error) {
	p, err := policy.ParsePrincipal(j.Principal)
	switch {
	case err != nil:
		return policy.Request{}, err
	case j.Action == "":
		return policy.Request{}, errors.New("the case has no action")
	case j.Resource == "":
		return policy.Request{}, errors.New("the case has no resource")
	}
	ctx := &policy.Context{}
	seen := make(map[string]bool, len(j.Context))
	for key, values := range j.Context {
		lower := strings.ToLower(key)
		if seen[lower] {
			return policy.Request{}, fmt.Errorf("context key %q occurs twice", key)
		}
		seen[lower] = true
		if len(values) == 1 {
			ctx.Set(key, values[0])
		} else {
			ctx.SetList(key, values)
		}
	}
	ctx.SetUnknown(j.Unknown...)
	return policy.Request{
		Principal:       p,
		Action:          j.Action,
		Resource:        j.Resource,
		ResourceAccount: j.ResourceAccount,
		Context:         ctx,
	}, nil
}

// set is the case's policies.
func (r *caseReader) set(j *caseJSON) (policy.Set, error) {
	b := setBuilder{reader: r}
	s := policy.Set{
		Identity: append(b.list(policy.Identity, "identityPolicies", 0, j.IdentityPolicies),
			b.list(policy.Identity, "groupPolicies", 0, j.GroupPolicies)...),
		Boundary: b.one(policy.Boundary, "permissionBoundary", j.PermissionBoundary),
		SCPs:     b.levels(policy.SCP, "scps", j.SCPs),
		RCPs:     b.levels(policy.RCP, "rcps", j.RCPs),
		Endpoint: b.one(policy.Endpoint, "endpointPolicy", j.EndpointPolicy),
	}
	if d := b.one(policy.Session, "sessionPolicy", j.SessionPolicy); d != nil {
		s.Session = []*policy.Document{d}
	}
	if d := b.one(policy.Resource, "resourcePolicy", j.ResourcePolicy); d != nil {
		s.Resource = []*policy.Document{d}
	}
	for _, name := range j.Unreadable {
		layer, ok := layerNamed(name)
		if !ok {
			return s, fmt.Errorf("unreadable: there is no layer %q", name)
		}
		s.Unreadable |= policy.Layers(layer)
	}
	return s, b.err
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

// setBuilder parses the policies of a case and keeps the first error.
type setBuilder struct {
	reader *caseReader
	err    error
}

func (b *setBuilder) levels(layer policy.Layer, field string, levels [][]json.RawMessage) [][]*policy.Document {
	var list [][]*policy.Document
	for i, level := range levels {
		list = append(list, b.list(layer, field, i, level))
	}
	return list
}

func (b *setBuilder) list(layer policy.Layer, field string, level int, sources []json.RawMessage) []*policy.Document {
	list := make([]*policy.Document, 0, len(sources))
	for i, src := range sources {
		list = append(list, b.parse(layer, b.reader.label(layer, labelKey{field, level, i}), src))
	}
	return list
}

func (b *setBuilder) one(layer policy.Layer, field string, src json.RawMessage) *policy.Document {
	if len(src) == 0 || string(src) == "null" {
		return nil
	}
	return b.parse(layer, field, src)
}

func (b *setBuilder) parse(layer policy.Layer, name string, src []byte) *policy.Document {
	if d, ok := b.reader.documents[documentKey{layer, name, string(src)}]; ok {
		return d
	}
	d, err := policy.ParseFor(layer, name, src)
	if err != nil {
		b.err = errors.Join(b.err, err)
		return nil
	}
	b.reader.keep(documentKey{layer, name, string(src)}, d)
	return d
}

// keep remembers a document. When there are too many it forgets them all, which
// costs no more than to parse them again.
func (r *caseReader) keep(key documentKey, d *policy.Document) {
	if r.documents == nil || len(r.documents) >= maxDocuments {
		r.documents = make(map[documentKey]*policy.Document)
	}
	r.documents[key] = d
}

// label names a policy by its place in the case, such as scps[0][1].
func (r *caseReader) label(layer policy.Layer, key labelKey) string {
	if l, ok := r.labels[key]; ok {
		return l
	}
	label := key.field
	if layer == policy.SCP || layer == policy.RCP {
		label += "[" + strconv.Itoa(key.level) + "]"
	}
	label += "[" + strconv.Itoa(key.index) + "]"
	if r.labels == nil || len(r.labels) >= maxDocuments {
		r.labels = make(map[labelKey]string)
	}
	r.labels[key] = label
	return label
}
