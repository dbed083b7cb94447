package awssim_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
)

const iamWorld = `
-- world.json --
{"caller": "arn:aws:iam::111122223333:user/staff/jo"}
-- iam/roles/app/role.json --
{"path": "/service/", "id": "AROAEXAMPLE", "boundary": "arn:aws:iam::111122223333:policy/edge", "tags": {"team": "shop", "env": "prod"}}
-- iam/roles/app/attached.json --
["arn:aws:iam::aws:policy/job-function/Mail", "arn:aws:iam::111122223333:policy/edge", "arn:aws:iam::111122223333:policy/team/mail/send"]
-- iam/roles/app/inline/odd.json --
{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ses:*","Resource":"*",
 "Condition":{"StringEquals":{"ses:FromAddress":["a+b@example.com","50%25@example.com","ü~*()'! @example.com"]}}}]}
-- iam/roles/app/inline/a.json --
{}
-- iam/roles/app/inline/b.json --
{}
-- iam/roles/app/inline/c.json --
{}
-- iam/policies/edge.json --
{"Statement": []}
-- iam/policies/team/mail/send.json --
{"Statement": []}
-- iam/policies/aws/job-function/Mail.json --
{"Statement": []}
-- iam/users/jo/user.json --
{"path": "/staff/"}
-- iam/users/jo/groups.json --
["g1", "g2", "g3"]
-- iam/users/jo/attached.json --
["arn:aws:iam::111122223333:policy/edge"]
-- iam/users/jo/inline/own.json --
{"Id": "own"}
-- iam/groups/g1/group.json --
{"path": "/teams/"}
-- iam/groups/g2/inline/two.json --
{"Id": "two"}
-- iam/groups/g3/attached.json --
["arn:aws:iam::aws:policy/job-function/Mail"]
`

func TestTheCallerIsToldWhoItIs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, world, arn, id string }{
		{"a role's session", `-- world.json --
{"caller": "arn:aws-us-gov:sts::111122223333:assumed-role/app/i-0abc"}
-- iam/roles/app/role.json --
{"id": "AROAEXAMPLE"}`, "arn:aws-us-gov:sts::111122223333:assumed-role/app/i-0abc", "AROAEXAMPLE:i-0abc"},
		{"a user", `-- world.json --
{"caller": "arn:aws:iam::111122223333:user/staff/jo"}
-- iam/users/jo/user.json --
{"path": "/staff/", "id": "AIDAEXAMPLE"}`, "arn:aws:iam::111122223333:user/staff/jo", "AIDAEXAMPLE"},
		{"root", `-- world.json --
{"caller": "arn:aws:iam::111122223333:root"}`, "arn:aws:iam::111122223333:root", "111122223333"},
		{"as stated", `-- world.json --
{"user_id": "AROAX:me"}`, "arn:aws:sts::111122223333:assumed-role/app/i-0abc", "AROAX:me"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := serveTxtar(t, tt.world)
			out, err := w.sts.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
			if err != nil {
				t.Fatal(err)
			}
			want := []string{tt.arn, tt.id, "111122223333"}
			if diff := cmp.Diff(want, []string{*out.Arn, *out.UserId, *out.Account}); diff != "" {
				t.Errorf("caller (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARoleIsReadWithItsPathBoundaryAndTags(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, iamWorld)
	out, err := w.iam.GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("app")})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{
		"arn": *out.Role.Arn, "path": *out.Role.Path, "id": *out.Role.RoleId, "name": *out.Role.RoleName,
		"boundary": *out.Role.PermissionsBoundary.PermissionsBoundaryArn,
	}
	for _, tag := range out.Role.Tags {
		got["tag "+*tag.Key] = *tag.Value
	}
	want := map[string]string{
		"arn": "arn:aws:iam::111122223333:role/service/app", "path": "/service/", "id": "AROAEXAMPLE", "name": "app",
		"boundary": "arn:aws:iam::111122223333:policy/edge", "tag team": "shop", "tag env": "prod",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("role (-want +got):\n%s", diff)
	}
}

func TestListsOfIAMComeInSmallPages(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, iamWorld)
	var names []string
	pages := 0
	p := iam.NewListRolePoliciesPaginator(w.iam, &iam.ListRolePoliciesInput{RoleName: aws.String("app"), MaxItems: aws.Int32(1000)})
	for ; p.HasMorePages(); pages++ {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, page.PolicyNames...)
	}
	if want := []string{"a", "b", "c", "odd"}; pages != 2 || !cmp.Equal(names, want) {
		t.Errorf("got %v in %d pages, want %v in 2", names, pages, want)
	}

	var arns []string
	one := iam.NewListAttachedRolePoliciesPaginator(w.iam, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String("app"), MaxItems: aws.Int32(1)})
	for pages = 0; one.HasMorePages(); pages++ {
		page, err := one.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, policy := range page.AttachedPolicies {
			arns = append(arns, *policy.PolicyName+" "+*policy.PolicyArn)
		}
	}
	want := []string{"Mail arn:aws:iam::aws:policy/job-function/Mail", "edge arn:aws:iam::111122223333:policy/edge", "send arn:aws:iam::111122223333:policy/team/mail/send"}
	if diff := cmp.Diff(want, arns); diff != "" || pages != 3 {
		t.Errorf("attached in %d pages (-want +got):\n%s", pages, diff)
	}

	_, err := w.iam.ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: aws.String("app"), Marker: aws.String("made up")})
	if got := outcome("", err); got != "400 ValidationError Invalid Marker." {
		t.Errorf("made up marker: got %s", got)
	}
}

