package authz

import (
	"testing"

	"sesgate/authz/facts"
)

// The principal that should send is named by user, role or session, with * and ?.
func TestTheExpectedPrincipal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		expected, caller, principal string
		want                        bool
	}{
		{"arn:aws:iam::111122223333:role/app", "arn:aws:sts::111122223333:assumed-role/app/i-0abc", "arn:aws:iam::111122223333:role/app", true},
		{"arn:aws:iam::111122223333:role/mail/app", "arn:aws:sts::111122223333:assumed-role/app/i-0abc", "arn:aws:iam::111122223333:role/mail/app", true},
		{"arn:aws:iam::111122223333:role/mail/app", "arn:aws:sts::111122223333:assumed-role/app/i-0abc", "", true}, // the path is not known
		{"arn:aws:iam::111122223333:role/mail/app", "arn:aws:sts::111122223333:assumed-role/app/i-0abc", "arn:aws:iam::111122223333:role/app", false},
		{"arn:aws:iam::111122223333:role/app", "arn:aws:sts::444455556666:assumed-role/app/i-0abc", "", false},
		{"arn:aws:iam::111122223333:role/app-*", "arn:aws:sts::111122223333:assumed-role/app-eu/x", "arn:aws:iam::111122223333:role/app-eu", true},
		{"arn:aws:sts::111122223333:assumed-role/app/mailer-?", "arn:aws:sts::111122223333:assumed-role/app/mailer-7", "arn:aws:iam::111122223333:role/app", true},
		{"arn:aws:sts::111122223333:assumed-role/app/mailer-?", "arn:aws:sts::111122223333:assumed-role/app/mailer-17", "arn:aws:iam::111122223333:role/app", false},
		{"arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/bob", "arn:aws:iam::111122223333:user/bob", false},
		{"arn:aws:iam::*:user/alice", "arn:aws:iam::111122223333:user/alice", "", true},
	} {
		w := plainWorld(t)
		w.Caller.Value.ARN, w.Principal.Value.ARN = test.caller, test.principal
		j := &judgement{snap: &w, who: newWho(&w), settings: settings{expected: test.expected}}
		if got := j.isExpected(); got != test.want {
			t.Errorf("%s for %s (%s): %t", test.expected, test.caller, test.principal, got)
		}
	}
}

// Whoever is not expected and may send sends; beside what refuses, it is said
// first that it is the wrong one.
func TestTheWrongPrincipal(t *testing.T) {
	t.Parallel()
	expected := Checker{Expected: "arn:aws:iam::111122223333:role/mailer"}
	other := Checker{Expected: "arn:aws:iam::444455556666:role/mailer"}
	node := func(w *facts.Snapshot) {
		w.Caller.Value.ARN = "arn:aws:sts::111122223333:assumed-role/eksctl-shop-nodegroup-NodeInstanceRole-1AB/i-0abc"
		w.Principal.Value.ARN = "arn:aws:iam::111122223333:role/eksctl-shop-nodegroup-NodeInstanceRole-1AB"
		w.Caller.Value.Credentials = "EC2RoleProvider"
	}
	none := func(w *facts.Snapshot) { w.Principal.Value.Policies = nil }
	paused := func(w *facts.Snapshot) { w.Account.Value.SendingEnabled = false }
	for _, test := range []struct {
		name    string
		checker *Checker
		edits   []func(*facts.Snapshot)
		want    Decision
		codes   string // in order, those suspected with a question mark
		says    string
	}{
		{"it may send", &expected, nil, Allow, "cred-principal?", ""},
		{"it may not", &expected, []func(*facts.Snapshot){none}, Deny, "cred-principal iam-noallow", "arn:aws:iam::111122223333:role/mailer"},
		{"another account", &other, []func(*facts.Snapshot){none}, Deny, "cred-wrongacct iam-noallow", "111122223333, not 444455556666"},
		{"what passes stays temporary", &expected, []func(*facts.Snapshot){paused}, Deny, "acct-paused cred-principal?", ""},
		{"nobody said who is expected, and it is a node", &Checker{}, []func(*facts.Snapshot){none, node}, Deny, "iam-noallow cred-principal?", "IRSA"},
		{"a node that may send", &Checker{}, []func(*facts.Snapshot){node}, Allow, "", ""},
		{"a node is not why the account is paused", &Checker{}, []func(*facts.Snapshot){node, paused}, Deny, "acct-paused", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := plainWorld(t)
			for _, edit := range test.edits {
				edit(&w)
			}
			wantCodes(t, test.checker, newsletter(), &w, test.want, test.codes, test.says)
		})
	}
}
