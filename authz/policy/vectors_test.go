package policy

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// vector is a request with every policy that applies to it and the answer that
// AWS documents.
type vector struct {
	ID, Description     string
	Principal, Action   string
	Resource            string
	ResourceAccount     string
	Context             map[string]any
	IdentityPolicies    []json.RawMessage
	GroupPolicies       []json.RawMessage
	PermissionBoundary  json.RawMessage
	SessionPolicy       json.RawMessage
	ResourcePolicy      json.RawMessage
	EndpointPolicy      json.RawMessage
	SCPs, RCPs          [][]json.RawMessage
	Unknown, Unreadable []string
	Tags                []string
	Expected            struct {
		Decision    string
		DeniedByAll []string
		Needs       []string
	}
}

func readVectors(tb testing.TB) []*vector {
	tb.Helper()
	files, err := filepath.Glob("testdata/vectors/*.json")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no vectors: %v", err)
	}
	var all []*vector
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		var file struct{ Cases []*vector }
		if err := json.Unmarshal(src, &file); err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
		all = append(all, file.Cases...)
	}
	return all
}

// policies parses a list of policies of one layer.
func (v *vector) policies(tb testing.TB, layer Layer, list ...json.RawMessage) []*Document {
	tb.Helper()
	var docs []*Document
	for _, src := range list {
		if src == nil {
			continue
		}
		d, err := ParseFor(layer, layer.String(), src)
		if err != nil {
			tb.Fatalf("%s: %v", v.ID, err)
		}
		docs = append(docs, d)
	}
	return docs
}

func (v *vector) set(tb testing.TB) *Set {
	tb.Helper()
	s := &Set{
		Identity: v.policies(tb, Identity, slices.Concat(v.IdentityPolicies, v.GroupPolicies)...),
		Session:  v.policies(tb, Session, v.SessionPolicy),
		Resource: v.policies(tb, Resource, v.ResourcePolicy),
	}
	for _, d := range v.policies(tb, Boundary, v.PermissionBoundary) {
		s.Boundary = d
	}
	for _, d := range v.policies(tb, Endpoint, v.EndpointPolicy) {
		s.Endpoint = d
	}
	for _, level := range v.SCPs {
		s.SCPs = append(s.SCPs, v.policies(tb, SCP, level...))
	}
	for _, level := range v.RCPs {
		s.RCPs = append(s.RCPs, v.policies(tb, RCP, level...))
	}
	for l := range layers {
		if slices.Contains(v.Unreadable, l.String()) {
			s.Unreadable |= Layers(l)
		}
	}
	return s
}

func (v *vector) request(tb testing.TB) *Request {
	tb.Helper()
	p, err := ParsePrincipal(v.Principal)
	if err != nil {
		tb.Fatalf("%s: %v", v.ID, err)
	}
	ctx := &Context{}
	for key, value := range v.Context {
		switch value := value.(type) {
		case string:
			ctx.Set(key, value)
		case []any:
			var list []string
			for _, item := range value {
				list = append(list, item.(string))
			}
			ctx.SetList(key, list)
		}
	}
	ctx.SetUnknown(v.Unknown...)
	return &Request{Principal: p, Action: v.Action, Resource: v.Resource,
		ResourceAccount: v.ResourceAccount, Context: ctx}
}

func layerNames(list []Layer) []string {
	names := []string{}
	for _, l := range list {
		names = append(names, l.String())
	}
	return names
}

func TestEveryVectorIsAnsweredAsAWSDocumentsIt(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t) {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			set, req := v.set(t), v.request(t)
			got := Evaluate(set, req)
			if got.Decision == Unknown && slices.Contains(v.Tags, "undocumented") {
				if len(got.Needs) == 0 {
					t.Errorf("%s: unknown, and no reason given", v.Description)
				}
				return
			}
			if got.Decision.String() != v.Expected.Decision {
				t.Errorf("%s: %v, want %s (denied by %v, needs %q)",
					v.Description, got.Decision, v.Expected.Decision, got.DeniedBy, got.Needs)
			}
			if diff := cmp.Diff(v.Expected.DeniedByAll, layerNames(got.DeniedBy)); diff != "" {
				t.Errorf("%s: denied by (-want +got):\n%s", v.Description, diff)
			}
		})
	}
}
