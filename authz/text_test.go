package authz

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

func TestConditionsSayHowToMeetThem(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		test policy.Test
		code diagnosis.Code // "" for a key that has none of its own
		want string         // begins
	}{
		{policy.Test{Key: "ses:FromAddress", Wanted: []string{"a@b.c"}, Got: []string{"x@b.c"}}, "iam-c-from", `send from an address that matches "a@b.c"`},
		{policy.Test{Key: "SES:fromaddress", Wanted: []string{"A@b.c"}, Got: []string{"a@b.c"}}, "iam-c-fromcase", `write the address as the condition does, "A@b.c"`},
		{policy.Test{Key: "ses:FromDisplayName", Wanted: []string{"News"}}, "iam-c-name", `use a display name that matches "News"`},
		{policy.Test{Key: "ses:FeedbackAddress", Wanted: []string{"b@b.c"}}, "iam-c-feedback", `set a Return-Path that matches "b@b.c"`},
		{policy.Test{Key: "ses:Recipients", Operator: "ForAllValues:StringLike", Wanted: []string{"*@b.c"}}, "iam-c-rcpt", `send to recipients that match "*@b.c" only`},
		{policy.Test{Key: "ses:Recipients", Operator: "StringLike", Wanted: []string{"*@b.c"}}, "iam-c-rcptset", "change the condition"},
		{policy.Test{Key: "ses:ApiVersion"}, "iam-c-apiver", "sesgate uses version 2"},
		{policy.Test{Key: "ses:TenantName"}, "iam-c-tenant", "change the condition"},
		{policy.Test{Key: "ses:MultiRegionEndpointId"}, "iam-c-tenant", "change the condition"},
		{policy.Test{Key: "ses:From"}, "iam-c-unknownkey", "SES never sends the key ses:From:"},
		{policy.Test{Key: "aws:CurrentTime"}, "iam-c-time", "wait until"},
		{policy.Test{Key: "aws:EpochTime"}, "iam-c-time", "wait until"},
		{policy.Test{Key: "aws:SourceIp"}, "iam-c-ip", "change the condition"},
		{policy.Test{Key: "aws:SourceVpce"}, "iam-c-vpce", "change the condition"},
		{policy.Test{Key: "aws:SourceVpc"}, "iam-c-vpce", "change the condition"},
		{policy.Test{Key: "aws:VpcSourceIp"}, "iam-c-vpce", "change the condition"},
		{policy.Test{Key: "aws:SecureTransport"}, "iam-c-tls", "the condition is the wrong way round"},
		{policy.Test{Key: "aws:UserAgent"}, "iam-c-ua", "change the condition"},
		{policy.Test{Key: "aws:PrincipalTag/team"}, "iam-c-tag", "tag the principal"},
		{policy.Test{Key: "aws:MultiFactorAuthAge"}, "iam-c-mfa", "a service cannot use MFA"},
		{policy.Test{Key: "aws:RequestedRegion"}, "", "change the condition"},
		{policy.Test{Key: "aws:SourceVpcArn"}, "", "change the condition"},
	} {
		if code := conditionCode(test.test, ""); code != test.code {
			t.Errorf("%s has code %q, want %q", test.test.Key, code, test.code)
		}
		if got := satisfy(test.test); !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %q, want %q...", test.test.Key, got, test.want)
		}
	}
}

