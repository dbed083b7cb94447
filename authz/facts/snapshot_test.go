package facts_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

func TestAGapReadsAsASentence(t *testing.T) {
	refused := errors.New("AccessDenied: no identity-based policy allows it")
	for _, test := range []struct {
		gap  facts.Gap
		want string
	}{
		{facts.Gap{What: "inline policies of role app", Call: "iam:ListRolePolicies", Permission: "iam:ListRolePolicies on arn:aws:iam::111122223333:role/app", Err: refused},
			"inline policies of role app not known: iam:ListRolePolicies: AccessDenied: no identity-based policy allows it (allow iam:ListRolePolicies on arn:aws:iam::111122223333:role/app)"},
		{facts.Gap{What: "SES account in eu-west-1", Call: "ses:GetAccount", Err: errors.New("timeout")},
			"SES account in eu-west-1 not known: ses:GetAccount: timeout"},
		{facts.Gap{What: "caller"}, "caller not known"},
	} {
		if diff := cmp.Diff(test.want, test.gap.Error()); diff != "" {
			t.Errorf("text (-want +got):\n%s", diff)
		}
		if errors.Unwrap(&test.gap) != test.gap.Err {
			t.Errorf("%v does not wrap %v", &test.gap, test.gap.Err)
		}
	}
}

func TestGapsAreToldOnceAndInOrder(t *testing.T) {
	gap := func(what string) *facts.Gap { return &facts.Gap{What: what} }
	index := gap("SES identities in eu-west-1")
	s := facts.Snapshot{
		Caller: facts.Fact[facts.Caller]{At: time.Now()},
		Principal: facts.Fact[facts.Principal]{At: time.Now(), Value: facts.Principal{Gaps: []facts.LayerGap{
			{Layer: policy.Boundary, Gap: gap("policies of role app")},
			{Layer: policy.Identity, Gap: gap("policies of role app")},
		}}},
		Organization: facts.Fact[facts.Organization]{Gap: gap("organization of account 111122223333")},
		Index:        facts.Fact[facts.Index]{Gap: index},
		Identities: map[string]facts.Fact[facts.Identity]{
			"b.example": {Gap: index},
			"a.example": {Gap: gap("identity a.example in eu-west-1")},
		},
		Elsewhere: map[string]map[string]facts.Fact[facts.Identity]{
			"us-east-1":    {"a.example": {Gap: gap("SES identities in us-east-1")}},
			"eu-central-1": {"a.example": {Gap: gap("SES identities in eu-central-1")}},
		},
	}
	wantGaps(t, &s,
		"policies of role app",
		"organization of account 111122223333",
		"SES identities in eu-west-1",
		"SES identities in eu-central-1",
		"SES identities in us-east-1",
		"identity a.example in eu-west-1",
	)
}
