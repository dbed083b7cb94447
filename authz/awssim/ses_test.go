package awssim_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/google/go-cmp/cmp"
)

const sesWorld = `
-- ses/eu-west-1/account.json --
{"max_24_hour_send": 100, "max_send_rate": 5, "sent_last_24_hours": 10, "enforcement": "PROBATION", "suppressed_reasons": ["BOUNCE"]}
-- ses/eu-west-1/identities/example.com.json --
{"verified": true, "configuration_set": "main", "mail_from": "bounce.example.com", "mail_from_status": "PENDING", "mail_from_reject": true,
 "dkim_tokens": ["one", "two", "three"], "tags": {"team": "shop"}}
-- ses/eu-west-1/identities/example.com/policies/partner.json --
{"Version": "2012-10-17", "Statement": []}
-- ses/eu-west-1/identities/a+b@example.com.json --
{"status": "FAILED", "error_type": "HOST_NOT_FOUND"}
-- ses/eu-west-1/identities/z.example.json --
{"verified": true}
-- ses/eu-west-1/configuration-sets/main.json --
{"sending": false, "tls_policy": "REQUIRE"}
`

func TestAnAccountIsReadPerRegion(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, sesWorld)
	if _, err := w.send("", "a@example.com", "x@example.org", "y@example.org"); err == nil {
		t.Fatal("sent although the default configuration set is paused")
	}
	if _, err := w.send("", "a@z.example", "x@example.org", "y@example.org"); err != nil {
		t.Fatal(err)
	}
	read := func(region string) string {
		t.Helper()
		out, err := w.ses.GetAccount(t.Context(), &sesv2.GetAccountInput{}, func(o *sesv2.Options) { o.Region = region })
		if err != nil {
			t.Fatal(err)
		}
		q := out.SendQuota
		return fmt.Sprintf("production %v sending %v %s %g %g %g %v", out.ProductionAccessEnabled, out.SendingEnabled, *out.EnforcementStatus,
			q.Max24HourSend, q.MaxSendRate, q.SentLast24Hours, out.SuppressionAttributes.SuppressedReasons)
	}
	if got, want := read("eu-west-1"), "production true sending true PROBATION 100 5 12 [BOUNCE]"; got != want {
		t.Errorf("eu-west-1:\n got %s\nwant %s", got, want)
	}
	if got, want := read("ap-south-1"), "production false sending true HEALTHY 200 1 0 []"; got != want {
		t.Errorf("a region never used:\n got %s\nwant %s", got, want)
	}
	if diff := cmp.Diff([]string{"eu-west-1"}, w.Regions()); diff != "" {
		t.Errorf("regions (-want +got):\n%s", diff)
	}
}

