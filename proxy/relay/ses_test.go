package relay

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"sesgate/authz"
	"sesgate/proxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSESTakesTheEnvelopeAndTheBytesAsTheyAre(t *testing.T) {
	t.Parallel()
	every := make([]byte, 0, 4<<10)
	for i := range 4 << 10 {
		every = append(every, byte(i))
	}
	msg := message()
	msg.Route.ConfigurationSet = "campaigns"
	msg.Data = append(msg.Data, every...)
	ses := newFakeSES(t)
	receipt, err := relayTo(t, ses.config(), Options{}).Send(t.Context(), msg)
	if err != nil {
		t.Fatal(err)
	}
	_, _, accepted := ses.seen()
	got := accepted[0]
	if !bytes.Equal(got.Content.Raw.Data, msg.Data) {
		t.Errorf("message changed on its way: %d octets, sent %d", len(got.Content.Raw.Data), len(msg.Data))
	}
	got.Content.Raw.Data = nil
	want := sesRequest{ConfigurationSetName: "campaigns"}
	want.Destination.ToAddresses = msg.Recipients
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if receipt.Took <= 0 {
		t.Errorf("Took = %v", receipt.Took)
	}
	receipt.Took = 0
	wantReceipt := proxy.Receipt{MessageID: "0102019a-000001", RequestID: "6d1f1f3a-0001", Attempts: 1}
	if diff := cmp.Diff(wantReceipt, receipt); diff != "" {
		t.Errorf("receipt (-want +got):\n%s", diff)
	}
}

func TestSESGetsEveryParameterOfTheRoute(t *testing.T) {
	t.Parallel()
	msg := message()
	msg.Route = authz.Route{
		Name: "shop", Region: "eu-west-1", Role: "arn:aws:iam::111122223333:role/mail", // for who chooses the relay
		IdentityARN:      "arn:aws:ses:eu-west-1:444455556666:identity/example.com",
		FeedbackAddress:  "bounces@example.com",
		ReturnPathARN:    "arn:aws:ses:eu-west-1:444455556666:identity/bounces@example.com",
		ConfigurationSet: "campaigns",
		Tenant:           "shop-1",
		ContactList:      "customers",
		Topic:            "offers",
		Tags:             []authz.Tag{{Name: "team", Value: "blue"}, {Name: "kind", Value: "offer"}},
	}
	want := sesRequest{
		ConfigurationSetName:                      "campaigns",
		FromEmailAddressIdentityArn:               "arn:aws:ses:eu-west-1:444455556666:identity/example.com",
		FeedbackForwardingEmailAddress:            "bounces@example.com",
		FeedbackForwardingEmailAddressIdentityArn: "arn:aws:ses:eu-west-1:444455556666:identity/bounces@example.com",
		TenantName: "shop-1",
		EmailTags:  msg.Route.Tags,
	}
	want.ListManagementOptions.ContactListName, want.ListManagementOptions.TopicName = "customers", "offers"
	want.Content.Raw.Data = msg.Data
	want.Destination.ToAddresses = msg.Recipients
	for _, way := range ways {
		ses := newFakeSES(t)
		if _, err := way.of(t, relayTo(t, ses.config(), Options{})).Send(t.Context(), msg); err != nil {
			t.Fatal(err)
		}
		_, _, accepted := ses.seen()
		if diff := cmp.Diff(want, accepted[0]); diff != "" {
			t.Errorf("%s: request (-want +got):\n%s", way.name, diff)
		}
	}
}

// outcome is what must become of a send.
type outcome struct {
	name      string
	script    []fault
	requests  int
	accepted  int
	ambiguous bool
	err       string // part of its text; "" if the message is sent
}

const unverified = "Email address is not verified. The following identities failed the check in region EU-WEST-1: news@example.com"

