package policy

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

func FuzzLintStandsWhereItSays(f *testing.F) {
	files, err := filepath.Glob("testdata/lint/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatalf("no archives: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for i, file := range txtar.Parse(text).Files {
			if strings.HasSuffix(file.Name, ".json") {
				f.Add(string(file.Data), byte(i), "aws", "eu-west-1", "111122223333",
					"arn:aws:ses:eu-west-1:111122223333:identity/example.com",
					"arn:aws:sts::111122223333:assumed-role/app/s")
			}
		}
	}
	f.Fuzz(func(t *testing.T, src string, layer byte, partition, region, account, identity, principal string) {
		d, err := Parse("fuzz", []byte(src))
		if err != nil {
			return
		}
		where := Place{
			Partition: partition,
			Regions:   strings.Fields(region),
			Account:   account,
			Identity:  identity,
			Principal: Principal{ARN: principal},
		}
		l := Layer(layer) % layers
		got := Lint(l, d, where)
		for i, p := range got {
			checkPlace(t, src, p)
			if p.Rule == "" || p.Title == "" || p.Fix == "" || p.Element == "" || d.Statements[p.Statement.Index] != p.Statement {
				t.Fatalf("incomplete: %+v", p)
			}
			if i > 0 && (p.Line < got[i-1].Line || p.Line == got[i-1].Line && p.Column < got[i-1].Column) {
				t.Fatalf("%d:%d comes after %d:%d", p.Line, p.Column, got[i-1].Line, got[i-1].Column)
			}
			if strings.ContainsAny(p.Title+p.Fix, "\x00\r\n") {
				t.Fatalf("a control character in %q, %q", p.Title, p.Fix)
			}
		}
		if diff := cmp.Diff(len(got), len(Lint(l, d, where))); diff != "" {
			t.Fatalf("another answer the second time: %s", diff)
		}
	})
}

func FuzzNamesOfTheTablesAreKnown(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x00"), false)
	f.Add([]byte("\x10\x04\x05\x99"), true)
	f.Add([]byte("\xd0\x30\x11\x07\x44\x20\x01\x01"), true)
	f.Fuzz(func(t *testing.T, data []byte, deny bool) {
		next := func(n int) int {
			if len(data) == 0 {
				return 0
			}
			i := int(data[0]) % n
			data = data[1:]
			return i
		}
		effect := "Allow"
		if deny {
			effect = "Deny"
		}
		var statements []string
		for len(data) > 0 && len(statements) < 50 {
			action := sesActions[next(len(sesActions))]
			kind := sesResourceTypes[next(len(sesResourceTypes))]
			key := strings.ReplaceAll(conditionKeys[next(len(conditionKeys))].name, "*", "Team")
			if next(2) == 1 {
				action, key, kind = strings.ToUpper(action)+"*", strings.ToLower(key), kind[:len(kind)/2]+"*"
			}
			statements = append(statements, fmt.Sprintf(
				`{"Effect":%q,"Action":"ses:%s","Resource":"arn:aws:ses:*:111122223333:%s/${%s}","Condition":{"StringLike":{%q:"${%s}"}}}`,
				effect, action, kind, key, key, key))
		}
		if statements == nil {
			return
		}
		d := mustParse(t, `{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",\n")+`]}`)
		for _, p := range Lint(Identity, d, Place{}) {
			switch p.Rule {
			case RuleActionPrefix, RuleActionUnknown, RuleKeyUnknown, RuleResourceType, RuleARNShape:
				t.Errorf("%s: %s", p.Rule, p.Title)
			}
		}
	})
}
