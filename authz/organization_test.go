package authz

import (
	"errors"
	"strings"
	"testing"

	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

const everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// member is plainWorld in an organization of three levels, with what is attached
// to each besides an Allow of everything; "none" leaves that out.
func member(t testing.TB, root, unit, account string) facts.Snapshot {
	w := plainWorld(t)
	levels := []facts.Level{
		{ID: "r-ab12", Name: "Root", Kind: "root"},
		{ID: "ou-ab12-cdef3456", Name: "prod", Kind: "organizational unit"},
		{ID: "111122223333", Kind: "account"},
	}
	for i, text := range []string{root, unit, account} {
		if text != "" {
			levels[i].SCPs = append(levels[i].SCPs, parse(t, "SCP Guard"+levels[i].Kind[:1], text))
		}
		if !strings.Contains(text, `"Allow"`) {
			levels[i].SCPs = append(levels[i].SCPs, parse(t, "SCP FullAWSAccess", everything))
		}
	}
	w.Organization = known(facts.Organization{ID: "o-a1b2c3d4e5", AllFeatures: true, Levels: levels})
	return w
}

func scp(statement string) string {
	return `{"Version":"2012-10-17","Statement":[` + statement + `]}`
}

func TestServiceControlPolicies(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                string
		root, unit, account string
		edit                func(w *facts.Snapshot)
		want                Decision
		codes               []string
		says                []string
	}{
		{name: "every level allows", want: Allow},
		{
			name: "a unit denies SES", unit: scp(`{"Sid":"NoMail","Effect":"Deny","Action":"ses:*","Resource":"*"}`),
			want: Deny, codes: []string{"scp-expl"},
			says: []string{"SCP Guardo at organizational unit prod (ou-ab12-cdef3456): statement NoMail denies ses:*", "ArnNotLike", "arn:aws:iam::111122223333:role/app"},
		},
		{
			name: "the root denies regions, and exempts some roles", root: scp(`{"Sid":"Regions","Effect":"Deny","NotAction":["iam:*","sts:*"],"Resource":"*",
				"Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/breakglass"},"StringNotEquals":{"aws:RequestedRegion":["eu-central-1","eu-west-2"]}}}`),
			want: Deny, codes: []string{"scp-region"},
			says: []string{"at root r-ab12", "send in a region that it allows, eu-central-1, eu-west-2, or ask", `it is "eu-west-1"`},
		},
		{
			name: "an exempted role", unit: scp(`{"Effect":"Deny","Action":"ses:*","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/app"}}}`),
			want: Allow,
		},
		{
			name: "allow lists without SES at two levels", root: scp(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`), account: scp(`{"Effect":"Allow","Action":["ec2:*","iam:*"],"Resource":"*"}`),
			want: Deny, codes: []string{"scp-impl", "scp-impl"},
			says: []string{"nothing at root r-ab12 allows ses:SendRawEmail", "only SCP Guardr is attached there", "nothing at account 111122223333 allows"},
		},
		{
			name: "an allow list with the wrong action", unit: scp(`{"Sid":"Mail","Effect":"Allow","Action":"ses:SendEmail","Resource":"*"}`),
			want: Deny, codes: []string{"scp-impl"}, says: []string{"statement Mail allows ses:SendEmail, not ses:SendRawEmail"},
		},
		{
			name: "the management account", unit: scp(`{"Effect":"Deny","Action":"*","Resource":"*"}`),
			edit: func(w *facts.Snapshot) { w.Organization.Value.Management = true }, want: Allow,
		},
		{
			name: "a service-linked role", unit: scp(`{"Effect":"Deny","Action":"*","Resource":"*"}`),
			edit: func(w *facts.Snapshot) {
				w.Principal.Value.ARN = "arn:aws:iam::111122223333:role/aws-service-role/mail.amazonaws.com/app"
			}, want: Allow,
		},
		{
			name: "the root user of a member account", unit: scp(`{"Sid":"NoRoot","Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"}}}`),
			edit: func(w *facts.Snapshot) {
				w.Caller.Value.ARN = "arn:aws:iam::111122223333:root"
				w.Principal.Value = facts.Principal{ARN: w.Caller.Value.ARN, Kind: "root"}
			}, want: Deny, codes: []string{"scp-expl"}, says: []string{"root of 111122223333 may not"},
		},
		{
			name: "one policy of a level that is not understood", unit: scp(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`),
			edit: func(w *facts.Snapshot) {
				l := &w.Organization.Value.Levels[1]
				l.SCPs = append(l.SCPs, facts.Policy{Name: "SCP Odd", Err: errors.New("made up")})
			}, want: Unknown,
		},
		{
			name: "not readable", edit: func(w *facts.Snapshot) {
				w.Organization.Value.Levels = nil
				w.Organization.Value.LevelsGap = &facts.Gap{What: "SCPs", Permission: "organizations:ListParents"}
			}, want: Unknown,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := member(t, test.root, test.unit, test.account)
			if test.edit != nil {
				test.edit(&w)
			}
			wantVerdict(t, newsletter(), &w, test.want, test.codes...)
			v, _ := judge(newsletter(), &w, noon, false)
			var text strings.Builder
			for _, f := range v.Findings {
				text.WriteString(f.Title + "\n" + f.Detail + "\n" + f.Fix + "\n")
				if f.Layer != policy.SCP.String() {
					t.Errorf("layer %q", f.Layer)
				}
			}
			for _, says := range test.says {
				if !strings.Contains(text.String(), says) {
					t.Errorf("does not say %q:\n%s", says, text.String())
				}
			}
		})
	}
}

// Where service control policies cannot be read, IAM's simulator may know.
func TestTheSimulatorsOpinion(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		says policy.Truth
		how  string
		want Decision
		code string
	}{
		{policy.Yes, "allowed", Allow, ""},
		{policy.No, "implicitDeny", Unknown, "scp-impl?"},
		{policy.No, "explicitDeny", Unknown, "scp-expl?"},
		{policy.Maybe, "allowed", Unknown, ""},
	} {
		w := aged(member(t, "", "", ""), 0)
		w.Organization.Value.Levels = nil
		told := w
		told.Opinion = facts.Fact[facts.Opinion]{At: w.Caller.At, Value: facts.Opinion{
			Organizations: test.says, Resources: []facts.ResourceOpinion{{ARN: domainARN, Decision: test.how}},
		}}
		s := &script{worlds: []facts.Snapshot{w, told}}
		c := Checker{Facts: s, Region: here, Simulator: true}
		v := c.Check(t.Context(), newsletter())
		codes := strings.Join(codesOf(v), " ")
		if v.Decision != test.want || codes != test.code {
			t.Errorf("%v %s: %v %s, want %v %s", test.says, test.how, v.Decision, codes, test.want, test.code)
		}
		if len(s.asked) != 2 || s.asked[0].Simulation != nil || s.asked[1].Simulation == nil {
			t.Fatalf("asked %+v", s.asked)
		}
		if q := s.asked[1].Simulation; q.Principal != "arn:aws:iam::111122223333:role/app" || q.Resources[0] != domainARN || len(q.Resources) != 1 {
			t.Errorf("asked %+v", q)
		}
	}
}
