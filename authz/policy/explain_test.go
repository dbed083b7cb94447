package policy

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what is explained into the archives")

// situation reads an archive: a request, and policies by their layer's name.
func situation(t *testing.T, ar *txtar.Archive) (*Set, *Request) {
	t.Helper()
	set, req := &Set{}, &Request{}
	level := func(levels [][]*Document, name string) [][]*Document {
		var n int
		if _, err := fmt.Sscanf(name, "%d-", &n); err != nil {
			t.Fatalf("%s: want the level, as in scp-0-full.json", name)
		}
		for len(levels) <= n {
			levels = append(levels, nil)
		}
		return levels
	}
	for _, f := range ar.Files {
		if f.Name == "request" {
			req = readRequest(t, set, string(f.Data))
			continue
		}
		if f.Name == "want" {
			continue
		}
		d, err := Parse(f.Name, f.Data)
		if err != nil {
			t.Fatal(err)
		}
		kind, rest, _ := strings.Cut(f.Name, "-")
		switch strings.TrimSuffix(kind, ".json") {
		case "identity":
			set.Identity = append(set.Identity, d)
		case "boundary":
			set.Boundary = d
		case "session":
			set.Session = append(set.Session, d)
		case "resource":
			set.Resource = append(set.Resource, d)
		case "endpoint":
			set.Endpoint = d
		case "scp":
			set.SCPs = level(set.SCPs, rest)
			set.SCPs[len(set.SCPs)-1] = append(set.SCPs[len(set.SCPs)-1], d)
		case "rcp":
			set.RCPs = level(set.RCPs, rest)
			set.RCPs[len(set.RCPs)-1] = append(set.RCPs[len(set.RCPs)-1], d)
		default:
			t.Fatalf("%s: there is no such layer", f.Name)
		}
	}
	return set, req
}

// readRequest reads lines such as "action: ses:SendEmail"; what is no field of a
// request is a context key, in the notation of conditions.txt.
func readRequest(t *testing.T, set *Set, text string) *Request {
	t.Helper()
	req := &Request{}
	var context []string
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		field, value, _ := strings.Cut(line, ": ")
		switch field {
		case "principal":
			p, err := ParsePrincipal(value)
			if err != nil {
				t.Fatal(err)
			}
			req.Principal = p
		case "role":
			req.Principal.Role = value
		case "action":
			req.Action = value
		case "resource":
			req.Resource, req.OpenResource = strings.CutSuffix(value, "…")
		case "owner":
			req.ResourceAccount = value
		case "unreadable":
			for l := range layers {
				if strings.Contains(value, l.String()) {
					set.Unreadable |= Layers(l)
				}
			}
		default:
			context = append(context, line)
		}
	}
	req.Context = readContext(strings.Join(context, " "))
	return req
}

// String is the explanation as the archives have it.
func describe(e *Explanation) string {
	var b strings.Builder
	fmt.Fprintln(&b, strings.TrimSpace(e.Decision.String()+" "+strings.Join(layerNames(e.DeniedBy), " ")))
	if e.Needs != nil {
		fmt.Fprintf(&b, "needs %s\n", strings.Join(e.Needs, " "))
	}
	for _, m := range e.Matches {
		b.WriteString("match ")
		describeMatch(&b, m)
	}
	for _, m := range e.Misses {
		b.WriteString("miss ")
		describeMatch(&b, m)
	}
	if e.Allowing != "" {
		fmt.Fprintf(&b, "allowing %s\n", e.Allowing)
	}
	return b.String()
}

func describeMatch(b *strings.Builder, m Match) {
	st := m.Statement
	fmt.Fprintf(b, "%v %s:%d:%d %s %v: %v", m.Layer, m.Document.Name, st.Line, st.Column, st.Sid, st.Effect, m.Truth)
	for _, part := range []struct {
		name string
		t    Truth
	}{{"principal", m.Principal}, {"action", m.Action}, {"resource", m.Resource}, {"conditions", m.Conditions}} {
		if part.t != Yes {
			fmt.Fprintf(b, ", %s %v", part.name, part.t)
		}
	}
	if m.Level > 0 {
		fmt.Fprintf(b, ", level %d", m.Level)
	}
	b.WriteByte('\n')
	for _, test := range m.Tests {
		fmt.Fprintf(b, "      %s %s wants %q, is %v %q: %v\n", test.Operator, test.Key, test.Wanted, test.State, test.Got, test.Truth)
	}
}

func TestExplanationsReadAsTheArchivesSay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/explain/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			ar, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			set, req := situation(t, ar)
			explanation := Explain(set, req)
			got := describe(explanation)
			want := &ar.Files[len(ar.Files)-1]
			if *update {
				want.Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want.Data), got); diff != "" {
				t.Errorf("%s(-want +got):\n%s", ar.Comment, diff)
			}
			if diff := cmp.Diff(explanation.Result, Evaluate(set, req)); diff != "" {
				t.Errorf("Evaluate says otherwise (-explain +evaluate):\n%s", diff)
			}
		})
	}
}
