package awssim_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestBadCredentialsAreRefusedInEachServicesWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ state, sts, ses string }{
		{"expired", "403 ExpiredToken The security token included in the request is expired", "403 ExpiredTokenException The security token included in the request is expired"},
		{"invalid", "403 InvalidClientTokenId The security token included in the request is invalid.", "403 UnrecognizedClientException The security token included in the request is invalid."},
		{"mismatched", "403 SignatureDoesNotMatch The request signature we calculated does not match", "403 InvalidSignatureException The request signature we calculated does not match"},
	} {
		t.Run(tt.state, func(t *testing.T) {
			t.Parallel()
			w := serveTxtar(t, "-- world.json --\n"+`{"credentials": "`+tt.state+`"}`)
			_, err := w.sts.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
			if got := outcome("", err); !strings.HasPrefix(got, tt.sts) {
				t.Errorf("STS: got %s", got)
			}
			_, err = w.ses.GetAccount(t.Context(), &sesv2.GetAccountInput{})
			if got := outcome("", err); !strings.HasPrefix(got, tt.ses) {
				t.Errorf("SES: got %s", got)
			}
		})
	}
}

func TestOneAccessKeyExpiresAndAnotherDoesNot(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, "-- world.json --\n"+`{"access_keys": {"ASIAOLD": "expired"}}`)
	ask := func(key string) string {
		_, err := w.sts.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}, func(o *sts.Options) {
			o.Credentials = credentials.NewStaticCredentialsProvider(key, "secret", "token")
		})
		if err != nil {
			return outcome("", err)
		}
		return "known"
	}
	if got := ask("ASIAOLD"); !strings.HasPrefix(got, "403 ExpiredToken") {
		t.Errorf("old key: %s", got)
	}
	if got := ask("ASIANEW"); got != "known" {
		t.Errorf("new key: %s", got)
	}
}

func TestAClockThatIsOffIsRefusedAsAWSDoes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ ahead, want string }{
		{"10m", "Signature expired: "},
		{"-10m", "Signature not yet current: "},
		{"4m", ""},
	} {
		t.Run(tt.ahead, func(t *testing.T) {
			t.Parallel()
			w := serveTxtar(t, "-- world.json --\n"+`{"max_clock_skew": "5m", "clock_ahead": "`+tt.ahead+`"}`)
			_, err := w.ses.GetAccount(t.Context(), &sesv2.GetAccountInput{})
			got := outcome("", err)
			if tt.want == "" {
				if err != nil {
					t.Errorf("within the limit: got %s", got)
				}
				return
			}
			if !strings.HasPrefix(got, "403 InvalidSignatureException "+tt.want) || !strings.HasSuffix(got, " 5 min.)") {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestTheSDKCanCorrectItsClockByTheAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := inBubble(t, "-- world.json --\n"+`{"max_clock_skew": "5m", "clock_ahead": "1h"}`)
		_, err := w.ses.GetAccount(t.Context(), &sesv2.GetAccountInput{}, func(o *sesv2.Options) { o.RetryMaxAttempts = 2 })
		if err != nil {
			t.Errorf("second attempt: %v", err)
		}
		if n := len(w.Calls()); n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
	})
}

func TestWithoutASignatureTheTokenIsMissing(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, "")
	for _, tt := range []struct{ method, path, kind, authorization, want string }{
		{"GET", "/v2/email/account", "", "", `{"message":"Missing Authentication Token"}`},
		{"GET", "/v2/email/account", "", "Basic Zm9vOmJhcg==", `{"message":"Missing Authentication Token"}`},
		{"GET", "/v2/email/account", "", "AWS4-HMAC-SHA256 Credential=AKID/20261123/eu-west-1/ses", `{"message":"Missing Authentication Token"}`},
		{"POST", "/", "application/x-www-form-urlencoded", "", "<Code>MissingAuthenticationToken</Code>"},
	} {
		request, err := http.NewRequestWithContext(t.Context(), tt.method, *w.config.BaseEndpoint+tt.path, strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", tt.kind)
		request.Header.Set("Authorization", tt.authorization)
		response, err := w.config.HTTPClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != 403 || !strings.Contains(string(body), tt.want) {
			t.Errorf("%s %s with %q: got %d %s (%v), want 403 with %s", tt.method, tt.path, tt.authorization, response.StatusCode, body, err, tt.want)
		}
	}
}
