package policy

import (
	"os"
	"strings"
	"testing"
)

// readContext reads the notation of testdata/conditions.txt; an underscore in a
// value is a space.
func readContext(text string) *Context {
	ctx := &Context{}
	for _, word := range strings.Fields(text) {
		if key, ok := strings.CutSuffix(word, "?"); ok && !strings.Contains(word, "=") {
			ctx.SetUnknown(key)
			continue
		}
		key, value, _ := strings.Cut(word, "=")
		if !strings.HasPrefix(value, "[") {
			ctx.Set(key, strings.ReplaceAll(value, "_", " "))
			continue
		}
		list := strings.FieldsFunc(strings.Trim(value, "[]"), func(r rune) bool { return r == ',' })
		if n := len(list); n > 0 && list[n-1] == ".." {
			ctx.SetOpen(key, list[:n-1])
		} else {
			ctx.SetList(key, list)
		}
	}
	return ctx
}

func TestConditionsComeToWhatTheTableSays(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("testdata/conditions.txt")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(table), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "|")
		if len(fields) != 3 {
			t.Fatalf("conditions.txt:%d: want condition | context | truth", i+1)
		}
		version := version2012
		condition, old := strings.CutPrefix(fields[0], "2008 ")
		if old {
			version = version2008
		}
		d := mustParse(t, `{"Version":"`+version+`","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":`+condition+`}}`)
		m := meeting{req: &Request{Context: readContext(fields[1])}}
		got := m.conditions(d.Statements[0]).String()
		if want := strings.TrimSpace(fields[2]); got != want {
			t.Errorf("conditions.txt:%d: %s\ngot %s", i+1, line, got)
		}
	}
}