// The table of reliability test R04: SES accepts and its answer is lost. One copy
// each, where the SDK by itself makes three.
func lostAnswers() []outcome {
	lost := func(name string, f fault, err string) outcome {
		return outcome{name: name, script: []fault{f}, requests: 1, accepted: 1, ambiguous: true, err: err}
	}
	return []outcome{
		lost("accept and reset the connection", resets, "connection reset"),
		lost("accept and close the connection", closes, "EOF"),
		lost("accept and never answer", hangs, "deadline exceeded"),
		lost("accept and answer 500", answers(500, `{"message":"Internal failure"}`), "500"),
		lost("accept and answer 502 from a load balancer", answers(502, "<html>Bad Gateway</html>"), "502"),
		lost("accept and answer 503", answers(503, `{"message":"Service unavailable"}`), "503"),
		lost("accept and answer 504", answers(504, ""), "504"),
		lost("accept and break off in the answer", cutsAnswer, "unexpected EOF"),
		lost("accept and answer 200 in HTML", answers(200, "<html>welcome to the hotel</html>"), "deserialization failed"),
		lost("accept and answer 200 with nothing", answers(200, ""), "SES answered without a message id"),
		lost("accept and answer 200 without an id", answers(200, `{}`), "SES answered without a message id"),
		lost("accept and answer 200 with an empty id", answers(200, `{"MessageId":""}`), "SES answered without a message id"),
		lost("accept and answer an id that is an SMTP reply", answers(200, `{"MessageId":"x\r\n550 5.7.1 no"}`), `\r\n550`),
		lost("accept and answer for ever", answers(200, `{"MessageId":"`+strings.Repeat("a", 2*longestAnswer)), errLongAnswer.Error()),
		lost("accept and answer 307", answers(307, ""), "307"),
		lost("accept and answer 408", answers(408, `{"message":"Request timed out"}`), "408"),
	}
}

// What SES refuses for good is asked once and known.
func refusals() []outcome {
	refused := func(name string, status int, code, message string) outcome {
		return outcome{name: name, script: []fault{refuses(status, code, message)}, requests: 1, err: message}
	}
	return []outcome{
		refused("unverified sender", 400, "MessageRejected", unverified),
		refused("not authorized", 403, "AccessDeniedException", "User `arn:aws:iam::111122223333:user/app' is not authorized"),
		refused("daily quota under 429", 429, "TooManyRequestsException", "Daily message quota exceeded"),
		refused("daily quota under 400", 400, "ThrottlingException", "Daily message quota exceeded."),
		refused("daily quota as a limit", 400, "LimitExceededException", "Daily message quota exceeded."),
		refused("a limit", 400, "LimitExceededException", "too many instances"),
		refused("account paused", 400, "SendingPausedException", "Email sending is disabled for your entire Amazon SES account."),
		refused("no such configuration set", 404, "NotFoundException", "Configuration set <campaigns> does not exist."),
		refused("bad request", 400, "BadRequestException", "Missing required header 'From'."),
		refused("wrong secret key", 403, "InvalidSignatureException", "The request signature we calculated does not match"),
		refused("unknown access key", 403, "UnrecognizedClientException", "The security token included in the request is invalid."),
		refused("too large", 413, "RequestEntityTooLargeException", "too large"),
	}
}

// What passes by itself is asked again, because SES said that it did not take it.
func passing() []outcome {
	rate := refuses(429, "TooManyRequestsException", "Maximum sending rate exceeded.")
	return []outcome{
		{name: "throttled once", script: []fault{rate, taken}, requests: 2, accepted: 1},
		{name: "throttled under another name", script: []fault{refuses(400, "ThrottlingException", "Maximum sending rate exceeded"), taken}, requests: 2, accepted: 1},
		{name: "throttled without a word", script: []fault{refuses(429, "TooManyRequestsException", ""), taken}, requests: 2, accepted: 1},
		{name: "throttled, then accepted without an answer", script: []fault{rate, resets}, requests: 2, accepted: 1, ambiguous: true, err: "connection reset"},
		{name: "throttled, then refused", script: []fault{rate, refuses(400, "MessageRejected", unverified)}, requests: 2, err: unverified},
	}
}

