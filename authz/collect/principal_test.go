package collect_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"sesgate/authz/collect"
	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

const wholeRole = `
has inline policy labels of role app Labels
has inline policy send of role app Send
has managed policy AmazonSESReadOnlyAccess of role app (arn:aws:iam::aws:policy/AmazonSESReadOnlyAccess) Read
has managed policy senders of role app (arn:aws:iam::111122223333:policy/mail/senders) Senders
has managed policy audit of role app (arn:aws:iam::111122223333:policy/audit) Audit
within permissions boundary of role app (arn:aws:iam::111122223333:policy/limits/boundary) Limits
`

const wholeUser = `
has inline policy own of user alice Own
has managed policy audit of user alice (arn:aws:iam::111122223333:policy/audit) Audit
has inline policy send of group senders Send
has managed policy audit of group everybody (arn:aws:iam::111122223333:policy/audit) Audit
within permissions boundary of user alice (arn:aws:iam::111122223333:policy/boundary) Limits
`

func TestARoleIsReadWithItsPathAndAllPolicies(t *testing.T) {
	t.Parallel()
	p := principal(t, collector(t, load(t, "role.txtar")))
	wantOutline(t, p, wholeRole)
	p.Policies, p.Boundary = nil, nil
	want := facts.Principal{
		ARN: "arn:aws:iam::111122223333:role/service/mail/app", Name: "app", Kind: "role",
		Tags: map[string]string{"team": "shop", "env": "prod"}, TagsRead: true,
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("role (-want +got):\n%s", diff)
	}
}

func TestAUserIsReadWithItsGroups(t *testing.T) {
	t.Parallel()
	p := principal(t, collector(t, load(t, "user.txtar")))
	wantOutline(t, p, wholeUser)
	p.Policies, p.Boundary = nil, nil
	want := facts.Principal{
		ARN: "arn:aws:iam::111122223333:user/staff/alice", Name: "alice", Kind: "user",
		Tags: map[string]string{"team": "shop"}, TagsRead: true,
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("user (-want +got):\n%s", diff)
	}
}

func TestListsAreReadToTheirEnd(t *testing.T) {
	t.Parallel()
	p := principal(t, collector(t, load(t, "role.txtar", "world.json",
		`{"caller": "arn:aws:sts::111122223333:assumed-role/app/i-0abc", "user_id": "AROAAPP:i-0abc", "iam_page_size": 1}`)))
	wantOutline(t, p, wholeRole)
}

// IAM encodes documents by RFC 3986, which lets a plus sign stand for itself.
func TestAPlusSignInAPolicyStaysOne(t *testing.T) {
	t.Parallel()
	w := load(t, "role.txtar")
	for name, handler := range map[string]http.Handler{
		"encoded": w,
		"plain": http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			out := httptest.NewRecorder()
			w.ServeHTTP(out, r)
			rw.WriteHeader(out.Code)
			strings.NewReplacer("%2B", "+").WriteString(rw, out.Body.String())
		}),
	} {
		p := principal(t, collector(t, handler))
		got := p.Policies[0].Document.Statements[0].Source()
		want := `{"Sid":"Labels","Effect":"Allow","Action":"ses:SendRawEmail","Resource":"*",` +
			`"Condition":{"StringEquals":{"ses:FromAddress":["news+may@example.com","50%25 off@example.com"]}}}`
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("statement, plus sign %s (-want +got):\n%s", name, diff)
		}
	}
}

// A role with two inline and three managed policies and a boundary takes GetRole,
// two lists, two documents, four policies and, the first time, their versions.
func TestIAMIsAskedAsLittleAsCanBe(t *testing.T) {
	t.Parallel()
	w := load(t, "role.txtar")
	c := collector(t, w)
	principal(t, c)
	want := map[string]int{
		"sts:GetCallerIdentity": 1,
		"iam:GetRole":           1, "iam:ListRolePolicies": 1, "iam:GetRolePolicy": 2, "iam:ListAttachedRolePolicies": 1,
		"iam:GetPolicy": 4, "iam:GetPolicyVersion": 4,
	}
	if diff := cmp.Diff(want, calls(w)); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	principal(t, c)
	if n := total(calls(w), "iam"); n != 13+9 {
		t.Errorf("reading it again took %d calls, want 9: versions do not change", n-13)
	}
}