func TestAnIdentityIsReadWithAllThatBearsOnSending(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, sesWorld)
	out, err := w.ses.GetEmailIdentity(t.Context(), &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String("Example.COM")})
	if err != nil {
		t.Fatal(err)
	}
	got := []any{
		out.IdentityType, out.VerifiedForSendingStatus, out.VerificationStatus, *out.ConfigurationSetName,
		*out.MailFromAttributes.MailFromDomain, out.MailFromAttributes.MailFromDomainStatus, out.MailFromAttributes.BehaviorOnMxFailure,
		out.DkimAttributes.Status, out.DkimAttributes.Tokens, *out.Tags[0].Key, strings.TrimSpace(out.Policies["partner"]),
	}
	want := []any{
		types.IdentityTypeDomain, true, types.VerificationStatusSuccess, "main",
		"bounce.example.com", types.MailFromDomainStatusPending, types.BehaviorOnMxFailureRejectMessage,
		types.DkimStatusSuccess, []string{"one", "two", "three"}, "team", `{"Version": "2012-10-17", "Statement": []}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("identity (-want +got):\n%s", diff)
	}

	address, err := w.ses.GetEmailIdentity(t.Context(), &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String("a+b@example.com")})
	if err != nil {
		t.Fatal(err)
	}
	if address.IdentityType != types.IdentityTypeEmailAddress || address.VerifiedForSendingStatus || address.VerificationInfo.ErrorType != types.VerificationErrorHostNotFound {
		t.Errorf("address identity: got %+v", address)
	}

	policies, err := w.ses.GetEmailIdentityPolicies(t.Context(), &sesv2.GetEmailIdentityPoliciesInput{EmailIdentity: aws.String("example.com")})
	if err != nil || len(policies.Policies) != 1 {
		t.Errorf("policies: got %+v, %v", policies, err)
	}
}

func TestIdentitiesAreListedInPagesOfTheSizeAskedFor(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, sesWorld)
	list := func(size int32) (names []string, pages int) {
		t.Helper()
		p := sesv2.NewListEmailIdentitiesPaginator(w.ses, &sesv2.ListEmailIdentitiesInput{PageSize: &size})
		for ; p.HasMorePages(); pages++ {
			page, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range page.EmailIdentities {
				names = append(names, fmt.Sprintf("%s %s %s %v", *id.IdentityName, id.IdentityType, id.VerificationStatus, id.SendingEnabled))
			}
		}
		return names, pages
	}
	want := []string{"a+b@example.com EMAIL_ADDRESS FAILED false", "example.com DOMAIN SUCCESS true", "z.example DOMAIN SUCCESS true"}
	for size, wantPages := range map[int32]int{1000: 1, 2: 2, 1: 3} {
		names, pages := list(size)
		if diff := cmp.Diff(want, names); diff != "" || pages != wantPages {
			t.Errorf("page size %d: %d pages (-want +got):\n%s", size, pages, diff)
		}
	}
	if err := w.Set("world.json", `{"ses_page_size": 1}`); err != nil {
		t.Fatal(err)
	}
	if _, pages := list(1000); pages != 3 {
		t.Errorf("a world of small pages: got %d pages, want 3", pages)
	}
	_, err := w.ses.ListEmailIdentities(t.Context(), &sesv2.ListEmailIdentitiesInput{NextToken: aws.String("made up")})
	if got := outcome("", err); got != "400 BadRequestException Invalid NextToken." {
		t.Errorf("made up token: got %s", got)
	}
}

func TestAConfigurationSetIsRead(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, sesWorld)
	out, err := w.ses.GetConfigurationSet(t.Context(), &sesv2.GetConfigurationSetInput{ConfigurationSetName: aws.String("main")})
	if err != nil || out.SendingOptions.SendingEnabled || out.DeliveryOptions.TlsPolicy != types.TlsPolicyRequire {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestWhatSESDoesNotHaveIsNotFound(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, sesWorld)
	_, err := w.ses.GetEmailIdentity(t.Context(), &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String("sub.example.com")})
	if _, ok := errors.AsType[*types.NotFoundException](err); !ok {
		t.Errorf("an identity that is only inherited: got %v, want NotFoundException", err)
	}
	_, err = w.ses.GetConfigurationSet(t.Context(), &sesv2.GetConfigurationSetInput{ConfigurationSetName: aws.String("none")})
	if _, ok := errors.AsType[*types.NotFoundException](err); !ok {
		t.Errorf("configuration set: got %v, want NotFoundException", err)
	}
	_, err = w.ses.ListTenants(t.Context(), &sesv2.ListTenantsInput{})
	if got := outcome("", err); !strings.HasPrefix(got, "404 UnknownOperationException") {
		t.Errorf("an operation that the simulator lacks: got %s", got)
	}
}

func TestEachReadOfSESCanBeRefused(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, sesWorld+"-- refusals.json --\n"+`[
		{"action": "ses:Get*", "region": "eu-west-1", "because": "with an explicit deny in a permissions boundary"},
		{"action": "ses:List*"}]`)
	ctx := t.Context()
	const deny = " with an explicit deny in a permissions boundary"
	for _, tt := range []struct {
		action, resource, because string
		call                      func() error
	}{
		{"ses:GetAccount", "*", deny, func() error { _, err := w.ses.GetAccount(ctx, &sesv2.GetAccountInput{}); return err }},
		{"ses:ListEmailIdentities", "*", " because no identity-based policy allows the ses:ListEmailIdentities action", func() error {
			_, err := w.ses.ListEmailIdentities(ctx, &sesv2.ListEmailIdentitiesInput{})
			return err
		}},
		{"ses:GetEmailIdentity", "arn:aws:ses:eu-west-1:111122223333:identity/example.com", deny, func() error {
			_, err := w.ses.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String("example.com")})
			return err
		}},
		{"ses:GetConfigurationSet", "arn:aws:ses:eu-west-1:111122223333:configuration-set/main", deny, func() error {
			_, err := w.ses.GetConfigurationSet(ctx, &sesv2.GetConfigurationSetInput{ConfigurationSetName: aws.String("main")})
			return err
		}},
	} {
		want := "403 AccessDeniedException User: arn:aws:sts::111122223333:assumed-role/app/i-0abc is not authorized to perform: " +
			tt.action + " on resource: " + tt.resource + tt.because
		if got := outcome("", tt.call()); got != want {
			t.Errorf("%s:\n got %s\nwant %s", tt.action, got, want)
		}
	}
	if _, err := w.ses.GetAccount(ctx, &sesv2.GetAccountInput{}, func(o *sesv2.Options) { o.Region = "us-east-1" }); err != nil {
		t.Errorf("in another region: %v", err)
	}
}
