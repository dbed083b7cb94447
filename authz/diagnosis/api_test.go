package diagnosis

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
)

func TestErrorsOfTheNetworkTellWhetherAnythingWasSent(t *testing.T) {
	t.Parallel()
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	post := func(err error) error {
		return fmt.Errorf("request send failed, %w", &url.Error{Op: "Post", URL: "https://email.eu-west-1.amazonaws.com/", Err: err})
	}
	notFound := func(name string) error { return &net.DNSError{Err: "no such host", Name: name, IsNotFound: true} }
	for _, c := range []struct {
		name string
		err  error
		want Code
	}{
		{"SES's name is not found", post(dial(notFound("email.eu-wst-1.amazonaws.com"))), RegNoSES},
		{"nor its FIPS name in China", post(dial(notFound("email-fips.cn-north-1.amazonaws.com.cn."))), RegNoSES},
		{"another name is not found", post(dial(notFound("ses.corp.example"))), Net},
		{"the resolver does not answer", post(dial(&net.DNSError{Err: "i/o timeout", Name: "email.eu-west-1.amazonaws.com", IsTimeout: true})), Net},
		{"the resolver finds no name for the moment", post(dial(&net.DNSError{Err: "no such host", Name: "email.eu-west-1.amazonaws.com", IsNotFound: true, IsTemporary: true})), Net},
		{"connecting times out", post(dial(os.ErrDeadlineExceeded)), Net},
		{"the proxy cannot be reached", post(&net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.New("refused")}), Net},
		{"the certificate is out of date", post(x509.CertificateInvalidError{Reason: x509.Expired}), NetTLS},
		{"TLS does not finish", post(errors.New("net/http: TLS handshake timeout")), Net},
		{"the answer does not come in time", post(context.DeadlineExceeded), Svc},
		{"the caller gives up", post(context.Canceled), Svc},
		{"reading times out", post(&net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}), Svc},
		{"the connection ends before the answer", post(io.EOF), Svc},
		{"the connection ends within the answer", post(io.ErrUnexpectedEOF), Svc},
		{"the request cannot be made", post(errors.New(`unsupported protocol scheme "htps"`)), SvcUnknown},
	} {
		f := FromAPI(c.err)
		if f.Code != c.want {
			t.Errorf("%s: %s, want %s (%v)", c.name, f.Code, c.want, c.err)
		}
		checkClean(t, f)
	}
}

func TestANameThatCannotBeLookedUpIsNamedFirst(t *testing.T) {
	t.Parallel()
	for _, temporary := range []bool{false, true} {
		f := FromAPI(&net.DNSError{Err: "no such host", Name: "email.eu-west-1.amazonaws.com", IsNotFound: true, IsTemporary: temporary})
		if f.Title != "the name email.eu-west-1.amazonaws.com cannot be looked up" || f.Source != "email.eu-west-1.amazonaws.com" {
			t.Errorf("%s: title %q, source %q", f.Code, f.Title, f.Source)
		}
	}
}

func TestRealConnectionsFailAsDescribed(t *testing.T) {
	t.Parallel()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	plainText := httptest.NewServer(http.NotFoundHandler())
	defer plainText.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for address, want := range map[string]Code{
		secure.URL: NetTLS,
		"https" + strings.TrimPrefix(plainText.URL, "http"): SvcUnknown, // net/http hides the record's header behind a text
		gone.URL: Net,
	} {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		_, err := client.Get(address)
		if err == nil {
			t.Fatalf("%s answers", address)
		}
		if f := FromAPI(err); f.Code != want {
			t.Errorf("%v: %s, want %s", err, f.Code, want)
		}
	}
}