func TestPoliciesComeURLEncodedAsRFC3986Has(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, iamWorld)
	out, err := w.iam.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: aws.String("app"), PolicyName: aws.String("odd")})
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(*out.PolicyDocument, "+ \n\"{") {
		t.Errorf("document is not encoded through and through: %s", *out.PolicyDocument)
	}
	text, err := url.PathUnescape(*out.PolicyDocument)
	if err != nil || !strings.Contains(text, `"a+b@example.com","50%25@example.com","ü~*()'! @example.com"`) {
		t.Errorf("decoded to %q (%v): plus and percent signs are lost", text, err)
	}
}

func TestAUserIsReadWithItsGroupsPolicies(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, iamWorld)
	ctx := t.Context()
	user, err := w.iam.GetUser(ctx, &iam.GetUserInput{})
	if err != nil || *user.User.Arn != "arn:aws:iam::111122223333:user/staff/jo" {
		t.Fatalf("the calling user: got %+v, %v", user, err)
	}
	jo := aws.String("jo")
	var groups []string
	p := iam.NewListGroupsForUserPaginator(w.iam, &iam.ListGroupsForUserInput{UserName: jo})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, group := range page.Groups {
			groups = append(groups, *group.Arn)
		}
	}
	want := []string{"arn:aws:iam::111122223333:group/teams/g1", "arn:aws:iam::111122223333:group/g2", "arn:aws:iam::111122223333:group/g3"}
	if diff := cmp.Diff(want, groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	inline, err := w.iam.GetGroupPolicy(ctx, &iam.GetGroupPolicyInput{GroupName: aws.String("g2"), PolicyName: aws.String("two")})
	if err != nil || !strings.Contains(*inline.PolicyDocument, "two") || *inline.GroupName != "g2" {
		t.Errorf("group policy: got %+v, %v", inline, err)
	}
	own, err := w.iam.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: jo, PolicyName: aws.String("own")})
	if err != nil || *own.UserName != "jo" {
		t.Errorf("user policy: got %+v, %v", own, err)
	}
	attached, err := w.iam.ListAttachedGroupPolicies(ctx, &iam.ListAttachedGroupPoliciesInput{GroupName: aws.String("g3")})
	if err != nil || len(attached.AttachedPolicies) != 1 || attached.IsTruncated {
		t.Errorf("attached to group: got %+v, %v", attached, err)
	}
	names, err := w.iam.ListGroupPolicies(ctx, &iam.ListGroupPoliciesInput{GroupName: aws.String("g1")})
	if err != nil || len(names.PolicyNames) != 0 {
		t.Errorf("inline of a group without: got %+v, %v", names, err)
	}
}

