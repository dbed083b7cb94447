package authz

import (
	"encoding/json"
	"flag"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"sesgate/authz/diagnosis"
)

var everyRead = flag.Bool("every-read", false, "take each permission away in every scenario, those that nearly all ask for too")

// With any one permission to read taken away the answer of every scenario is the
// same or less certain, and what was not proven before is not proven then. Each
// permission is refused through the real clients, in each world in which it was
// asked for; those that nearly every world asks for, in an eighth of them.
func TestWithoutAReadPermissionTheAnswerIsOnlyLessCertain(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/verdicts/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	plain := readScenario(t, "testdata/verdicts/allowed.txtar")
	plain.ask(t)
	common := plain.reads()
	for n, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			whole := readScenario(t, file)
			with, _ := whole.ask(t)
			for i, action := range whole.reads() {
				if (n+i)%8 != 0 && slices.Contains(common, action) && !*everyRead {
					continue
				}
				less := withoutPermission(t, file, action)
				without, _ := less.ask(t)
				if without.Decision != with.Decision && without.Decision != Unknown {
					t.Errorf("%v %v; without %s %v %v", with.Decision, codesOf(with), action, without.Decision, codesOf(without))
				}
				for _, f := range without.Findings {
					if refuses(f) && !slices.ContainsFunc(with.Findings, func(g diagnosis.Finding) bool { return refuses(g) && g.Code == f.Code }) &&
						with.Decision != Deny {
						t.Errorf("without %s %s is proven", action, f.Code)
					}
				}
			}
		})
	}
}

// Every permission that is ever asked for is one of those that the test above takes
// away.
func TestTheScenariosAskForEveryPermission(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/verdicts/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for _, file := range files {
		s := readScenario(t, file)
		s.ask(t)
		for _, action := range s.reads() {
			asked[action] = true
		}
	}
	for _, action := range []string{
		"ses:GetAccount", "ses:ListEmailIdentities", "ses:GetEmailIdentity", "ses:GetConfigurationSet",
		"ses:GetTenant", "ses:ListTenantResources", "ses:ListMultiRegionEndpoints", "ses:GetSuppressedDestination",
		"iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:GetPolicy", "iam:GetPolicyVersion",
		"iam:GetUser", "iam:ListAttachedUserPolicies", "iam:ListUserPolicies", "iam:GetUserPolicy", "iam:ListGroupsForUser",
		"iam:ListAttachedGroupPolicies", "iam:ListGroupPolicies", "iam:GetGroupPolicy", "iam:SimulatePrincipalPolicy",
		"organizations:DescribeOrganization", "organizations:ListRoots", "organizations:ListParents", "organizations:DescribeOrganizationalUnit",
		"organizations:ListPoliciesForTarget", "organizations:DescribePolicy",
	} {
		if !asked[action] {
			t.Errorf("no scenario asks for %s", action)
		}
	}
}

// reads are the IAM actions that a scenario's facts were read by.
func (s *scenario) reads() []string {
	var actions []string
	for _, c := range s.world.Calls() {
		if action := c.Service + ":" + c.Action; c.Service != "sts" && !slices.Contains(actions, action) {
			actions = append(actions, action)
		}
	}
	return actions
}

// withoutPermission is the scenario of a file with one more refusal, before those
// that it has.
func withoutPermission(t *testing.T, file, action string) *scenario {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	refusals := []json.RawMessage{json.RawMessage(`{"action": "` + action + `"}`)}
	const name = "world/refusals.json"
	if i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == name }); i >= 0 {
		var had []json.RawMessage
		if err := json.Unmarshal(archive.Files[i].Data, &had); err != nil {
			t.Fatal(err)
		}
		refusals = append(refusals, had...)
		archive.Files = slices.Delete(archive.Files, i, i+1)
	}
	data, err := json.Marshal(refusals)
	if err != nil {
		t.Fatal(err)
	}
	archive.Files = append(archive.Files, txtar.File{Name: name, Data: data})
	return newScenario(t, file, archive)
}