func TestANewVersionOfAPolicyIsRead(t *testing.T) {
	t.Parallel()
	w := load(t, "role.txtar")
	c := collector(t, w)
	principal(t, c)
	if err := w.Set("iam/policies/audit.json", `{"Version": "2012-10-17", "Statement": {"Sid": "Audit2", "Effect": "Allow", "Action": "iam:Get*", "Resource": "*"}}`); err != nil {
		t.Fatal(err)
	}
	wantOutline(t, principal(t, c), strings.Replace(wholeRole, "audit) Audit", "audit) Audit2", 1))
}

// Each call of IAM is refused in turn: what it would have told is a gap that names
// the permission, and the rest is there.
func TestARefusedCallIsAGapAndTheRestIsKept(t *testing.T) {
	t.Parallel()
	const (
		roleARN  = "arn:aws:iam::111122223333:role/service/mail/app"
		aliceARN = "arn:aws:iam::111122223333:user/staff/alice"
		audit    = "arn:aws:iam::111122223333:policy/audit"
	)
	for _, test := range []struct {
		world, action, resource string
		lost                    int    // policies
		lacks                   string // "layer: what, permission", one a line
	}{
		{"role.txtar", "iam:GetRole", "*", 0, "boundary: permissions boundary of role app, iam:GetRole on arn:aws:iam::111122223333:role/app"},
		{"role.txtar", "iam:ListRolePolicies", "*", 2, "identity: inline policies of role app, iam:ListRolePolicies on " + roleARN},
		{"role.txtar", "iam:GetRolePolicy", "*", 2, "identity: inline policy labels of role app, iam:GetRolePolicy on " + roleARN + "\n" +
			"identity: inline policy send of role app, iam:GetRolePolicy on " + roleARN},
		{"role.txtar", "iam:ListAttachedRolePolicies", "*", 3, "identity: managed policies of role app, iam:ListAttachedRolePolicies on " + roleARN},
		{"role.txtar", "iam:GetPolicy", audit, 1, "identity: managed policy audit of role app, iam:GetPolicy on " + audit},
		{"role.txtar", "iam:GetPolicyVersion", audit, 1, "identity: managed policy audit of role app, iam:GetPolicyVersion on " + audit},
		{"role.txtar", "iam:GetPolicy", "arn:aws:iam::111122223333:policy/limits/boundary", 0,
			"boundary: permissions boundary of role app, iam:GetPolicy on arn:aws:iam::111122223333:policy/limits/boundary"},
		{"user.txtar", "iam:GetUser", "*", 0, "boundary: permissions boundary of user alice, iam:GetUser on " + aliceARN},
		{"user.txtar", "iam:ListUserPolicies", "*", 1, "identity: inline policies of user alice, iam:ListUserPolicies on " + aliceARN},
		{"user.txtar", "iam:GetUserPolicy", "*", 1, "identity: inline policy own of user alice, iam:GetUserPolicy on " + aliceARN},
		{"user.txtar", "iam:ListAttachedUserPolicies", "*", 1, "identity: managed policies of user alice, iam:ListAttachedUserPolicies on " + aliceARN},
		{"user.txtar", "iam:ListGroupsForUser", "*", 2, "identity: groups of user alice, iam:ListGroupsForUser on " + aliceARN},
		{"user.txtar", "iam:ListGroupPolicies", "*/senders", 1, "identity: inline policies of group senders, iam:ListGroupPolicies on arn:aws:iam::111122223333:group/mail/senders"},
		{"user.txtar", "iam:GetGroupPolicy", "*", 1, "identity: inline policy send of group senders, iam:GetGroupPolicy on arn:aws:iam::111122223333:group/mail/senders"},
		{"user.txtar", "iam:ListAttachedGroupPolicies", "*/everybody", 1, "identity: managed policies of group everybody, iam:ListAttachedGroupPolicies on arn:aws:iam::111122223333:group/everybody"},
	} {
		t.Run(test.action+" "+test.resource, func(t *testing.T) {
			t.Parallel()
			w := load(t, test.world, "refusals.json", fmt.Sprintf(`[{"action": %q, "resource": %q}]`, test.action, test.resource))
			p := principal(t, collector(t, w))
			var lacks []string
			for _, g := range p.Gaps {
				lacks = append(lacks, fmt.Sprintf("%v: %s, %s", g.Layer, g.Gap.What, g.Gap.Permission))
				if api, ok := errors.AsType[smithy.APIError](g.Gap); !ok || api.ErrorCode() != "AccessDenied" {
					t.Errorf("the answer of AWS is not in the chain of %v", g.Gap)
				}
			}
			if diff := cmp.Diff(test.lacks, strings.Join(lacks, "\n")); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
			if got := map[string]int{"role.txtar": 5, "user.txtar": 4}[test.world] - len(p.Policies); got != test.lost {
				t.Errorf("%d policies are lost, want %d:\n%s", got, test.lost, outline(p))
			}
		})
	}
}