func TestAChangedManagedPolicyIsANewVersion(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, iamWorld)
	ctx := t.Context()
	edge := aws.String("arn:aws:iam::111122223333:policy/edge")
	read := func(version string) string {
		t.Helper()
		out, err := w.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: edge, VersionId: &version})
		if err != nil {
			return outcome("", err)
		}
		text, _ := url.PathUnescape(*out.PolicyVersion.Document)
		return strings.TrimSpace(text)
	}
	current := func() string {
		t.Helper()
		out, err := w.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: edge})
		if err != nil {
			t.Fatal(err)
		}
		return *out.Policy.DefaultVersionId
	}
	if got := current() + " " + read("v1"); got != `v1 {"Statement": []}` {
		t.Errorf("at first: got %s", got)
	}
	for _, text := range []string{`{"Id": "2"}`, `{"Id": "3"}`, `{"Id": "4"}`, `{"Id": "5"}`, `{"Id": "6"}`, `{"Id": "6"}`} {
		if err := w.Set("iam/policies/edge.json", text); err != nil {
			t.Fatal(err)
		}
	}
	if got := current() + " " + read("v6") + " " + read("v2"); got != `v6 {"Id": "6"} {"Id": "2"}` {
		t.Errorf("after five changes and one that is none: got %s", got)
	}
	if got := read("v1"); !strings.HasPrefix(got, "404 NoSuchEntity") {
		t.Errorf("the sixth oldest version: got %s, want it gone", got)
	}
}

func TestWhatIsNotThereIsNoSuchEntity(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, iamWorld)
	ctx := t.Context()
	none := aws.String("none")
	for want, call := range map[string]func() error{
		"The role with name none cannot be found.": func() error {
			_, err := w.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: none})
			return err
		},
		"The user with name none cannot be found.": func() error {
			_, err := w.iam.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: none})
			return err
		},
		"The role policy with name none cannot be found.": func() error {
			_, err := w.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: aws.String("app"), PolicyName: none})
			return err
		},
		"Policy arn:aws:iam::111122223333:policy/none was not found.": func() error {
			_, err := w.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: aws.String("arn:aws:iam::111122223333:policy/none")})
			return err
		},
	} {
		err := call()
		if e, ok := errors.AsType[*iamtypes.NoSuchEntityException](err); !ok || e.ErrorMessage() != want {
			t.Errorf("got %v, want NoSuchEntity %s", err, want)
		}
	}
}

// calls is every read that is refused by the world of TestEachReadCanBeRefused.
func calls(w *aworld) map[string]func(context.Context) error {
	app, jo, g1 := aws.String("app"), aws.String("jo"), aws.String("g1")
	name, arn := aws.String("odd"), aws.String("arn:aws:iam::111122223333:policy/edge")
	return map[string]func(context.Context) error{
		"iam:GetRole role app": func(ctx context.Context) error {
			_, err := w.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: app})
			return err
		},
		"iam:GetUser user jo": func(ctx context.Context) error {
			_, err := w.iam.GetUser(ctx, &iam.GetUserInput{UserName: jo})
			return err
		},
		"iam:ListAttachedRolePolicies role app": func(ctx context.Context) error {
			_, err := w.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: app})
			return err
		},
		"iam:ListAttachedUserPolicies user jo": func(ctx context.Context) error {
			_, err := w.iam.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: jo})
			return err
		},
		"iam:ListAttachedGroupPolicies group g1": func(ctx context.Context) error {
			_, err := w.iam.ListAttachedGroupPolicies(ctx, &iam.ListAttachedGroupPoliciesInput{GroupName: g1})
			return err
		},
		"iam:ListRolePolicies role app": func(ctx context.Context) error {
			_, err := w.iam.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: app})
			return err
		},
		"iam:ListUserPolicies user jo": func(ctx context.Context) error {
			_, err := w.iam.ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: jo})
			return err
		},
		"iam:ListGroupPolicies group g1": func(ctx context.Context) error {
			_, err := w.iam.ListGroupPolicies(ctx, &iam.ListGroupPoliciesInput{GroupName: g1})
			return err
		},
		"iam:GetRolePolicy role app": func(ctx context.Context) error {
			_, err := w.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: app, PolicyName: name})
			return err
		},
		"iam:GetUserPolicy user jo": func(ctx context.Context) error {
			_, err := w.iam.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: jo, PolicyName: name})
			return err
		},
		"iam:GetGroupPolicy group g1": func(ctx context.Context) error {
			_, err := w.iam.GetGroupPolicy(ctx, &iam.GetGroupPolicyInput{GroupName: g1, PolicyName: name})
			return err
		},
		"iam:ListGroupsForUser user jo": func(ctx context.Context) error {
			_, err := w.iam.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: jo})
			return err
		},
		"iam:GetPolicy policy " + *arn: func(ctx context.Context) error {
			_, err := w.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn})
			return err
		},
		"iam:GetPolicyVersion policy " + *arn: func(ctx context.Context) error {
			_, err := w.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")})
			return err
		},
	}
}