func TestAMessageIsNeverHandedOverTwice(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		for _, want := range append(append(lostAnswers(), refusals()...), passing()...) {
			t.Run(way.name+"/"+want.name, func(t *testing.T) {
				t.Parallel()
				ses := newFakeSES(t, want.script...)
				checkOutcome(t, want, ses, way.of(t, relayTo(t, ses.config(), Options{Timeout: timeoutOf(want)})))
			})
		}
	}
}

func timeoutOf(o outcome) time.Duration {
	if strings.Contains(o.err, "deadline") {
		return 2 * time.Second
	}
	return 30 * time.Second
}

func checkOutcome(t *testing.T, want outcome, ses *fakeSES, relay *SES) {
	t.Helper()
	receipt, err := send(t, relay)
	requests, _, accepted := ses.seen()
	if requests != want.requests || receipt.Attempts != want.requests {
		t.Errorf("%d requests, receipt says %d attempts, want %d", requests, receipt.Attempts, want.requests)
	}
	if len(accepted) != want.accepted {
		t.Errorf("SES accepted %d copies, want %d", len(accepted), want.accepted)
	}
	if receipt.Ambiguous != want.ambiguous || errors.Is(err, ErrAmbiguous) != want.ambiguous {
		t.Errorf("Ambiguous = %v, error %v; want ambiguous %v", receipt.Ambiguous, err, want.ambiguous)
	}
	if want.err == "" && err != nil || want.err != "" && !contains(err, want.err) {
		t.Errorf("error %v, want one with %q", err, want.err)
	}
	if (receipt.MessageID != "") != (err == nil) {
		t.Errorf("MessageID %q with error %v", receipt.MessageID, err)
	}
}

// AWS_NEW_RETRIES_2026 and its like change what the SDK repeats. Not for us.
func TestTheSDKsRetrySettingsChangeNothing(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_NEW_RETRIES_2026":      "true",
		"AWS_RETRY_MODE":            "adaptive",
		"AWS_MAX_ATTEMPTS":          "9",
		"AWS_ACCESS_KEY_ID":         "AKIDEXAMPLE",
		"AWS_SECRET_ACCESS_KEY":     "secret",
		"AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE":           os.DevNull,
		"AWS_REGION":                "eu-west-1",
	} {
		t.Setenv(name, value)
	}
	for _, want := range append(lostAnswers(), refusals()...) {
		t.Run(want.name, func(t *testing.T) {
			ses := newFakeSES(t, want.script...)
			t.Setenv("AWS_ENDPOINT_URL_SESV2", ses.URL)
			cfg, err := config.LoadDefaultConfig(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			cfg.Logger = logging.Nop{}
			checkOutcome(t, want, ses, relayTo(t, cfg, Options{Timeout: timeoutOf(want)}))
		})
	}
}

func TestARefusalComesBackAsTheSDKDecodesIt(t *testing.T) {
	t.Parallel()
	ses := newFakeSES(t, refuses(400, "MessageRejected", unverified))
	receipt, err := send(t, relayTo(t, ses.config(), Options{}))
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "MessageRejected" || api.ErrorMessage() != unverified {
		t.Errorf("error %v, want the API's", err)
	}
	if receipt.RequestID != "6d1f1f3a-0001" {
		t.Errorf("RequestID = %q", receipt.RequestID)
	}
}

func TestAnEndpointThatRedirectsDoesNotGetTheMailSentElsewhere(t *testing.T) {
	t.Parallel()
	elsewhere := newFakeSES(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		ses := newFakeSES(t, func(w http.ResponseWriter, r *http.Request, _ func() string, _ <-chan struct{}) {
			http.Redirect(w, r, elsewhere.URL, status)
		})
		if _, err := send(t, relayTo(t, ses.config(), Options{})); err == nil {
			t.Errorf("%d: no error", status)
		}
	}
	if requests, _, _ := elsewhere.seen(); requests != 0 {
		t.Errorf("%d requests were redirected", requests)
	}
}
