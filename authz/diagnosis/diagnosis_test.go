package diagnosis

import (
	"testing"
	"unicode/utf8"
)

// checkClean fails if a finding holds anything that a reply or a log line could
// not show.
func checkClean(t testing.TB, f Finding) {
	t.Helper()
	if _, ok := Lookup(f.Code); !ok {
		t.Errorf("code %q is not in the catalogue", f.Code)
	}
	texts := map[string]string{
		"title": f.Title, "detail": f.Detail, "fix": f.Fix, "layer": f.Layer, "source": f.Source, "resource": f.Resource,
	}
	for name, text := range texts {
		if len(text) > 800 {
			t.Errorf("%s has %d octets", name, len(text))
		}
		for i := range len(text) {
			if text[i] < ' ' || text[i] >= utf8.RuneSelf || text[i] == 0x7f {
				t.Errorf("%s is not printable ASCII: %q", name, text)
				break
			}
		}
	}
	if f.Title == "" || f.Fix == "" {
		t.Errorf("title %q or fix %q is empty", f.Title, f.Fix)
	}
}
