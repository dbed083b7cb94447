package policy

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// readPlace reads lines such as "region: eu-west-1"; a region may come again.
func readPlace(t *testing.T, text string) Place {
	t.Helper()
	var where Place
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		switch field, value, _ := strings.Cut(line, ": "); field {
		case "partition":
			where.Partition = value
		case "region":
			where.Regions = append(where.Regions, value)
		case "account":
			where.Account = value
		case "identity":
			where.Identity = value
		case "principal":
			p, err := ParsePrincipal(value)
			if err != nil {
				t.Fatal(err)
			}
			where.Principal = p
		default:
			t.Fatalf("there is no field %q", field)
		}
	}
	return where
}

// layerOf is the layer that a file is named for, as in scp-regions.json.
func layerOf(t *testing.T, file string) Layer {
	t.Helper()
	kind, _, _ := strings.Cut(strings.TrimSuffix(file, ".json"), "-")
	for l := range layers {
		if l.String() == kind {
			return l
		}
	}
	t.Fatalf("%s: there is no such layer", file)
	return 0
}

// lintArchive lints every policy of an archive and checks that each finding
// stands where it says.
func lintArchive(t *testing.T, ar *txtar.Archive) string {
	t.Helper()
	var where Place
	var b strings.Builder
	for _, f := range ar.Files {
		switch {
		case f.Name == "place":
			where = readPlace(t, string(f.Data))
		case strings.HasSuffix(f.Name, ".json"):
			d, err := Parse(f.Name, f.Data)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range Lint(layerOf(t, f.Name), d, where) {
				checkPlace(t, string(f.Data), p)
				doubt := ""
				if p.Suspected {
					doubt = " (suspected)"
				}
				fmt.Fprintf(&b, "%s:%d:%d %s%s %s %s\n    %s\n    %s\n",
					f.Name, p.Line, p.Column, p.Rule, doubt, p.Element, p.Value, p.Title, p.Fix)
			}
		}
	}
	return b.String()
}

// checkPlace checks that the value stands at the line and column of its problem.
func checkPlace(t *testing.T, src string, p Problem) {
	t.Helper()
	lines := strings.Split(src, "\n")
	if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len(lines[p.Line-1]) {
		t.Fatalf("%s at %d:%d, which is outside of\n%s", p.Rule, p.Line, p.Column, src)
	}
	s := scanner{src: lines[p.Line-1][p.Column-1:]}
	if got, err := s.scalar(); err != nil || got != p.Value {
		t.Fatalf("%s at %d:%d is for %q, but there stands %q (%v)", p.Rule, p.Line, p.Column, p.Value, got, err)
	}
}

func TestProblemsReadAsTheArchivesSay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/lint/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range files {
		base := strings.TrimSuffix(filepath.Base(name), ".txtar")
		t.Run(base, func(t *testing.T) {
			t.Parallel()
			ar, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := lintArchive(t, ar)
			want := &ar.Files[len(ar.Files)-1]
			if want.Name != "want" {
				t.Fatalf("the last file is %s, not want", want.Name)
			}
			if *update && !strings.HasPrefix(base, "everyday") {
				want.Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if strings.HasPrefix(base, "everyday") != (len(want.Data) == 0) {
				t.Error("an everyday policy has no findings, any other has some")
			}
			if diff := cmp.Diff(string(want.Data), got); diff != "" {
				t.Errorf("%s(-want +got):\n%s", ar.Comment, diff)
			}
		})
	}
}

