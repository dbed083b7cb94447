package policy

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestWhatAWSRefusesIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("testdata/refused.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(table), "\n\n")
	n := 0
	for _, entry := range strings.Split(strings.TrimSpace(rest), "\n\n") {
		i := strings.LastIndex(entry, "\n")
		src, want := entry[:i], entry[i+1:]
		layer, want, ok := strings.Cut(want, "> ")
		if !ok {
			t.Fatalf("no arrow after %s", src)
		}
		parse := Parse
		for l := range layers {
			if layer == l.String() {
				parse = func(name string, src []byte) (*Document, error) { return ParseFor(l, name, src) }
			}
		}
		n++
		_, err := parse("doc", []byte(src))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s\naccepted, want %s", src, want)
			continue
		}
		if got := syntax.Error(); got != "doc:"+want {
			t.Errorf("%s\ngot  %s\nwant doc:%s", src, got, want)
		}
	}
	if n < 50 {
		t.Errorf("only %d documents", n)
	}
}

func TestADocumentThatIsNotUTF8IsRefused(t *testing.T) {
	t.Parallel()
	_, err := Parse("doc", []byte("{\"Id\": \"\xff\"}"))
	if err == nil || err.Error() != "doc:1:1: the document is not UTF-8" {
		t.Errorf("got %v", err)
	}
}

func TestMembersByTheThousandAreStillUnique(t *testing.T) {
	t.Parallel()
	var members []string
	for i := range 1000 {
		members = append(members, `"aws:k`+strings.Repeat("x", i)+`":"v"`)
	}
	condition := func(extra string) string {
		return `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{` +
			strings.Join(append(members, extra), ",") + `}}}}`
	}
	if d := mustParse(t, condition(`"aws:other":"v"`)); len(d.Keys()) != 1001 {
		t.Errorf("%d keys, want 1001", len(d.Keys()))
	}
	if _, err := Parse("doc", []byte(condition(members[500]))); err == nil || !strings.HasSuffix(err.Error(), "occurs twice") {
		t.Errorf("got %v", err)
	}
}

const completeDocument = `{
  "Version": "2012-10-17",
  "Id": "Everything",
  "Statement": [
    {"Sid": "One", "Effect": "Deny", "NotPrincipal": "*", "NotAction": [], "NotResource": ["*"]},
    {
      "Sid": "Two \u00e9 \"<&>\"",
      "Effect": "Allow",
      "Principal": {"AWS": ["111122223333", "*"], "Service": "ses.amazonaws.com", "Federated": [], "CanonicalUser": "79a5"},
      "Action": "ses:*",
      "Resource": ["arn:aws:ses:*:*:identity/${aws:PrincipalTag/Domain, 'a'}"],
      "Condition": {
        "StringLike": {"ses:FromAddress": ["*@${aws:UserName}", 7, true, -1.5e3], "ses:FeedbackAddress": []},
        "ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:${aws:userid}"},
        "Null": {"aws:TokenIssueTime": false}
      }
    },
    {"Effect": "Allow", "Principal": {}, "Action": "*", "Resource": "*", "Condition": {}}
  ]
}`

func TestADocumentIsReadWhole(t *testing.T) {
	t.Parallel()
	d := mustParse(t, completeDocument)
	want := &Document{Name: "test", ID: "Everything", Version: version2012, Statements: []*Statement{
		{Sid: "One", Index: 0, Line: 5, Column: 5, Effect: EffectDeny, NotPrincipals: []NamedPrincipal{{"*", "*"}},
			NotActions: []string{}, NotResources: []string{"*"}},
		{Sid: `Two é "<&>"`, Index: 1, Line: 6, Column: 5, Effect: EffectAllow,
			Principals: []NamedPrincipal{{"AWS", "111122223333"}, {"AWS", "*"}, {"Service", "ses.amazonaws.com"}, {"CanonicalUser", "79a5"}},
			Actions:    []string{"ses:*"},
			Resources:  []string{"arn:aws:ses:*:*:identity/${aws:PrincipalTag/Domain, 'a'}"},
			Conditions: []Condition{
				{Operator: "StringLike", Key: "ses:FromAddress", Values: []string{"*@${aws:UserName}", "7", "true", "-1.5e3"}},
				{Operator: "StringLike", Key: "ses:FeedbackAddress", Values: []string{}},
				{Operator: "ArnLike", Key: "aws:SourceArn", Values: []string{"arn:aws:sns:*:*:${aws:userid}"}},
				{Operator: "Null", Key: "aws:TokenIssueTime", Values: []string{"false"}},
			}},
		{Index: 2, Line: 18, Column: 5, Effect: EffectAllow, Principals: []NamedPrincipal{}, Actions: []string{"*"},
			Resources: []string{"*"}, Conditions: []Condition{}},
	}}
	if diff := cmp.Diff(want, d, exportedOnly); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	keys := []string{"aws:principaltag/domain", "aws:sourcearn", "aws:tokenissuetime", "aws:userid", "aws:username",
		"ses:feedbackaddress", "ses:fromaddress"}
	if diff := cmp.Diff(keys, d.Keys()); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if got, want := d.Statements[2].Source(), `{"Effect":"Allow","Principal":{},"Action":"*","Resource":"*","Condition":{}}`; got != want {
		t.Errorf("source %s, want %s", got, want)
	}
}

