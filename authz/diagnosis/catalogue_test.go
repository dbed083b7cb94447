package diagnosis

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

var (
	idPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	hedge     = regexp.MustCompile(`\b(likely|probably|may|might|not documented|unknown|not confirmed)\b`)
	certainty = regexp.MustCompile(`(?i)\b(certainly|definitely|surely|proves|always)\b`)
)

func TestEveryCodeConstantHasExactlyOneEntry(t *testing.T) {
	t.Parallel()
	entries := map[string]int{}
	for _, e := range All() {
		entries[string(e.Code)]++
	}
	constants := map[string]int{}
	for _, value := range codeConstants(t) {
		constants[value]++
	}
	if diff := cmp.Diff(constants, entries); diff != "" {
		t.Errorf("constants and catalogue differ (-constants +catalogue):\n%s", diff)
	}
	for id, n := range entries {
		if n != 1 || !idPattern.MatchString(id) {
			t.Errorf("code %q occurs %d times; want one lower-case id", id, n)
		}
	}
}

func TestEveryEntryAgreesWithItself(t *testing.T) {
	t.Parallel()
	for _, e := range All() {
		class := e.Reply / 100
		if class != 4 && class != 5 {
			t.Errorf("%s: reply %d refuses nothing", e.Code, e.Reply)
		}
		if e.Enhanced[0] != class {
			t.Errorf("%s: enhanced code %s is of another class than reply %d", e.Code, e.Enhanced, e.Reply)
		}
		if e.Retry != (class == 4) {
			t.Errorf("%s: Retry is %t with reply %d", e.Code, e.Retry, e.Reply)
		}
	}
}

func TestEveryEntryIsWrittenForPeople(t *testing.T) {
	t.Parallel()
	for _, e := range All() {
		for name, text := range map[string]string{"Title": e.Title, "Cause": e.Cause, "Tell": e.Tell, "Fix": e.Fix} {
			if text == "" || strings.TrimSpace(text) != text || strings.HasSuffix(text, ".") {
				t.Errorf("%s: %s is empty, padded or ends in a full stop: %q", e.Code, name, text)
			}
		}
		if first, second := rune(e.Title[0]), rune(e.Title[1]); unicode.IsUpper(first) && !unicode.IsUpper(second) {
			t.Errorf("%s: Title begins with a capital: %q", e.Code, e.Title)
		}
		if len(e.Title) > 100 {
			t.Errorf("%s: Title has %d characters, too many for the first line of a reply", e.Code, len(e.Title))
		}
		if all := fmt.Sprintf("%+v", e); strings.ContainsFunc(all, func(r rune) bool { return r > unicode.MaxASCII || r < ' ' }) {
			t.Errorf("%s: not printable ASCII: %q", e.Code, all)
		}
		if e.Source != "" && !strings.HasPrefix(e.Source, "https://docs.aws.amazon.com/") {
			t.Errorf("%s: Source is not AWS documentation: %s", e.Code, e.Source)
		}
	}
}

func TestInferredEntriesAreWordedAsLikely(t *testing.T) {
	t.Parallel()
	for _, e := range All() {
		text := e.Cause + "\n" + e.Tell
		if e.Evidence != Inferred {
			continue
		}
		if !hedge.MatchString(text) || certainty.MatchString(text) {
			t.Errorf("%s is inferred, but worded as certain: %s", e.Code, text)
		}
	}
}

func TestSilentOrUnknownAnswersAreTemporary(t *testing.T) {
	t.Parallel()
	for _, code := range []Code{SvcUnknown, Svc, Net, NetTLS, RegNoSES, Throttle} {
		if e, ok := Lookup(code); !ok || e.Reply/100 != 4 {
			t.Errorf("%s: reply %d; mail must not be lost over an answer that proves nothing about it", code, e.Reply)
		}
	}
}

func TestAllKeepsItsOrderAndCannotBeChanged(t *testing.T) {
	t.Parallel()
	first := All()
	first[0].Title = "changed"
	second := All()
	if second[0].Title == "changed" {
		t.Error("a change of All's result changed the catalogue")
	}
	for i := range first {
		if first[i].Code != second[i].Code {
			t.Fatalf("entry %d is %s at first, then %s", i, first[i].Code, second[i].Code)
		}
	}
}

func TestLookupKnowsNoOtherCodes(t *testing.T) {
	t.Parallel()
	for _, code := range []Code{"", "iam", "IAM-NOALLOW", "iam-noallow "} {
		if e, ok := Lookup(code); ok {
			t.Errorf("Lookup(%q) = %+v", code, e)
		}
	}
}

func TestNewTakesTitleAndFixFromTheCatalogue(t *testing.T) {
	t.Parallel()
	entry, _ := Lookup(SCPExpl)
	want := Finding{Code: SCPExpl, Title: entry.Title, Fix: entry.Fix}
	if diff := cmp.Diff(want, New(SCPExpl)); diff != "" {
		t.Error(diff)
	}
	unknown, _ := Lookup(SvcUnknown)
	want = Finding{Code: "no-such", Title: unknown.Title, Fix: unknown.Fix}
	if diff := cmp.Diff(want, New("no-such")); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyARefusalWithoutAReasonIsVague(t *testing.T) {
	t.Parallel()
	for _, e := range All() {
		if got, want := New(e.Code).Vague(), e.Code == "access-denied"; got != want {
			t.Errorf("%s: vague is %t", e.Code, got)
		}
	}
}

func TestADuplicateHeaderIsAdvisedOfByItsName(t *testing.T) {
	t.Parallel()
	for name, signed := range map[string]bool{"DKIM-Signature": true, "dkim-signature": true, "Subject": false, "": false} {
		f := DuplicateHeader(name)
		if got := strings.Contains(f.Fix, "DKIM"); got != signed {
			t.Errorf("%s: %s", name, f.Fix)
		}
		checkClean(t, f)
	}
}

func TestGradesAndEnhancedCodesPrintAsWritten(t *testing.T) {
	t.Parallel()
	got := []string{Inferred.String(), Reported.String(), Documented.String(), Enhanced{5, 7, 1}.String()}
	if diff := cmp.Diff([]string{"inferred", "reported", "documented", "5.7.1"}, got); diff != "" {
		t.Error(diff)
	}
}

// codeConstants reads the constants of type Code from the package's source.
func codeConstants(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			values = append(values, constantsIn(t, name)...)
		}
	}
	return values
}

func constantsIn(t *testing.T, name string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !isCode(spec.Type) {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
		return true
	})
	return values
}

func isCode(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "Code"
}
