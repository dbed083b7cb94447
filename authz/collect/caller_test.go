package collect_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"sesgate/authz/collect"
	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

func TestTheCallerIsWhoTheCredentialsAreOf(t *testing.T) {
	t.Parallel()
	role := facts.Caller{ARN: "arn:aws:sts::111122223333:assumed-role/app/i-0abc", Account: "111122223333", UserID: "AROAAPP:i-0abc", Partition: "aws"}
	for _, test := range []struct {
		source, token string
		session       policy.Truth
	}{
		{"EnvConfigCredentials", "", policy.No},
		{"EnvConfigCredentials", "token", policy.Maybe},
		{"SharedConfigCredentials: /home/app/.aws/credentials", "token", policy.Maybe},
		{"EC2RoleProvider", "token", policy.No},
		{"WebIdentityCredentials", "token", policy.No},
		{"AssumeRoleProvider", "token", policy.No},
		{"CredentialsEndpointProvider", "token", policy.Maybe},
		{"SSOProvider", "token", policy.Maybe},
		{"ProcessProvider", "token", policy.Maybe},
		{"LoginProvider", "token", policy.Maybe},
	} {
		cfg := config(t, load(t, "role.txtar"))
		cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret", SessionToken: test.token, Source: test.source}, nil
		})
		got, err := collect.New(cfg, unlimited).Caller(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := role
		want.Temporary, want.SessionPolicy, want.Credentials = test.token != "", test.session, test.source
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("caller with %s (-want +got):\n%s", test.source, diff)
		}
	}
}

func TestCredentialsThatAWSDoesNotTakeAreAGap(t *testing.T) {
	t.Parallel()
	for state, code := range map[string]string{"expired": "ExpiredToken", "invalid": "InvalidClientTokenId"} {
		w := load(t, "role.txtar", "world.json", `{"caller": "arn:aws:sts::111122223333:assumed-role/app/i-0abc", "credentials": "`+state+`"}`)
		_, err := collector(t, w).Caller(t.Context())
		gap, ok := errors.AsType[*facts.Gap](err)
		if !ok || gap.What != "caller" || gap.Call != "sts:GetCallerIdentity" || gap.Permission != "" {
			t.Errorf("%s: error is %v", state, err)
		}
		if api, ok := errors.AsType[smithy.APIError](err); !ok || api.ErrorCode() != code {
			t.Errorf("%s: the chain lacks %s: %v", state, code, err)
		}
	}
}

func TestCredentialsThatCannotBeHadAreAGap(t *testing.T) {
	t.Parallel()
	none := errors.New("no EC2 IMDS role found")
	cfg := config(t, load(t, "role.txtar"))
	cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, none })
	_, err := collect.New(cfg, unlimited).Caller(t.Context())
	if _, ok := errors.AsType[*facts.Gap](err); !ok || !errors.Is(err, none) {
		t.Errorf("error is %v", err)
	}
}