// exportedOnly leaves aside what is prepared for matching.
var exportedOnly = cmp.Options{
	cmpopts.IgnoreUnexported(Document{}, Statement{}, Condition{}),
}

// samePolicy leaves aside where the statements stood.
var samePolicy = cmp.Options{exportedOnly, cmpopts.IgnoreFields(Statement{}, "Line", "Column")}

func TestPrintingKeepsALonelyValueOutOfItsArray(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(mustParse(t, completeDocument))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"Version":"2012-10-17","Id":"Everything","Statement":[` +
		`{"Sid":"One","Effect":"Deny","NotPrincipal":"*","NotAction":[],"NotResource":"*"},` +
		`{"Sid":"Two é \"\u003c\u0026\u003e\"","Effect":"Allow","Principal":{"AWS":["111122223333","*"],"Service":"ses.amazonaws.com","CanonicalUser":"79a5"},` +
		`"Action":"ses:*","Resource":"arn:aws:ses:*:*:identity/${aws:PrincipalTag/Domain, 'a'}",` +
		`"Condition":{"StringLike":{"ses:FromAddress":["*@${aws:UserName}","7","true","-1.5e3"],"ses:FeedbackAddress":[]},` +
		`"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:${aws:userid}"},"Null":{"aws:TokenIssueTime":"false"}}},` +
		`{"Effect":"Allow","Principal":{},"Action":"*","Resource":"*","Condition":{}}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzParseThenPrintIsTheIdentity(f *testing.F) {
	for _, v := range readVectors(f) {
		for _, src := range slices.Concat(v.IdentityPolicies, []json.RawMessage{v.ResourcePolicy, v.PermissionBoundary}) {
			f.Add([]byte(src))
		}
	}
	f.Add([]byte(completeDocument))
	f.Add([]byte(`{"Statement":{"Effect":"Allow","Action":"a:\ud800","Resource":"arn:\n","Condition":{"Bool":{"":[1e9,"\u2028"]}}}}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		d, err := Parse("test", src)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.Column < 1 || syntax.Msg == "" {
				t.Fatalf("error without a place: %v", err)
			}
			return
		}
		if !json.Valid(src) {
			t.Fatalf("accepted what is not JSON: %q", src)
		}
		again, err := Parse("test", []byte(d.String()))
		if err != nil {
			t.Fatalf("does not read its own %s: %v", d, err)
		}
		if diff := cmp.Diff(d, again, samePolicy); diff != "" {
			t.Errorf("(-read +printed and read):\n%s", diff)
		}
		if d.String() != again.String() {
			t.Errorf("printed %s, then %s", d, again)
		}
		for _, st := range d.Statements {
			if !json.Valid([]byte(st.Source())) {
				t.Errorf("source is not JSON: %q", st.Source())
			}
		}
		// Whatever it says, it can be evaluated.
		set := &Set{Identity: []*Document{d}, Resource: []*Document{d}, SCPs: [][]*Document{{d}}, Unreadable: Layers(Boundary)}
		req := &Request{Action: "ses:SendEmail", Resource: "arn:aws:ses:eu-west-1:111122223333:identity/a.com", Context: &Context{Open: true}}
		if diff := cmp.Diff(Evaluate(set, req), Explain(set, req).Result); diff != "" {
			t.Errorf("Evaluate and Explain differ:\n%s", diff)
		}
	})
}
