package facts_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"

	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// known is a fact that was read at noon.
func known[T any](v T) facts.Fact[T] { return facts.Fact[T]{Value: v, At: noon} }

func parsed(t testing.TB, name, document string) facts.Policy {
	t.Helper()
	d, err := policy.Parse(name, []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return facts.Policy{Name: name, Document: d}
}

const (
	allowSending = `{"Version": "2012-10-17", "Statement": [{"Sid": "Mail", "Effect": "Allow", "Action": "ses:*", "Resource": "*"}]}`
	letPartner   = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "ses:SendRawEmail", "Resource": "arn:aws:ses:eu-west-1:111122223333:identity/example.com"}}`
	organization = "o-exampleorg"
	account      = "111122223333"
)

// everything is a snapshot that knows one of each.
func everything(t testing.TB) *facts.Snapshot {
	broken := facts.Policy{Name: "inline policy old of role app", Err: errors.New("not JSON")}
	boundary := parsed(t, "permissions boundary of role app", allowSending)
	boundary.ARN = "arn:aws:iam::111122223333:policy/boundary"
	return &facts.Snapshot{
		Region: here,
		Caller: known(facts.Caller{ARN: app.ARN, Account: account, UserID: "AROA1:i-0abc", Partition: "aws", Temporary: true, SessionPolicy: policy.No, Credentials: "EC2RoleProvider"}),
		Principal: known(facts.Principal{
			ARN: "arn:aws:iam::111122223333:role/app", Name: "app", Kind: "role",
			Policies: []facts.Policy{parsed(t, "inline policy mail of role app", allowSending), broken},
			Boundary: &boundary, Tags: map[string]string{"team": "shop"}, TagsRead: true,
			Gaps: []facts.LayerGap{{Layer: policy.Identity, Gap: &facts.Gap{What: "managed policies of role app", Call: "iam:ListAttachedRolePolicies", Permission: "iam:ListAttachedRolePolicies", Err: errors.New("AccessDenied")}}},
		}),
		Organization: known(facts.Organization{ID: organization, AllFeatures: true, Levels: []facts.Level{
			{ID: "r-1", Name: "Root", Kind: "root", SCPs: []facts.Policy{parsed(t, "FullAWSAccess", allowSending)}},
			{ID: account, Kind: "account", SCPs: []facts.Policy{parsed(t, "mail", allowSending)}},
		}}),
		Endpoint: known(facts.Endpoint{Host: "email.eu-west-1.amazonaws.com", Addresses: []string{"192.0.2.1"}}),
		Account:  known(facts.Account{Sandbox: true, SendingEnabled: true, Enforcement: "HEALTHY", Max24HourSend: 200, MaxSendRate: 1}),
		Index: known(facts.Index{Identities: []facts.IndexEntry{
			{Name: "Example.com", Type: "DOMAIN", Status: "SUCCESS", Sending: true},
			{Name: "new.example", Type: "DOMAIN", Status: "PENDING"},
		}}),
		Identities: map[string]facts.Fact[facts.Identity]{
			"a@example.com": known(facts.Identity{Name: "a@example.com"}), // the index has no such
			"example.com": known(facts.Identity{Name: "Example.com", Exists: true, Type: "DOMAIN", Status: "SUCCESS", VerifiedToSend: true, ConfigurationSet: "events",
				Policies: []facts.Policy{parsed(t, "sending authorization policy partner", letPartner)}, MailFrom: facts.MailFrom{Domain: "bounce.example.com", Status: "PENDING", Reject: true}}),
			"new.example": known(facts.Identity{Name: "new.example", Exists: true, Listed: true}),
			"arn:aws:ses:eu-west-1:444455556666:identity/partner.example": known(facts.Identity{Name: "partner.example", Exists: true, VerifiedToSend: true}),
		},
		ConfigurationSets: map[string]facts.Fact[facts.ConfigurationSet]{
			"events": known(facts.ConfigurationSet{Name: "events", Exists: true}),
			"gone":   known(facts.ConfigurationSet{Name: "gone"}),
		},
		Tenant:         known(facts.Tenant{Name: "shop", Exists: true, Status: "ENABLED", Resources: []string{"arn:aws:ses:eu-west-1:111122223333:identity/example.com"}}),
		GlobalEndpoint: known(facts.GlobalEndpoint{ID: "abc.def", Name: "both", Exists: true, Status: "READY", Regions: []string{here, "us-east-1"}}),
	}
}

// alike compares facts as people read them.
var alike = cmp.Options{
	cmp.Comparer(func(a, b *policy.Document) bool {
		return a == nil && b == nil || a != nil && b != nil && a.String() == b.String()
	}),
	cmp.FilterValues(func(a, b error) bool { return !isGap(a) && !isGap(b) }, cmp.Comparer(func(a, b error) bool {
		return a == nil && b == nil || a != nil && b != nil && a.Error() == b.Error()
	})),
	cmpopts.IgnoreUnexported(facts.Index{}),
	cmpopts.EquateEmpty(),
}

func isGap(err error) bool {
	_, ok := err.(*facts.Gap)
	return ok
}

func TestWhatIsExportedIsLoaded(t *testing.T) {
	t.Parallel()
	const shop = "arn:aws:iam::111122223333:role/shop"
	s := everything(t)
	text, err := facts.Export(here, noon, map[string][]*facts.Snapshot{"": {s}, shop: {{Region: here, Account: known(facts.Account{SendingEnabled: false})}}}).Text()
	if err != nil {
		t.Fatal(err)
	}
	f, err := facts.Load("facts.yaml", text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	ctx := t.Context()
	same := func(what string, want any, got any, err error) {
		t.Helper()
		if diff := cmp.Diff(want, got, alike); diff != "" || err != nil {
			t.Errorf("%s: %v (-exported +loaded):\n%s", what, err, diff)
		}
	}
	caller, err := f.Caller(ctx)
	same("caller", s.Caller.Value, caller, err)
	principal, err := f.Principal(ctx, caller)
	same("principal", s.Principal.Value, principal, err)
	org, err := f.Organization(ctx, caller)
	same("organization", s.Organization.Value, org, err)
	endpoint, err := f.Endpoint(ctx, here)
	same("endpoint", s.Endpoint.Value, endpoint, err)
	acc, err := f.Account(ctx, here)
	same("account", s.Account.Value, acc, err)
	index, err := f.Index(ctx, here)
	same("index", s.Index.Value, index, err)
	for _, name := range []string{"example.com", "arn:aws:ses:eu-west-1:444455556666:identity/partner.example"} {
		want := s.Identities[name].Value
		if name == "example.com" {
			name = want.Name
		}
		identity, err := f.Identity(ctx, here, name)
		same(name, want, identity, err)
	}
	for name, want := range s.ConfigurationSets {
		set, err := f.ConfigurationSet(ctx, here, name)
		same(name, want.Value, set, err)
	}
	tenant, err := f.Tenant(ctx, here, "shop")
	same("tenant", s.Tenant.Value, tenant, err)
	global, err := f.GlobalEndpoint(ctx, here, "abc.def")
	same("global endpoint", s.GlobalEndpoint.Value, global, err)
	paused, err := f.As(shop).Account(ctx, here)
	same("account of the role", facts.Account{}, paused, err)

	again, err := f.Text()
	if diff := cmp.Diff(string(text), string(again)); diff != "" || err != nil {
		t.Errorf("%v: the text of what was loaded (-exported +again):\n%s", err, diff)
	}
}

func TestWhatAFileDoesNotHoldIsAGap(t *testing.T) {
	t.Parallel()
	f, err := facts.Load("little.yaml", []byte("version: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := facts.NewCached(f, facts.Options{})
	defer c.Close()
	s := c.Snapshot(t.Context(), facts.Query{Region: here, Senders: []string{"a@example.com"}})
	for _, g := range s.Gaps() {
		if g.Err == nil || g.Err.Error() != "not in little.yaml" || g.What == "" || g.Permission != "" {
			t.Errorf("gap %v", &g)
		}
	}
	if len(s.Gaps()) < 4 {
		t.Errorf("gaps %v", s.Gaps())
	}
	if _, err := f.As("arn:aws:iam::111122223333:role/other").Caller(t.Context()); err == nil {
		t.Error("a role that the file does not hold has a caller")
	}
}

func TestIdentitiesAreFoundInAFileWithoutIndex(t *testing.T) {
	t.Parallel()
	f, err := facts.Load("one.yaml", []byte("version: 1\nregions:\n  eu-west-1:\n    identities:\n      example.com: {verified_to_send: true}\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := facts.NewCached(f, facts.Options{})
	defer c.Close()
	s := c.Snapshot(t.Context(), facts.Query{Region: here, Senders: []string{"a@example.com"}})
	if i := s.Identities["example.com"]; !i.Known() || !i.Value.Exists || i.Value.Name != "example.com" {
		t.Errorf("example.com: %+v", i)
	}
}

// TestFilesOfPeople loads testdata/file: a file, and beside it every mistake, or
// the file as sesgate writes it.
func TestFilesOfPeople(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("testdata/file/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal(err, "no files")
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			parts := map[string]string{}
			for _, f := range archive.Files {
				parts[f.Name] = string(f.Data)
			}
			got := ""
			f, err := facts.Load("facts.yaml", []byte(parts["facts.yaml"]))
			if err != nil {
				got = err.Error() + "\n"
			} else if text, err := f.Text(); err != nil {
				t.Fatal(err)
			} else {
				got = afterComments(string(text))
			}
			want := parts["mistakes"] + parts["written"]
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s\ngot:\n%s", diff, got)
			}
		})
	}
}

// afterComments drops the lines at the head that people read.
func afterComments(text string) string {
	for strings.HasPrefix(text, "#") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

// FuzzLoad: no file makes Load panic, and what it loads, it loads again from the
// text it writes.
func FuzzLoad(f *testing.F) {
	text, err := facts.Export(here, noon, map[string][]*facts.Snapshot{"": {everything(f)}}).Text()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	archives, _ := filepath.Glob("testdata/file/*.txtar")
	for _, path := range archives {
		src, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(txtar.Parse(src).Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		file, err := facts.Load("fuzzed", src)
		if err != nil {
			return
		}
		text, err := file.Text()
		if err != nil {
			t.Fatal(err)
		}
		again, err := facts.Load("fuzzed", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		twice, err := again.Text()
		if err != nil || string(twice) != string(text) {
			t.Errorf("%v: written\n%s\nand again\n%s", err, text, twice)
		}
	})
}