func TestEachReadOfIAMCanBeRefused(t *testing.T) {
	t.Parallel()
	open := serveTxtar(t, iamWorld)
	closed := serveTxtar(t, iamWorld+"-- refusals.json --\n"+`[{"action": "iam:*"}]`)
	open.mustHaveAll(t)
	for what, call := range calls(closed) {
		action, resource, _ := strings.Cut(what, " ")
		want := "403 AccessDenied User: arn:aws:iam::111122223333:user/staff/jo is not authorized to perform: " +
			action + " on resource: " + resource + " because no identity-based policy allows the " + action + " action"
		if got := outcome("", call(t.Context())); got != want {
			t.Errorf("%s:\n got %s\nwant %s", what, got, want)
		}
	}
}

// mustHaveAll checks that a world without refusals refuses nothing.
func (w *aworld) mustHaveAll(t *testing.T) {
	t.Helper()
	for what, call := range calls(w) {
		if err := call(t.Context()); err != nil && !strings.Contains(err.Error(), "NoSuchEntity") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestOrganizationsTellsOfTheAccountsOrganization(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, "")
	ask := func() (*organizations.DescribeOrganizationOutput, error) {
		return w.org.DescribeOrganization(t.Context(), &organizations.DescribeOrganizationInput{})
	}
	_, err := ask()
	if _, ok := errors.AsType[*orgtypes.AWSOrganizationsNotInUseException](err); !ok {
		t.Errorf("in no organization: got %v, want AWSOrganizationsNotInUseException", err)
	}
	if err := w.Set("organizations/organization.json", `{"id": "o-x", "management_account": "444455556666", "feature_set": "CONSOLIDATED_BILLING"}`); err != nil {
		t.Fatal(err)
	}
	out, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	got := []string{*out.Organization.Id, *out.Organization.MasterAccountId, string(out.Organization.FeatureSet), *out.Organization.Arn}
	want := []string{"o-x", "444455556666", "CONSOLIDATED_BILLING", "arn:aws:organizations::444455556666:organization/o-x"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("organization (-want +got):\n%s", diff)
	}
	if err := w.Set("refusals.json", `[{"action": "organizations:*"}]`); err != nil {
		t.Fatal(err)
	}
	_, err = ask()
	if _, ok := errors.AsType[*orgtypes.AccessDeniedException](err); !ok {
		t.Errorf("refused: got %v, want AccessDeniedException", err)
	}
}

func TestOperationsThatTheSimulatorLacksFail(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, iamWorld)
	ctx := t.Context()
	_, err := w.iam.ListRoles(ctx, &iam.ListRolesInput{})
	if got := outcome("", err); !strings.HasPrefix(got, "400 InvalidAction") {
		t.Errorf("iam:ListRoles: got %s", got)
	}
	_, err = w.sts.GetSessionToken(ctx, &sts.GetSessionTokenInput{})
	if got := outcome("", err); !strings.HasPrefix(got, "400 InvalidAction") {
		t.Errorf("sts:GetSessionToken: got %s", got)
	}
	_, err = w.org.ListAccounts(ctx, &organizations.ListAccountsInput{})
	var api smithy.APIError
	var response *smithyhttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &response) || api.ErrorCode() != "UnknownOperationException" {
		t.Errorf("organizations:ListAccounts: got %v", err)
	}
}
