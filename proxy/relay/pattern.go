package relay

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"sesgate/proxy"
)

// pattern is what all requests of a client have in common. It is learnt from one
// that the SDK makes and that is not sent, so that whatever decides on endpoint,
// header and signature in the SDK (region, FIPS, dual stack, AWS_ENDPOINT_URL,
// configuration files) has decided for the quick path, too.
type pattern struct {
	url             url.URL
	header          http.Header
	service, region string // that the signature names
}

// blank is a message that passes the SDK's checks.
func blank() proxy.Message { return proxy.Message{Data: []byte{'-'}} }

var errNotSent = errors.New("this request is only looked at")

// learn returns the pattern of a client's requests, or false if they are not made
// in the one way that the quick path knows.
func learn(client *sesv2.Client) (pattern, bool) {
	var made *http.Request
	//nolint:errcheck // it fails in any case
	client.SendEmail(context.Background(), newInput(blank()), func(o *sesv2.Options) {
		o.Credentials = fixed(aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "none"})
		o.HTTPClient = clientFunc(func(r *http.Request) (*http.Response, error) {
			made = r
			return nil, errNotSent
		})
	})
	if made == nil || made.Method != http.MethodPost || made.URL.User != nil {
		return pattern{}, false
	}
	p := pattern{url: *made.URL, header: made.Header.Clone()}
	var ok bool
	p.service, p.region, ok = scope(made.Header.Get("Authorization"))
	for _, own := range []string{
		"Authorization", "X-Amz-Date", "X-Amz-Security-Token", "Content-Length", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request",
	} {
		p.header.Del(own)
	}
	return p, ok
}

// scope reads service and region from an Authorization header of Signature
// Version 4: "AWS4-HMAC-SHA256 Credential=key/date/region/service/aws4_request, ...".
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
func scope(authorization string) (service, region string, ok bool) {
	credential, ok := strings.CutPrefix(authorization, "AWS4-HMAC-SHA256 Credential=")
	credential, _, more := strings.Cut(credential, ",")
	parts := strings.Split(credential, "/")
	if !ok || !more || len(parts) != 5 {
		return "", "", false
	}
	return parts[3], parts[2], true
}

// fixed provides credentials that are known already.
func fixed(c aws.Credentials) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return c, nil })
}

type clientFunc func(*http.Request) (*http.Response, error)

func (f clientFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }
