package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"sesgate/authz/diagnosis"
)

// TestThePageOfRefusalsIsTheCatalogue holds docs/refusals.md to the catalogue and
// to the replies that the dialogs of testdata/refusals have recorded.
func TestThePageOfRefusalsIsTheCatalogue(t *testing.T) {
	const page = "../../docs/refusals.md"
	want := refusalsPage(t)
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("run go test ./cmd/sesgate -update (-want +got):\n%s", diff)
	}
}

func refusalsPage(t *testing.T) string {
	var b strings.Builder
	b.WriteString("# Refusals\n\nEvery reason for which mail is not sent, by the code that stands in brackets in the\n" +
		"reply. `sesgate explain CODE` prints the same. A reply beginning with 4 may pass\nlater, one beginning with 5 may not.\n\n" +
		"<!-- made from the catalogue by go test ./cmd/sesgate -update -->\n")
	b.WriteString("\n## The causes that AWS lists\n\nWhat SES's \"not authorized\" may mean, in the order of AWS's troubleshooting page.\n")
	for i, topic := range diagnosis.Topics() {
		fmt.Fprintf(&b, "\n### %d. %s\n\n%s.\n\n", i+1, capital(topic.Title), capital(topic.Text))
		for _, code := range topic.Codes {
			e, _ := diagnosis.Lookup(code)
			fmt.Fprintf(&b, "- [%s](#%s): %s\n", code, code, e.Title)
		}
	}
	for _, e := range diagnosis.All() {
		fmt.Fprintf(&b, "\n## %s\n\n%s. `%d %s`\n\n", e.Code, capital(e.Title), e.Reply, e.Enhanced)
		fmt.Fprintf(&b, "- **Cause:** %s\n- **How to tell:** %s\n- **Fix:** %s\n", e.Cause, e.Tell, e.Fix)
		if e.Source != "" {
			fmt.Fprintf(&b, "- **More:** <%s>\n", e.Source)
		}
		if reply := recordedReply(t, e.Code); reply != "" {
			fmt.Fprintf(&b, "\n```\n%s```\n", reply)
		}
	}
	return b.String()
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

var refused = regexp.MustCompile(`(?m)^S: ([45][0-9][0-9].*\n)`)

// recordedReply is the refusal in the dialog of a code, "" if there is none.
func recordedReply(t *testing.T, code diagnosis.Code) string {
	archive, err := txtar.ParseFile(filepath.Join("testdata/refusals", string(code)+".txtar"))
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, f := range archive.Files {
		if f.Name == "dialog" {
			for _, m := range refused.FindAllSubmatch(f.Data, -1) {
				b.Write(m[1])
			}
		}
	}
	return b.String()
}
