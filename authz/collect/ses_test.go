package collect_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sesgate/authz/collect"
	"sesgate/authz/facts"
)

func TestTheAccountIsReadPerRegion(t *testing.T) {
	t.Parallel()
	w := load(t, "role.txtar", "ses/us-east-1/account.json", `{"sandbox": true, "sending": false, "enforcement": "PROBATION", "max_24_hour_send": 200, "max_send_rate": 1}`)
	c := collector(t, w)
	for region, want := range map[string]facts.Account{
		"eu-west-1": {SendingEnabled: true, Enforcement: "HEALTHY", Max24HourSend: 50000, MaxSendRate: 14, SentLast24Hours: 120},
		"us-east-1": {Sandbox: true, Enforcement: "PROBATION", Max24HourSend: 200, MaxSendRate: 1},
	} {
		got, err := c.Account(t.Context(), region)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("account in %s (-want +got):\n%s", region, diff)
		}
	}
}

func TestTheIndexIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	var files, want []string
	for i := range 7 {
		name := fmt.Sprintf("d%d.example", i)
		files = append(files, "ses/eu-west-1/identities/"+name+".json", `{"verified": true}`)
		want = append(want, name)
	}
	files = append(files, "world.json", `{"caller": "arn:aws:sts::111122223333:assumed-role/app/i-0abc", "ses_page_size": 2}`)
	w := load(t, "role.txtar", files...)
	index, err := collector(t, w).Index(t.Context(), here)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(index.Identities, func(a, b facts.IndexEntry) int { return cmp.Compare(a.Name, b.Name) })
	var got []string
	for _, e := range index.Identities {
		got = append(got, e.Name)
	}
	if diff := gocmp.Diff(append(want, "example.com", "new.example"), got); diff != "" {
		t.Errorf("identities (-want +got):\n%s", diff)
	}
	verified := facts.IndexEntry{Name: "d0.example", Type: "DOMAIN", Status: "SUCCESS", Sending: true}
	if diff := gocmp.Diff(verified, index.Identities[0]); diff != "" {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
	if n := calls(w)["ses:ListEmailIdentities"]; n != 5 {
		t.Errorf("%d pages of 2 were read, want 5", n)
	}
}

func TestAnIdentityIsReadWithItsPolicies(t *testing.T) {
	t.Parallel()
	got, err := collector(t, load(t, "role.txtar")).Identity(t.Context(), here, "example.com")
	if err != nil {
		t.Fatal(err)
	}
	var policies []string
	for _, p := range got.Policies {
		policies = append(policies, fmt.Sprintf("%s: %s, error %v", p.Name, p.Document.Statements[0].Sid, p.Err))
	}
	wantPolicies := []string{
		"sending authorization policy freeze of identity example.com: Freeze, error <nil>",
		"sending authorization policy partner of identity example.com: Partner, error <nil>",
	}
	if diff := gocmp.Diff(wantPolicies, policies); diff != "" {
		t.Errorf("policies (-want +got):\n%s", diff)
	}
	want := facts.Identity{
		Name: "example.com", Exists: true, Type: "DOMAIN", Status: "SUCCESS", VerifiedToSend: true,
		ConfigurationSet: "events", DKIMTokens: []string{"a", "b", "c"},
		MailFrom: facts.MailFrom{Domain: "bounce.example.com", Status: "FAILED", Reject: true},
	}
	if diff := gocmp.Diff(want, got, cmpopts.IgnoreFields(facts.Identity{}, "Policies")); diff != "" {
		t.Errorf("identity (-want +got):\n%s", diff)
	}
}

func TestAnIdentityThatIsNotVerifiedTellsWhy(t *testing.T) {
	t.Parallel()
	got, err := collector(t, load(t, "role.txtar")).Identity(t.Context(), here, "new.example")
	if err != nil || got.Status != "FAILED" || got.ErrorType != "HOST_NOT_FOUND" || got.VerifiedToSend {
		t.Errorf("identity is %+v, error %v", got, err)
	}
}

func TestWhatDoesNotExistIsAFact(t *testing.T) {
	t.Parallel()
	c := collector(t, load(t, "role.txtar"))
	for _, name := range []string{"a@example.com", "a+b@example.com", "odd/../name@example.com", "example.org"} {
		identity, err := c.Identity(t.Context(), here, name)
		if diff := gocmp.Diff(facts.Identity{Name: name}, identity); diff != "" || err != nil {
			t.Errorf("identity (-want +got), error %v:\n%s", err, diff)
		}
	}
	set, err := c.ConfigurationSet(t.Context(), here, "none")
	if diff := gocmp.Diff(facts.ConfigurationSet{Name: "none"}, set); diff != "" || err != nil {
		t.Errorf("configuration set (-want +got), error %v:\n%s", err, diff)
	}
}