func TestTheSDKsOwnErrorTypesAreRead(t *testing.T) {
	t.Parallel()
	err := error(&smithy.OperationError{
		ServiceID: "SESv2", OperationName: "SendEmail",
		Err: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: 400}},
			Err:      &smithy.GenericAPIError{Code: "MessageRejected", Message: "Address blacklisted."},
		},
	})
	entry, _ := Lookup(Supp)
	want := Finding{
		Code: Supp, Title: entry.Title, Fix: entry.Fix, Layer: "ses",
		Detail: "the error says: Address blacklisted. (MessageRejected, HTTP 400)",
	}
	if diff := cmp.Diff(want, FromAPI(err)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAnAnswerIsQuotedFromTheBeginningOfItsSentence(t *testing.T) {
	t.Parallel()
	far := strings.Repeat("far ", 30)
	for text, want := range map[string]string{
		"The security token included in the request is invalid.":                                        "The security token included in the request is invalid.",
		"api error UnrecognizedClientException: The security token included in the request is invalid.": "The security token included in the request is invalid.",
		`{"message":"The security token included in the request is invalid."}`:                          `The security token included in the request is invalid."}`,
		far + "security token included in the request is invalid":                                       "security token included in the request is invalid",
		far + "Sorry. The security token included in the request is invalid":                            "The security token included in the request is invalid",
	} {
		f, _ := FromText(text)
		if f.Code != CredInvalid || f.Detail != "the error says: "+want {
			t.Errorf("%q: %s, %q", text, f.Code, f.Detail)
		}
	}
	f := FromAPI(&exception{"UnrecognizedClientException", "The security token included in the request is invalid."})
	if want := "the error says: The security token included in the request is invalid. (UnrecognizedClientException)"; f.Detail != want {
		t.Errorf("%q, want %q", f.Detail, want)
	}
}

func TestNoErrorIsAnUnknownAnswer(t *testing.T) {
	t.Parallel()
	if f := FromAPI(nil); f.Code != SvcUnknown {
		t.Errorf("%+v", f)
	}
}

func TestExceptionsAreKnownWithNamespaceAndSuffix(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"TooManyRequestsException", "TooManyRequests", "com.amazonaws.sesv2#TooManyRequestsException",
		"TooManyRequestsException:http://internal.amazon.com/coral/com.amazonaws.sesv2/",
	} {
		if code, ok := exceptionCode(name); !ok || code != Throttle {
			t.Errorf("%s: %s, %t", name, code, ok)
		}
	}
	for _, name := range []string{"", "Exception", "#", "toomanyrequests"} {
		if code, ok := exceptionCode(name); ok {
			t.Errorf("%q: %s", name, code)
		}
	}
}

// call is an error as the SDK wraps it: with the API operation.
type call struct {
	operation string
	error
}

func (c call) Operation() string { return c.operation }
func (c call) Unwrap() error     { return c.error }

func TestAThrottledReadIsNoThrottledMessage(t *testing.T) {
	t.Parallel()
	throttled := &exception{"TooManyRequestsException", "Rate exceeded"}
	for operation, want := range map[string]Code{
		"SendEmail": Throttle, "GetAccount": FactThrottle, "ListEmailIdentities": FactThrottle, "SimulatePrincipalPolicy": FactThrottle,
	} {
		if f := FromAPI(call{operation, throttled}); f.Code != want || !strings.Contains(f.Detail, "Rate exceeded") {
			t.Errorf("%s: %+v", operation, f)
		}
	}
}

func TestWhatAWSRepeatsOfARequestIsWithheld(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Unheard of. The Canonical String for this request should have been 'x-amz-security-token:hunter2'",
		"Unheard of: X-Amz-Security-Token=hunter2",
		`Unheard of {"authorization": "AWS4-HMAC-SHA256 hunter2"}`,
		"Unheard of, AWS_SECRET_ACCESS_KEY=hunter2",
		"Unheard of, password: hunter2",
	} {
		for _, err := range []error{errors.New(text), &exception{"PurpleException", text}, &exception{"BadRequestException", text}} {
			f := FromAPI(err)
			if all := fmt.Sprintf("%+v", f); strings.Contains(all, "hunter2") || !strings.Contains(all, "Unheard of") {
				t.Errorf("%q: %s", text, all)
			}
		}
	}
}

func TestAnAnswerIsBoundedWhateverItsLength(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é\r\n250 ok ", 1<<20)
	for _, err := range []error{
		errors.New(long),
		&exception{"MessageRejected", long},
		&exception{"MessageRejected", testUnverified + strings.Repeat("a@example.com, ", 1<<16)},
		&exception{"AccessDenied", "User: " + strings.Repeat("x", 5000) + " is not authorized to perform: ses:SendEmail on resource: " + strings.Repeat("y", 5000)},
		&exception{strings.Repeat("x", 1<<16), "x"},
		&response{500, strings.Repeat("r", 1<<16), errors.New("x")},
	} {
		checkClean(t, FromAPI(err))
	}
}
