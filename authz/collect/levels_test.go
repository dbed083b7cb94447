package collect_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"sesgate/authz/collect"
	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// levels are an organization's as a text: kind, name and Sids of each policy.
func levels(o facts.Organization) string {
	var b strings.Builder
	for _, l := range o.Levels {
		fmt.Fprintf(&b, "%s %s %s:", l.Kind, l.ID, l.Name)
		for _, scp := range l.SCPs {
			fmt.Fprintf(&b, " %s", scp.Name)
			for _, s := range scp.Document.Statements {
				fmt.Fprintf(&b, "/%s", s.Sid)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestServiceControlPoliciesAreReadFromTheRootToTheAccount(t *testing.T) {
	t.Parallel()
	w := load(t, "organization.txtar")
	got, err := collector(t, w).Organization(t.Context(), facts.Caller{Account: "111122223333"})
	if err != nil || got.LevelsGap != nil {
		t.Fatal(err, got.LevelsGap)
	}
	want := `root r-a1b2 Root: SCP FullAWSAccess (p-FullAWSAccess)/
organizational unit ou-a1b2-prod prod: SCP FullAWSAccess (p-FullAWSAccess)/ SCP DenySES (p-58216078)/NoMail
account 111122223333 : SCP FullAWSAccess (p-FullAWSAccess)/
`
	if diff := gocmp.Diff(want, levels(got)); diff != "" {
		t.Error(diff)
	}
	if n := calls(w)["organizations:DescribePolicy"]; n != 2 {
		t.Errorf("%d policies read; there are two", n)
	}
}

func TestWhatHidesServiceControlPoliciesIsAGap(t *testing.T) {
	t.Parallel()
	for call, files := range map[string][]string{
		"organizations:ListPoliciesForTarget": {"organizations/organization.json", `{"management_account": "999988887777"}`},
		"organizations:ListParents":           {"refusals.json", `[{"action": "organizations:ListParents"}]`},
		"organizations:DescribePolicy":        {"refusals.json", `[{"action": "organizations:DescribePolicy"}]`},
	} {
		got, err := collector(t, load(t, "organization.txtar", files...)).Organization(t.Context(), facts.Caller{Account: "111122223333"})
		if err != nil || got.Levels != nil || !got.Restricts() {
			t.Errorf("%s: %+v, %v", call, got, err)
			continue
		}
		if g := got.LevelsGap; g == nil || g.Call != call || !strings.HasPrefix(g.Permission, call+" on *") {
			t.Errorf("%s: gap is %v", call, g)
		}
	}
}

func TestAnOrganizationWithoutServiceControlPoliciesRestrictsNothing(t *testing.T) {
	t.Parallel()
	w := load(t, "organization.txtar", "organizations/organization.json",
		`{"delegated_administrators": ["111122223333"], "scps_off": true}`)
	got, err := collector(t, w).Organization(t.Context(), facts.Caller{Account: "111122223333"})
	if err != nil || got.Restricts() || got.LevelsGap != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestRareFactsAreGatheredTogether reads what few messages need, by one snapshot.
func TestRareFactsAreGatheredTogether(t *testing.T) {
	t.Parallel()
	c := facts.NewCached(collector(t, load(t, "organization.txtar")), facts.Options{})
	defer c.Close()
	s := c.Snapshot(t.Context(), facts.Query{
		Region: here, Senders: []string{"a@example.com"}, Recipients: []string{"gone@example.org", "you@example.org"},
		Tenant: "shop", EndpointID: "abc.def", Suppression: true,
		Simulation: &facts.Simulation{
			Principal: "arn:aws:iam::111122223333:role/app", Action: "ses:SendRawEmail",
			Resources: []string{"arn:aws:ses:eu-west-1:111122223333:identity/example.com"},
			Context:   []facts.ContextEntry{{Key: "ses:FromAddress", Values: []string{"a@example.com"}}},
		},
	})
	tenant := facts.Tenant{Name: "shop", Exists: true, Status: "DISABLED", Resources: []string{
		"arn:aws:ses:eu-west-1:111122223333:configuration-set/events", "arn:aws:ses:eu-west-1:111122223333:identity/example.com",
	}}
	if diff := gocmp.Diff(tenant, s.Tenant.Value); diff != "" {
		t.Errorf("tenant (-want +got):\n%s", diff)
	}
	endpoint := facts.GlobalEndpoint{ID: "abc.def", Name: "both", Exists: true, Status: "READY", Regions: []string{here, "eu-central-1"}}
	if diff := gocmp.Diff(endpoint, s.GlobalEndpoint.Value); diff != "" {
		t.Errorf("endpoint (-want +got):\n%s", diff)
	}
	if !s.Suppressed["gone@example.org"].Value.Suppressed || !s.Suppressed["you@example.org"].Known() || s.Suppressed["you@example.org"].Value.Suppressed {
		t.Errorf("suppressed: %+v", s.Suppressed)
	}
	if o := s.Opinion.Value; o.Organizations != policy.No || len(o.Resources) != 1 || o.Resources[0].Decision != "explicitDeny" {
		t.Errorf("opinion: %+v, %v", o, s.Opinion.Gap)
	}
}

func TestLevelsOutliveAFailureThatPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := load(t, "organization.txtar")
		c := facts.NewCached(collect.New(inMemoryConfig(w), collect.Options{Reads: -1, Resolver: resolver(nil)}), facts.Options{Wait: 10 * time.Second})
		defer c.Close()
		q := facts.Query{Region: here}
		if s := c.Snapshot(t.Context(), q); len(s.Organization.Value.Levels) != 3 {
			t.Fatalf("levels are %+v", s.Organization)
		}
		if err := w.Set("faults.json", `[{"call": "organizations:ListPoliciesForTarget", "fault": "500"}]`); err != nil {
			t.Fatal(err)
		}
		q.Fresh, q.MaxAge = facts.KindOrganization, time.Second
		time.Sleep(time.Minute)
		if s := c.Snapshot(t.Context(), q); len(s.Organization.Value.Levels) != 3 || time.Since(s.Organization.At) < time.Minute {
			t.Errorf("levels are %+v", s.Organization)
		}
	})
}