func TestEveryRuleHasAnArchive(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("lint.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/lint/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	rules := 0
	for _, line := range strings.Split(string(src), "\n") {
		_, value, ok := strings.Cut(line, "Rule = \"")
		if !ok {
			continue
		}
		rules++
		rule, _, _ := strings.Cut(value, `"`)
		if !strings.Contains(all.String(), " "+rule+" ") {
			t.Errorf("no archive has a finding of %s", rule)
		}
	}
	if rules < 20 {
		t.Errorf("found %d rules in lint.go", rules)
	}
}

func TestNothingIsSaidOfPlaceThatIsNotKnown(t *testing.T) {
	t.Parallel()
	d := mustParse(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ses:SendRawEmail",
		"Resource":"arn:aws-us-gov:ses:us-gov-west-1:123456789012:identity/${aws:username}"}}`)
	if got := Lint(Identity, d, Place{}); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestProblemsComeInTheOrderOfTheText(t *testing.T) {
	t.Parallel()
	d := mustParse(t, `{"Statement":[{"Resource":"arn:aws:sesv2:::x","Condition":{"StringEquals":{"ses:Nope":"x"}},
		"Action":["sesv2:SendEmail","ses:Nope"],"Effect":"Allow"},{"Effect":"Deny","Action":"ses:Nope","Resource":"*"}]}`)
	var got []string
	for _, p := range Lint(Identity, d, Place{}) {
		got = append(got, fmt.Sprintf("%d:%d %s %d", p.Line, p.Column, p.Rule, p.Statement.Index))
	}
	want := []string{"1:27 arn-shape 0", "1:76 key-unknown 0", "2:13 action-prefix 0", "2:31 action-unknown 0", "2:87 action-unknown 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMisspeltNamesLeadToTheNearest(t *testing.T) {
	t.Parallel()
	for misspelt, want := range map[string]string{
		"SendMail":              "SendEmail",
		"SendRawMail":           "SendRawEmail",
		"sendrawemails":         "SendRawEmail",
		"GetSendQuot":           "GetSendQuota",
		"UpdateTempl":           "UpdateTemplate", // three letters cut off
		"PutConfigurationSetDe": "PutConfigurationSetDeliveryOptions",
		"Publish":               "",
		"Get":                   "", // too short to say
		"":                      "",
		strings.Repeat("x", 65): "",
	} {
		if got := Nearest(misspelt, sesActions); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", misspelt, got, want)
		}
	}
	for misspelt, want := range map[string]string{
		"Recipients":            "ses:Recipients",
		"sesv2:FromAddress":     "ses:FromAddress",
		"aws:Recipients":        "ses:Recipients",
		"ses:From":              "ses:FromAddress",
		"ses:Recipient":         "ses:Recipients",
		"aws:PrincipleArn":      "aws:PrincipalArn",
		"aws:PrincipalOrgId":    "aws:PrincipalOrgID",
		"aws:somethingElse":     "",
		"ses:ToAddressesOfMail": "",
	} {
		if got := suggestKey(misspelt); got != want {
			t.Errorf("suggestKey(%q) = %q, want %q", misspelt, got, want)
		}
	}
}

func TestDistanceCountsLetters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"abc", "acb", 2}, {"same", "same", 0}} {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestTablesHoldEachNameOnce(t *testing.T) {
	t.Parallel()
	keys := make([]string, len(conditionKeys))
	for i, k := range conditionKeys {
		keys[i] = k.name
	}
	for _, list := range [][]string{sesActions, sesResourceTypes, keys} {
		lower := make([]string, len(list))
		for i, name := range list {
			lower[i] = strings.ToLower(name)
		}
		slices.Sort(lower)
		for i := 1; i < len(lower); i++ {
			if lower[i] == lower[i-1] {
				t.Errorf("%s is there twice", lower[i])
			}
		}
	}
	if len(sesActions) < 200 {
		t.Errorf("only %d actions", len(sesActions))
	}
}

func TestKeysAreFoundInAnyLetterCaseAndByFamily(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"SES:fromaddress":         "ses:FromAddress",
		"aws:principaltag/Team":   "aws:PrincipalTag/*",
		"aws:ResourceTag/a:b/c":   "aws:ResourceTag/*",
		"aws:PrincipalTag/":       "",
		"aws:PrincipalTag/*":      "aws:PrincipalTag/*",
		"aws:PrincipalTag":        "",
		"ses:FromAddress/x":       "",
		"aws:SourceIpAddress":     "",
		"accounts.google.com:aud": "",
	} {
		got := ""
		if k := findKey(key); k != nil {
			got = k.name
		}
		if got != want {
			t.Errorf("findKey(%q) = %q, want %q", key, got, want)
		}
	}
}