func TestWhatWasThereIsSaidAsFarAsKnown(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		test policy.Test
		want string
	}{
		{policy.Test{State: policy.KeyAbsent}, "ses:Recipients is not in the request"},
		{policy.Test{State: policy.KeyUnknown}, "ses:Recipients is not known"},
		{policy.Test{State: policy.KeyPresent}, "ses:Recipients is empty"},
		{policy.Test{State: policy.KeyOpen, Got: []string{"a", "b"}}, `ses:Recipients is "a", "b"`},
		{policy.Test{State: policy.KeyPresent, Got: []string{"a", "b", "c", "d", "e"}}, `ses:Recipients is "a", "b", "c" and 2 more`},
	} {
		test.test.Key = "ses:Recipients"
		if got := got(test.test); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// Denials of layers that sesgate cannot read today; a snapshot that says more is
// explained as well.
func TestEveryLayerOfPolicyHasItsRefusal(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	region := parse(t, "policy", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"ses:*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}}}`).Document
	plain := parse(t, "policy", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"ses:*","Resource":"*"}}`).Document
	test := policy.Test{Key: "aws:RequestedRegion", Operator: "StringNotEquals", Wanted: []string{"eu-west-1"}, Got: []string{"us-east-1"}, State: policy.KeyPresent, Truth: policy.Yes}
	for _, test := range []struct {
		layer   policy.Layer
		doc     *policy.Document
		tests   []policy.Test
		denies  diagnosis.Code
		lacking diagnosis.Code
	}{
		{policy.SCP, plain, nil, "scp-expl", ""}, // told by level
		{policy.SCP, region, []policy.Test{test}, "scp-region", ""},
		{policy.RCP, plain, nil, "rcp-expl", "iam-noallow"},
		{policy.Resource, plain, nil, "res-deny", "xacc-nopolicy"},
		{policy.Boundary, plain, nil, "iam-bound-expl", "iam-bound-impl"},
		{policy.Session, plain, nil, "session", "session"},
		{policy.Endpoint, plain, nil, "vpce-policy", "vpce-policy"},
		{policy.Identity, plain, nil, "iam-deny", "iam-noallow"},
	} {
		j := &judgement{snap: &w, who: newWho(&w)}
		m := policy.Match{Layer: test.layer, Document: test.doc, Statement: test.doc.Statements[0], Tests: test.tests, Truth: policy.Yes}
		f := j.denial(m, "arn:aws:ses:eu-west-1:111122223333:identity/example.com", nil)
		if f.Code != test.denies || f.Detail == "" || f.Fix == "" {
			t.Errorf("%v denies: %+v", test.layer, f)
		}
		if test.layer == policy.SCP && j.ofDeny(m, f).Code != diagnosis.SCPExpl {
			t.Errorf("%v: %+v", test.layer, j.ofDeny(m, f))
		}
		if test.lacking == "" {
			continue
		}
		f = j.nothing(call{forms: []form{{arn: "arn:aws:ses:eu-west-1:111122223333:identity/example.com"}}}, test.layer)
		if f.Code != test.lacking || f.Detail == "" || f.Fix == "" {
			t.Errorf("%v does not allow: %+v", test.layer, f)
		}
	}
}

// What keys hold is asked by an Allow with one condition: Allow if the value is
// known to meet it, Deny if it is known not to, else Unknown.
func TestKeysHoldWhatIsKnownOfTheCaller(t *testing.T) {
	t.Parallel()
	const (
		session = "arn:aws:sts::111122223333:assumed-role/app/i-0abc"
		user    = "arn:aws:iam::111122223333:user/eu/alice"
		bob     = "arn:aws:sts::111122223333:federated-user/bob"
	)
	for _, test := range []struct {
		caller, condition string
		want              Decision
	}{
		{session, `{"StringEquals":{"aws:PrincipalType":"AssumedRole"}}`, Allow},
		{session, `{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/app"}}`, Allow},
		{session, `{"ArnEquals":{"aws:PrincipalArn":"` + session + `"}}`, Deny},
		{session, `{"Null":{"aws:username":"true"}}`, Allow},
		{session, `{"StringEquals":{"aws:userid":"AROAEXAMPLE:i-0abc"}}`, Allow},
		{session, `{"StringEquals":{"aws:PrincipalAccount":"444455556666"}}`, Deny},
		{session, `{"StringEquals":{"aws:PrincipalTag/team":"mail"}}`, Unknown},
		{session, `{"Null":{"aws:TokenIssueTime":"true"}}`, Unknown},
		{session, `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`, Unknown},
		{user, `{"StringEquals":{"aws:username":"alice"}}`, Allow},
		{user, `{"StringEquals":{"aws:PrincipalType":"User"}}`, Allow},
		{user, `{"ArnEquals":{"aws:PrincipalArn":"` + user + `"}}`, Allow},
		{user, `{"StringEquals":{"aws:PrincipalTag/Team":"mail"}}`, Allow},
		{user, `{"Null":{"aws:PrincipalTag/stage":"true"}}`, Allow},
		{user, `{"Null":{"aws:TokenIssueTime":"true"}}`, Allow},
		{bob, `{"StringEquals":{"aws:PrincipalType":"FederatedUser"}}`, Unknown}, // for its session policy
		{bob, `{"StringEquals":{"aws:PrincipalType":"User"}}`, Deny},
		{bob, `{"ArnEquals":{"aws:PrincipalArn":"` + user + `"}}`, Unknown},
		{user, `{"DateGreaterThan":{"aws:CurrentTime":"2026-11-23T11:58:00Z"}}`, Allow},
		{user, `{"DateGreaterThan":{"aws:CurrentTime":"2026-11-23T11:59:30Z"}}`, Unknown},
		{user, `{"DateGreaterThan":{"aws:CurrentTime":"2026-11-23T12:00:30Z"}}`, Unknown},
		{user, `{"DateGreaterThan":{"aws:CurrentTime":"2026-11-23T12:02:00Z"}}`, Deny},
		{user, `{"NumericLessThan":{"aws:EpochTime":"1"}}`, Deny},
		{user, `{"Bool":{"aws:SecureTransport":"true"}}`, Allow},
		{user, `{"Bool":{"aws:ViaAWSService":"true"}}`, Deny},
		{user, `{"Bool":{"aws:PrincipalIsAWSService":"false"}}`, Allow},
		{user, `{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}`, Allow},
		{user, `{"StringEquals":{"aws:PrincipalOrgID":"o-example"}}`, Allow},
		{user, `{"StringLike":{"aws:PrincipalOrgPaths":"o-example/*"}}`, Unknown},
		{user, `{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*"}}`, Deny},
		{user, `{"Null":{"aws:RequestTag/team":"true"}}`, Allow},
		{user, `{"StringEquals":{"aws:SourceVpce":"vpce-1"}}`, Unknown},
		{user, `{"StringLike":{"aws:UserAgent":"*"}}`, Unknown},
		{user, `{"StringEquals":{"aws:ResourceTag/team":"mail"}}`, Unknown},
		{user, `{"StringEquals":{"sts:RoleSessionName":"x"}}`, Unknown},
	} {
		w := plainWorld(t)
		c := &w.Caller.Value
		c.ARN, c.Temporary = test.caller, test.caller != user
		w.Organization = known(facts.Organization{ID: "o-example", Management: true, AllFeatures: true})
		p := &w.Principal.Value
		switch test.caller {
		case user:
			*p = facts.Principal{ARN: user, Kind: "user", Name: "alice", TagsRead: true, Tags: map[string]string{"team": "mail"}}
		case bob:
			c.SessionPolicy = policy.Maybe
			*p = facts.Principal{Kind: "federated-user", Name: "bob"}
		}
		p.Policies = []facts.Policy{parse(t, "policy", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ses:*","Resource":"*","Condition":`+test.condition+`}}`)}
		if v, _ := judge(through(newsletter(), ""), &w, noon, false); v.Decision != test.want {
			t.Errorf("%s: %s: %v %v, want %v", test.caller, test.condition, v.Decision, codesOf(v), test.want)
		}
	}
	w := plainWorld(t)
	w.Principal.Value.Policies = []facts.Policy{parse(t, "policy", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ses:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-example"}}}}`)}
	wantVerdict(t, newsletter(), &w, Deny, "iam-noallow")
}

func TestPrincipalsAreCalledWhatPeopleCallThem(t *testing.T) {
	t.Parallel()
	got := make(map[string]string)
	want := map[string]string{
		"arn:aws:sts::111122223333:assumed-role/app/i-0abc":   "role app",
		"arn:aws:iam::111122223333:user/eu/west/alice":        "user alice",
		"arn:aws:sts::111122223333:federated-user/bob":        "federated user bob",
		"arn:aws-cn:iam::111122223333:root":                   "root of 111122223333",
		"arn:aws:iam::111122223333:something":                 "something",
		"":                                                    "this principal",
		"arn:aws:sts::111122223333:assumed-role/app/a:b@c.de": "role app",
	}
	for arn := range want {
		got[arn] = label(arn)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}
