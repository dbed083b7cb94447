package diagnosis

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/explain anew")

func TestExplainPrintsAsRecorded(t *testing.T) {
	t.Parallel()
	for _, code := range []Code{IAMAction, IDShadow, QDaily, MsgNUL} {
		var b strings.Builder
		entry, _ := Lookup(code)
		if err := entry.Explain(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, string(code), b.String())
	}
}

func TestExplainOfAFindingPrintsTheCaseAndTheEntry(t *testing.T) {
	t.Parallel()
	denied, _ := FromText("554 Access denied: User `" + testSession + "' is not authorized to perform `ses:SendRawEmail' on resource `" + testIdentity + "'")
	sandbox := Unverified{Region: "eu-west-1", Identities: []string{"kim@example.org"}}.Findings(nil, []string{"kim@example.org"})[0]
	for name, f := range map[string]Finding{"finding-access-denied": denied, "finding-sandbox": sandbox, "finding-of-no-code": {Code: "no-such", Title: "x"}} {
		var b strings.Builder
		if err := f.Explain(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.String())
	}
}

func TestExplainFitsATerminal(t *testing.T) {
	t.Parallel()
	for _, e := range All() {
		var b strings.Builder
		if err := e.Explain(&b); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			if len(line) > width && strings.Contains(strings.TrimSpace(line[indent:]), " ") {
				t.Errorf("%s: %d columns: %s", e.Code, len(line), line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("%s: blanks at the end: %q", e.Code, line)
			}
		}
	}
}

func TestExplainReportsAFailingWriter(t *testing.T) {
	t.Parallel()
	entry, _ := Lookup(Svc)
	if err := entry.Explain(broken{}); !errors.Is(err, errBroken) {
		t.Errorf("entry: %v", err)
	}
	if err := New(Svc).Explain(broken{}); !errors.Is(err, errBroken) {
		t.Errorf("finding: %v", err)
	}
}

var errBroken = errors.New("broken pipe")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "explain", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