func TestAConfigurationSetSendsOrIsPaused(t *testing.T) {
	t.Parallel()
	c := collector(t, load(t, "role.txtar"))
	for name, sending := range map[string]bool{"events": true, "paused": false} {
		got, err := c.ConfigurationSet(t.Context(), here, name)
		want := facts.ConfigurationSet{Name: name, Exists: true, SendingEnabled: sending}
		if diff := gocmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("configuration set (-want +got), error %v:\n%s", err, diff)
		}
	}
}

func TestTheOrganizationSaysWhetherServiceControlPoliciesCanBear(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		file string
		want facts.Organization
	}{
		{"", facts.Organization{}},
		{`{"id": "o-a1b2c3d4e5", "management_account": "999988887777"}`, facts.Organization{ID: "o-a1b2c3d4e5", AllFeatures: true}},
		{`{"id": "o-a1b2c3d4e5", "management_account": "111122223333"}`, facts.Organization{ID: "o-a1b2c3d4e5", Management: true, AllFeatures: true}},
		{`{"id": "o-a1b2c3d4e5", "management_account": "999988887777", "feature_set": "CONSOLIDATED_BILLING"}`, facts.Organization{ID: "o-a1b2c3d4e5"}},
	} {
		w := load(t, "role.txtar")
		if test.file != "" {
			if err := w.Set("organizations/organization.json", test.file); err != nil {
				t.Fatal(err)
			}
		}
		got, err := collector(t, w).Organization(t.Context(), facts.Caller{Account: "111122223333"})
		got.LevelsGap = nil
		if diff := gocmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("organization of %s (-want +got), error %v:\n%s", test.file, err, diff)
		}
	}
}

// questions are the calls that a Source makes of SES and Organizations, each with
// what permits it.
var questions = []struct {
	action, what, permission string
	ask                      func(*testing.T, *collect.Collector) error
}{
	{"organizations:DescribeOrganization", "organization of account 111122223333", "organizations:DescribeOrganization on *", func(t *testing.T, c *collect.Collector) error {
		_, err := c.Organization(t.Context(), facts.Caller{Account: "111122223333"})
		return err
	}},
	{"ses:GetAccount", "SES account in eu-west-1", "ses:GetAccount on *", func(t *testing.T, c *collect.Collector) error {
		_, err := c.Account(t.Context(), here)
		return err
	}},
	{"ses:ListEmailIdentities", "SES identities in eu-west-1", "ses:ListEmailIdentities on *", func(t *testing.T, c *collect.Collector) error {
		_, err := c.Index(t.Context(), here)
		return err
	}},
	{"ses:GetEmailIdentity", "identity example.com in eu-west-1", "ses:GetEmailIdentity on arn:aws:ses:eu-west-1:111122223333:identity/example.com", func(t *testing.T, c *collect.Collector) error {
		_, err := c.Identity(t.Context(), here, "example.com")
		return err
	}},
	{"ses:GetConfigurationSet", "configuration set events in eu-west-1", "ses:GetConfigurationSet on arn:aws:ses:eu-west-1:111122223333:configuration-set/events", func(t *testing.T, c *collect.Collector) error {
		_, err := c.ConfigurationSet(t.Context(), here, "events")
		return err
	}},
}

func TestARefusedQuestionIsAGapThatNamesThePermission(t *testing.T) {
	t.Parallel()
	for _, q := range questions {
		t.Run(q.action, func(t *testing.T) {
			t.Parallel()
			w := load(t, "role.txtar", "refusals.json", fmt.Sprintf(`[{"action": %q}]`, q.action))
			c := collector(t, w)
			if _, err := c.Caller(t.Context()); err != nil {
				t.Fatal(err)
			}
			gap, ok := errors.AsType[*facts.Gap](q.ask(t, c))
			if !ok || gap.What != q.what || gap.Call != q.action || gap.Permission != q.permission {
				t.Fatalf("gap is %+v", gap)
			}
			if api, ok := errors.AsType[smithy.APIError](error(gap)); !ok || !strings.HasPrefix(api.ErrorCode(), "AccessDenied") {
				t.Errorf("the answer of AWS is not in the chain of %v", gap)
			}
		})
	}
}

func TestAFailedQuestionIsAGapThatNoPermissionFills(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"throttle", "503", "expired", "html", "truncate", "close"} {
		for _, q := range questions[1:] {
			t.Run(fault+" "+q.action, func(t *testing.T) {
				t.Parallel()
				w := load(t, "role.txtar", "faults.json", fmt.Sprintf(`[{"call": %q, "fault": %q}]`, q.action, fault))
				gap, ok := errors.AsType[*facts.Gap](q.ask(t, collector(t, w)))
				if !ok || gap.What != q.what || gap.Permission != "" {
					t.Fatalf("gap is %+v", gap)
				}
				if n := total(calls(w), "ses"); n > 1 {
					t.Errorf("SES was asked %d times: a retry does not keep to its pace", n)
				}
			})
		}
	}
}