func TestARoleMadeAgainIsNotTheCallers(t *testing.T) {
	t.Parallel()
	p := principal(t, collector(t, load(t, "role.txtar", "iam/roles/app/role.json", `{"id": "AROAOTHER"}`)))
	wantOutline(t, p, `
lacks identity: policies of role app, 
lacks boundary: policies of role app, 
`)
	if p.ARN != "" || p.TagsRead {
		t.Errorf("something of the other role is believed: %+v", p)
	}
}

func TestPrincipalsThatHaveNoPoliciesToRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		arn  string
		want facts.Principal
	}{
		{"arn:aws:iam::111122223333:root", facts.Principal{ARN: "arn:aws:iam::111122223333:root", Name: "root", Kind: "root"}},
		{"arn:aws:sts::111122223333:federated-user/bob", facts.Principal{Name: "bob", Kind: "federated-user", Gaps: []facts.LayerGap{
			{Layer: policy.Identity, Gap: &facts.Gap{What: "policies of the user behind federated user bob"}},
			{Layer: policy.Boundary, Gap: &facts.Gap{What: "policies of the user behind federated user bob"}},
		}}},
	} {
		w := load(t, "role.txtar", "world.json", fmt.Sprintf(`{"caller": %q}`, test.arn))
		got := principal(t, collector(t, w))
		for _, g := range got.Gaps {
			g.Gap.Err = nil
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.arn, diff)
		}
		if n := total(calls(w), "iam"); n != 0 {
			t.Errorf("%s: %d calls of IAM", test.arn, n)
		}
	}
}

func TestAnARNThatIsNoPrincipalIsAGap(t *testing.T) {
	t.Parallel()
	for _, arn := range []string{"", "app", "arn:aws:sts::111122223333:assumed-role/", "arn:aws:s3:::bucket"} {
		_, err := collector(t, load(t, "role.txtar")).Principal(t.Context(), facts.Caller{ARN: arn})
		if _, ok := errors.AsType[*facts.Gap](err); !ok {
			t.Errorf("%q: error is %v", arn, err)
		}
	}
}

func TestADocumentThatIsNoPolicyIsKeptWithItsError(t *testing.T) {
	t.Parallel()
	p := principal(t, collector(t, load(t, "role.txtar", "iam/roles/app/inline/labels.json", `{"Statement": 5}`)))
	if got := p.Policies[0]; got.Err == nil || got.Document != nil || got.Name != "inline policy labels of role app" {
		t.Errorf("policy is %+v", got)
	}
	if len(p.Policies) != 5 || len(p.Gaps) != 0 {
		t.Errorf("the rest is not kept:\n%s", outline(p))
	}
}

func TestAThrottledIAMIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := load(t, "role.txtar", "faults.json", `[{"call": "iam:ListRolePolicies", "times": 1, "fault": "503"}]`)
		wantOutline(t, principal(t, collect.New(inMemoryConfig(w), unlimited)), wholeRole)
	})
}

func TestAnIAMThatIsDownIsNoMissingPermission(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := load(t, "role.txtar", "faults.json", `[{"call": "iam:GetRolePolicy", "fault": "503"}]`)
		p := principal(t, collect.New(inMemoryConfig(w), unlimited))
		if len(p.Gaps) != 2 || p.Gaps[0].Gap.Permission != "" || p.Gaps[1].Gap.Permission != "" {
			t.Errorf("principal is\n%s", outline(p))
		}
		if n := calls(w)["iam:GetRolePolicy"]; n != 6 {
			t.Errorf("two policies were asked for %d times, want 3 each", n)
		}
	})
}
