package authz

import (
	"strings"
	"testing"

	"sesgate/authz/facts"
)

const theirs = "arn:aws:ses:eu-west-1:444455556666:identity/example.com"

// lent is an identity of account 444455556666 with a sending authorization policy
// of one statement, as its owner exported it.
func lent(t testing.TB, statement string) func(*facts.Snapshot) {
	return func(w *facts.Snapshot) {
		identity := verified("example.com")
		if statement != "" {
			identity.Policies = []facts.Policy{parse(t, "sending authorization policy lend of identity example.com",
				`{"Version":"2012-10-17","Statement":[`+statement+`]}`)}
		}
		w.Identities[theirs] = known(identity)
	}
}

func grants(principal string) string {
	return `{"Sid":"Lend","Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"ses:SendRawEmail","Resource":"` + theirs + `"}`
}

// may gives the role one policy.
func may(t testing.TB, resource string) func(*facts.Snapshot) {
	return func(w *facts.Snapshot) {
		w.Principal.Value.Policies = []facts.Policy{parse(t, "inline policy mail of role app",
			`{"Version":"2012-10-17","Statement":{"Sid":"Send","Effect":"Allow","Action":"ses:SendRawEmail","Resource":"`+resource+`"}}`)}
	}
}

// Mail as an identity of another account needs both sides: the caller's policies
// on that ARN, and the owner's on the caller.
func TestIdentitiesOfOtherAccounts(t *testing.T) {
	t.Parallel()
	notHere := func(w *facts.Snapshot) {
		w.Index.Value.Identities = nil
		w.Identities["example.com"] = known(facts.Identity{Name: "example.com"})
	}
	for _, test := range []struct {
		name  string
		route Route
		edits []func(*facts.Snapshot)
		want  Decision
		codes string
		says  string
	}{
		{
			name: "what its owner allows is not known", route: Route{IdentityARN: theirs}, want: Unknown, codes: "xacc-nopolicy?",
			says: `aws sesv2 create-email-identity-policy --region eu-west-1 --email-identity example.com --policy-name sesgate-111122223333 --policy '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":["ses:SendEmail","ses:SendRawEmail"],"Resource":"` + theirs + `"}]}'`,
		},
		{
			name: "the owner allows the role", route: Route{IdentityARN: theirs},
			edits: []func(*facts.Snapshot){lent(t, grants("arn:aws:iam::111122223333:role/app"))}, want: Allow,
		},
		{
			name: "the owner allows the account", route: Route{IdentityARN: theirs},
			edits: []func(*facts.Snapshot){lent(t, grants("111122223333"))}, want: Allow,
		},
		{
			name: "the owner allows somebody else", route: Route{IdentityARN: theirs},
			edits: []func(*facts.Snapshot){lent(t, grants("arn:aws:iam::111122223333:role/other"))}, want: Deny, codes: "xacc-nopolicy", says: "ask the owner, account 444455556666",
		},
		{
			name: "the owner allows nobody", route: Route{IdentityARN: theirs},
			edits: []func(*facts.Snapshot){lent(t, "")}, want: Deny, codes: "xacc-nopolicy", says: "no statement of the sending authorization policies of example.com, which belongs to account 444455556666, allows it",
		},
		{
			name: "the owner denies", route: Route{IdentityARN: theirs},
			edits: []func(*facts.Snapshot){lent(t, grants("111122223333")+`,{"Sid":"Not","Effect":"Deny","Principal":"*","Action":"ses:*","Resource":"`+theirs+`"}`)}, want: Deny, codes: "res-deny", says: "ask account 444455556666, which owns example.com",
		},
		{
			name: "the own policies name the own identities only", route: Route{IdentityARN: theirs},
			edits: []func(*facts.Snapshot){may(t, "arn:aws:ses:eu-west-1:111122223333:identity/*"), lent(t, grants("111122223333"))}, want: Deny, codes: "iam-res-region", says: `add "` + theirs + `"`,
		},
		{
			name: "neither side", route: Route{IdentityARN: theirs},
			edits: []func(*facts.Snapshot){may(t, "arn:aws:s3:::x"), lent(t, "")}, want: Deny, codes: "xacc-nopolicy iam-noallow",
		},
		{
			name: "another region", route: Route{IdentityARN: "arn:aws:ses:us-east-1:444455556666:identity/example.com"}, want: Deny, codes: "xacc-region xacc-nopolicy?", says: "send these mails in us-east-1",
		},
		{
			name: "the sandbox", route: Route{IdentityARN: theirs},
			edits: []func(*facts.Snapshot){lent(t, grants("111122223333")), func(w *facts.Snapshot) {
				w.Account.Value.Sandbox = true
				w.Identities["ann@example.org"] = known(facts.Identity{Name: "ann@example.org"})
				w.Identities["example.org"] = known(facts.Identity{Name: "example.org"})
			}}, want: Deny, codes: "xacc-sandbox", says: "account 111122223333, which sends",
		},
		{
			name: "the route does not name it, a policy does", edits: []func(*facts.Snapshot){notHere, may(t, theirs)}, want: Deny, codes: "xacc-noarn",
			says: "set identity_arn: " + theirs + " in a route",
		},
		{
			name: "an identity that does not cover the address", route: Route{IdentityARN: "arn:aws:ses:eu-west-1:444455556666:identity/example.net"}, want: Unknown, codes: "id-none? xacc-nopolicy?",
		},
		{
			name: "an identity of the own account", route: Route{IdentityARN: "arn:aws:ses:eu-west-1:111122223333:identity/example.com"}, want: Allow,
		},
		{
			name:  "the feedback address of another account in another region",
			route: Route{FeedbackAddress: "bounces@example.net", ReturnPathARN: "arn:aws:ses:us-east-1:444455556666:identity/example.net"}, want: Deny, codes: "xacc-region xacc-nopolicy?",
		},
		{
			name: "a feedback address that is not verified", route: Route{FeedbackAddress: "bounces@example.net"},
			edits: []func(*facts.Snapshot){func(w *facts.Snapshot) {
				w.Identities["bounces@example.net"] = known(facts.Identity{Name: "bounces@example.net"})
				w.Identities["example.net"] = known(facts.Identity{Name: "example.net"})
			}}, want: Deny, codes: "id-retpath", says: "the feedback address bounces@example.net is not verified",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := plainWorld(t)
			for _, edit := range test.edits {
				edit(&w)
			}
			req := newsletter()
			req.Route, req.Suspects = test.route, true
			wantCodes(t, new(Checker), req, &w, test.want, test.codes, test.says)
		})
	}
}

// wantCodes checks a decision, the codes in order, those suspected with a question
// mark, and something that the findings say.
func wantCodes(t *testing.T, c *Checker, req Request, w *facts.Snapshot, want Decision, codes, says string) {
	t.Helper()
	v, _ := c.judge(req, w, noon, false)
	var got, text []string
	for _, f := range v.Findings {
		code := string(f.Code)
		if f.Suspected {
			code += "?"
		}
		got = append(got, code)
		text = append(text, f.Title, f.Detail, f.Fix)
	}
	all := strings.Join(text, "\n")
	if codes != strings.Join(got, " ") || v.Decision != want {
		t.Errorf("%v %v, want %v %v\n%s", v.Decision, got, want, codes, all)
	}
	if !strings.Contains(all, says) {
		t.Errorf("does not say %q:\n%s", says, all)
	}
}
