package authz

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sesgate/authz/diagnosis"
	"sesgate/authz/policy"
)

// flat lists steps with those they consist of.
func flat(steps []Step) []Step {
	var list []Step
	for _, s := range steps {
		list = append(append(list, s), flat(s.Steps)...)
	}
	return list
}

// outline writes steps as an indented list.
func outline(steps []Step, indent string) string {
	var b strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&b, "%s%s %s", indent, s.Decision, s.Name)
		if s.Of != "" {
			fmt.Fprintf(&b, " %s", s.Of)
		}
		fmt.Fprintf(&b, ": %s", s.Text)
		for _, f := range s.Findings {
			fmt.Fprintf(&b, " [%s]", f.Code)
		}
		b.WriteString("\n" + outline(s.Steps, indent+"  "))
	}
	return b.String()
}

func TestStepsSayWhatTheVerdictSays(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/verdicts/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			v, _ := readScenario(t, file).ask(t)
			steps := v.Steps()
			for _, complaint := range differences(v, flat(steps)) {
				t.Errorf("%s, in the steps of %s:\n%s", complaint, v.Decision, outline(steps, "  "))
			}
		})
	}
}

// differences are the ways in which steps tell another story than their verdict.
func differences(v Verdict, steps []Step) []string {
	var list []string
	has := func(d Decision) bool {
		return slices.ContainsFunc(steps, func(s Step) bool { return s.Decision == d })
	}
	switch {
	case has(Deny) != (v.Decision == Deny):
		list = append(list, fmt.Sprintf("a step denies: %v", has(Deny)))
	case v.Decision == Allow && has(Unknown):
		list = append(list, "a step is open")
	case v.Decision == Unknown && !has(Unknown):
		list = append(list, "no step is open")
	}
	for _, f := range v.Findings {
		at := 0
		for _, s := range steps {
			at += len(slices.DeleteFunc(slices.Clone(s.Findings), func(g diagnosis.Finding) bool {
				return g.Code != f.Code || g.Title != f.Title || g.Statement != f.Statement || g.Source != f.Source || g.Layer != f.Layer
			}))
		}
		if at != 1 {
			list = append(list, fmt.Sprintf("finding %s is there %d times", f.Code, at))
		}
	}
	for _, s := range steps {
		if s.Text == "" {
			list = append(list, fmt.Sprintf("step %s says nothing", s.Name))
		}
	}
	return list
}

func TestTheWayOfARefusedMessage(t *testing.T) {
	t.Parallel()
	v, _ := readScenario(t, "testdata/verdicts/boundary-and-deny.txtar").ask(t)
	layers := map[string]Decision{}
	for _, s := range flat(v.Steps()) {
		layers[s.Name] = s.Decision
	}
	for name, want := range map[string]Decision{"credentials": Allow, "sender identity": Allow, policy.Boundary.String(): Deny} {
		if layers[name] != want {
			t.Errorf("%s: %s, want %s in\n%s", name, layers[name], want, outline(v.Steps(), "  "))
		}
	}
}
