package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	alice    = "arn:aws:iam::" + home + ":user/alice"
	mailer   = "arn:aws:sts::" + home + ":assumed-role/mailer/s1"
	carol    = "arn:aws:sts::" + home + ":federated-user/carol"
	rootUser = "arn:aws:iam::" + home + ":root"
	cognito  = "cognito-idp.amazonaws.com"
)

func TestPrincipalsAreTakenApart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		arn           string
		account       string
		root, fed, sv bool
	}{
		{arn: alice, account: home},
		{arn: "arn:aws-cn:iam::" + home + ":user/path/to/alice", account: home},
		{arn: mailer, account: home},
		{arn: carol, account: home, fed: true},
		{arn: rootUser, account: home, root: true},
		{arn: cognito, sv: true},
		{arn: "logs.cn-north-1.amazonaws.com.cn", sv: true},
	}
	for _, tt := range tests {
		p, err := ParsePrincipal(tt.arn)
		if err != nil {
			t.Error(err)
			continue
		}
		if p.ARN != tt.arn || p.Account != tt.account || p.Root() != tt.root || p.Federated() != tt.fed || p.Service() != tt.sv {
			t.Errorf("%s: %+v, root %v, federated %v, service %v", tt.arn, p, p.Root(), p.Federated(), p.Service())
		}
	}
}

func TestWhatCannotCallIsNoPrincipal(t *testing.T) {
	t.Parallel()
	for _, arn := range []string{
		"", "alice", "*", home, "Cognito.amazonaws.com", ".", "arn",
		"arn:aws:iam::" + home + ":role/mailer",       // a role calls as a session
		"arn:aws:iam::" + home + ":group/g",           // a group does not call
		"arn:aws:iam::" + home + ":user/",             // no name
		"arn:aws:iam::" + home + ":assumed-role/r/s",  // of sts
		"arn:aws:sts::" + home + ":user/alice",        // of iam
		"arn:aws:sts::" + home + ":assumed-role/r",    // no session
		"arn:aws:sts::" + home + ":assumed-role//s",   // no role
		"arn:aws:sts::" + home + ":assumed-role/r/",   // no session
		"arn:aws:sts::" + home + ":federated-user/",   // no name
		"arn:aws:iam::1111:user/alice",                // no account
		"arn:aws:iam:eu-west-1:" + home + ":user/al",  // IAM has no regions
		"urn:aws:iam::" + home + ":user/alice",        // no ARN
		"arn:aws:ses:eu-west-1:" + home + ":identity", // not of IAM
	} {
		if p, err := ParsePrincipal(arn); err == nil || !strings.Contains(err.Error(), "is not the ARN of") {
			t.Errorf("%q: %+v, %v", arn, p, err)
		}
	}
}

func TestServiceLinkedRolesAreKnownByTheirPath(t *testing.T) {
	t.Parallel()
	linked := "arn:aws:sts::" + home + ":assumed-role/AWSServiceRoleForX/s"
	tests := []struct {
		arn, role string
		want      Truth
	}{
		{alice, "", No},
		{mailer, "", No},
		{mailer, "arn:aws:iam::" + home + ":role/mailer", No},
		{linked, "arn:aws:iam::" + home + ":role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", Yes},
		{linked, "arn:aws:iam::" + home + ":role/AWSServiceRoleForX", No},
		{linked, "", Maybe},
	}
	for _, tt := range tests {
		if got := (Principal{ARN: tt.arn, Role: tt.role}).ServiceLinked(); got != tt.want {
			t.Errorf("%s of role %q: %v, want %v", tt.arn, tt.role, got, tt.want)
		}
	}
}

// element is the entries of a Principal or NotPrincipal element.
func element(t *testing.T, src string) []NamedPrincipal {
	t.Helper()
	d := mustParse(t, `{"Statement":{"Effect":"Deny","Principal":`+src+`,"Action":"*","Resource":"*"}}`)
	return d.Statements[0].Principals
}

// The forms of the Principal element, and what a grant to each goes past.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func TestPrincipalElementsNameTheirCallers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		element, caller, context string
		named                    Truth
		past                     LayerSet
	}{
		{`"*"`, alice, "", Yes, pastSession},
		{`{"AWS":"*"}`, mailer, "", Yes, pastSession},
		{`{"AWS":"*"}`, cognito, "", Yes, pastSession},
		{`{"AWS":"111122223333"}`, alice, "", Yes, 0},
		{`{"AWS":"111122223333"}`, mailer, "", Yes, 0},
		{`{"AWS":"111122223333"}`, rootUser, "", Yes, 0},
		{`{"AWS":"444455556666"}`, alice, "", No, 0},
		{`{"AWS":"arn:aws:iam::111122223333:root"}`, alice, "", Yes, 0},
		{`{"AWS":"arn:aws-cn:iam::111122223333:root"}`, alice, "", No, 0},
		{`{"AWS":"arn:aws:iam::444455556666:root"}`, alice, "", No, 0},
		{`{"AWS":"arn:aws:iam::111122223333:user/alice"}`, alice, "", Yes, pastBoundary},
		{`{"AWS":"arn:aws:iam::111122223333:user/Alice"}`, alice, "", No, 0},
		{`{"AWS":"arn:aws:iam::111122223333:user/*"}`, alice, "", No, 0},
		{`{"AWS":"arn:aws:iam::111122223333:user/alice"}`, carol, "", Maybe, pastIdentity},
		{`{"AWS":"arn:aws:iam::444455556666:user/alice"}`, carol, "", No, 0},
		{`{"AWS":"arn:aws:sts::111122223333:federated-user/carol"}`, carol, "", Yes, pastSession},
		{`{"AWS":"arn:aws:iam::111122223333:role/mailer"}`, mailer, "", Yes, pastIdentity},
		{`{"AWS":"arn:aws:iam::111122223333:role/other"}`, mailer, "", No, 0},
		{`{"AWS":"arn:aws:iam::111122223333:role/xmailer"}`, mailer, "", No, 0},
		{`{"AWS":"arn:aws:iam::111122223333:role/app/mailer"}`, mailer, "", Maybe, pastIdentity},
		{`{"AWS":"arn:aws:iam::111122223333:role/app/mailer"}`, mailer, "aws:PrincipalArn?", Maybe, pastIdentity},
		{`{"AWS":"arn:aws:iam::111122223333:role/mailer"}`, mailer, "aws:PrincipalArn?", Maybe, pastIdentity},
		{`{"AWS":"arn:aws:iam::111122223333:role/app/mailer"}`, mailer, "aws:PrincipalArn=arn:aws:iam::111122223333:role/app/mailer", Yes, pastIdentity},
		{`{"AWS":"arn:aws:iam::111122223333:role/mailer"}`, mailer, "aws:PrincipalArn=arn:aws:iam::111122223333:role/app/mailer", No, 0},
		{`{"AWS":"arn:aws:iam::111122223333:role/mailer"}`, mailer, "aws:PrincipalArn=arn:aws:iam::111122223333:role/other", Yes, pastIdentity},
		{`{"AWS":"arn:aws:iam::111122223333:role/mailer"}`, mailer, "aws:PrincipalArn=[arn:aws:iam::111122223333:role/app/mailer]", Yes, pastIdentity},
		{`{"AWS":"arn:aws:iam::111122223333:role/mailer"}`, mailer, "aws:PrincipalArn=[]", Yes, pastIdentity},
		{`{"AWS":"arn:aws:iam::111122223333:role/mailer"}`, alice, "", No, 0},
		{`{"AWS":"arn:aws:sts::111122223333:assumed-role/mailer/s1"}`, mailer, "", Yes, pastSession},
		{`{"AWS":"arn:aws:sts::111122223333:assumed-role/mailer/s2"}`, mailer, "", No, 0},
		{`{"AWS":"arn:aws:sts::111122223333:assumed-role/mailer/*"}`, mailer, "", No, 0},
		{`{"AWS":"AROAEXAMPLE"}`, mailer, "", No, 0}, // of a role that was deleted
		{`{"AWS":"alice"}`, alice, "", No, 0},
		{`{"AWS":"arn:aws:iam::1"}`, alice, "", No, 0},
		{`{"AWS":["444455556666","arn:aws:iam::111122223333:user/alice","111122223333"]}`, alice, "", Yes, pastBoundary},
		{`{"Service":"cognito-idp.amazonaws.com"}`, cognito, "", Yes, pastSession},
		{`{"Service":"sns.amazonaws.com"}`, cognito, "", No, 0},
		{`{"Service":"*"}`, cognito, "", No, 0},
		{`{"Service":"cognito-idp.amazonaws.com"}`, alice, "", No, 0},
		{`{"AWS":"111122223333"}`, cognito, "", No, 0},
		{`{"CanonicalUser":"79a59df900b949e5"}`, alice, "", Maybe, 0},
		{`{"CanonicalUser":"79a59df900b949e5"}`, cognito, "", No, 0},
		{`{"Federated":"cognito-identity.amazonaws.com"}`, alice, "", No, 0},
		{`{"Federated":"cognito-identity.amazonaws.com"}`, mailer, "", No, 0},
		{`{"Federated":"cognito-identity.amazonaws.com"}`, mailer, "aws:FederatedProvider=cognito-identity.amazonaws.com", Maybe, pastSession},
		{`{}`, alice, "", No, 0},
		{`{"AWS":"111122223333"}`, "", "", Maybe, pastSession}, // nobody known
		{`"*"`, "", "", Yes, pastSession},
	}
	for _, tt := range tests {
		m := newMeeting(&Set{}, &Request{Principal: Principal{ARN: tt.caller}, Context: readContext(tt.context)})
		got := m.caller.names(element(t, tt.element))
		want := noGrant()
		want.named = tt.named
		for _, l := range tt.past.list() {
			want.past[l] = tt.named
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(grant{})); diff != "" {
			t.Errorf("%s for %s %s (-want +got):\n%s", tt.element, tt.caller, tt.context, diff)
		}
	}
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
func TestNotPrincipalSparesWhomItNamesWithTheAccount(t *testing.T) {
	t.Parallel()
	tests := []struct {
		element, caller string
		boundary        bool
		want            Truth // whether a Deny applies
	}{
		{`{"AWS":["arn:aws:iam::111122223333:user/alice","111122223333"]}`, alice, false, No},
		{`{"AWS":["arn:aws:iam::111122223333:user/alice","111122223333"]}`, alice, true, Yes},
		{`{"AWS":["arn:aws:iam::111122223333:user/alice","arn:aws:iam::111122223333:root"]}`, alice, false, No},
		{`{"AWS":"arn:aws:iam::111122223333:user/alice"}`, alice, false, Maybe}, // "might deny"
		{`{"AWS":"111122223333"}`, alice, false, Yes},
		{`{"AWS":["arn:aws:iam::111122223333:user/bob","111122223333"]}`, alice, false, Yes},
		{`{"AWS":["arn:aws:iam::111122223333:role/mailer","111122223333"]}`, mailer, false, No},
		{`{"AWS":["arn:aws:sts::111122223333:assumed-role/mailer/s1","arn:aws:iam::111122223333:role/mailer","111122223333"]}`, mailer, false, No},
		{`{"AWS":["arn:aws:sts::111122223333:assumed-role/mailer/s1","111122223333"]}`, mailer, false, Maybe},
		{`{"AWS":"arn:aws:iam::111122223333:role/mailer"}`, mailer, false, Maybe},
		{`{"AWS":["arn:aws:iam::111122223333:role/other","111122223333"]}`, mailer, false, Yes},
		{`{"AWS":["arn:aws:sts::111122223333:federated-user/carol","111122223333"]}`, carol, false, No},
		{`{"AWS":"arn:aws:iam::111122223333:root"}`, rootUser, false, No},
		{`{"AWS":"444455556666"}`, rootUser, false, Yes},
		{`{"Service":"cognito-idp.amazonaws.com"}`, cognito, false, No},
		{`{"Service":"sns.amazonaws.com"}`, cognito, false, Yes},
		{`{"AWS":"111122223333"}`, cognito, false, Yes},
		{`"*"`, alice, false, No},
		{`{"AWS":"*"}`, mailer, false, No},
		{`{"AWS":"111122223333"}`, "", false, Maybe},
	}
	for _, tt := range tests {
		set := &Set{}
		if tt.boundary {
			set.Boundary = mustParse(t, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
		}
		m := newMeeting(set, &Request{Principal: Principal{ARN: tt.caller}})
		st := &Statement{Effect: EffectDeny, NotPrincipals: element(t, tt.element)}
		if got := m.principal(Resource, st).named; got != tt.want {
			t.Errorf("NotPrincipal %s for %s: Deny applies %v, want %v", tt.element, tt.caller, got, tt.want)
		}
		// "NotPrincipal must be used with Deny": what it allows is not documented.
		st.Effect = EffectAllow
		if got := m.principal(Resource, st).named; got == Yes || tt.want == Yes && !tt.boundary && got != Maybe {
			t.Errorf("NotPrincipal %s for %s: Allow applies %v", tt.element, tt.caller, got)
		}
	}
}

func TestNobodyKnownIsAllowedOnlyWhatEveryoneIs(t *testing.T) {
	t.Parallel()
	allow := mustParse(t, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	public := mustParse(t, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`)
	tests := []struct {
		name string
		set  Set
		want Decision
	}{
		{"nothing", Set{}, ImplicitDeny},
		{"identity policy only", Set{Identity: []*Document{allow}}, Unknown},
		{"both", Set{Identity: []*Document{allow}, Resource: []*Document{public}}, Allow},
		{"missing documents are passed over", Set{Identity: []*Document{nil, allow}, Resource: []*Document{public, nil}}, Allow},
	}
	for _, tt := range tests {
		if got := Evaluate(&tt.set, &Request{Action: "ses:SendEmail", Resource: "*"}); got.Decision != tt.want {
			t.Errorf("%s: %+v, want %v", tt.name, got, tt.want)
		}
	}
}
