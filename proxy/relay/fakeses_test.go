package relay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/logging"

	"sesgate/authz"
	"sesgate/proxy"
)

// sesRequest is the part of SendEmail's request that the tests read.
type sesRequest struct {
	ConfigurationSetName string
	FromEmailAddress     *string
	Content              struct{ Raw struct{ Data []byte } }
	Destination          struct{ ToAddresses, CcAddresses, BccAddresses []string }

	FromEmailAddressIdentityArn               string
	FeedbackForwardingEmailAddress            string
	FeedbackForwardingEmailAddressIdentityArn string
	TenantName                                string
	EndpointId                                string
	ListManagementOptions                     struct{ ContactListName, TopicName string }
	EmailTags                                 []authz.Tag
}

// fakeSES keeps every message that it accepts, whatever it then answers, and
// answers by a script: one fault a request, and the last one for ever.
type fakeSES struct {
	*httptest.Server
	stop chan struct{} // ends what hangs

	mu          sync.Mutex
	script      []fault
	requests    int
	connections int
	accepted    []sesRequest
}

// fault answers one request. take notes the message as accepted.
type fault func(w http.ResponseWriter, r *http.Request, take func() (id string), stop <-chan struct{})

func newFakeSES(t testing.TB, script ...fault) *fakeSES {
	t.Helper()
	f := &fakeSES{script: script, stop: make(chan struct{})}
	f.Server = httptest.NewUnstartedServer(f)
	f.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			f.mu.Lock()
			f.connections++
			f.mu.Unlock()
		}
	}
	f.Start()
	t.Cleanup(f.Close)
	t.Cleanup(func() { close(f.stop) })
	return f
}

func (f *fakeSES) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := f.begin()
	var req sesRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer(w, r, func() string { return f.accept(req) }, f.stop)
}

func (f *fakeSES) begin() fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests++
	if len(f.script) == 0 {
		return taken
	}
	answer := f.script[0]
	if len(f.script) > 1 {
		f.script = f.script[1:]
	}
	return answer
}

func (f *fakeSES) accept(req sesRequest) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.accepted = append(f.accepted, req)
	return fmt.Sprintf("0102019a-%06d", len(f.accepted))
}

func (f *fakeSES) seen() (requests, connections int, accepted []sesRequest) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests, f.connections, slices.Clone(f.accepted)
}

func taken(w http.ResponseWriter, _ *http.Request, take func() string, _ <-chan struct{}) {
	answerJSON(w, http.StatusOK, fmt.Sprintf(`{"MessageId":%q}`, take()))
}

func answerJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Requestid", "6d1f1f3a-0001")
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

// answers accepts the message and gives a fixed answer.
func answers(status int, body string) fault {
	return func(w http.ResponseWriter, _ *http.Request, take func() string, _ <-chan struct{}) {
		take()
		answerJSON(w, status, body)
	}
}

// refuses does not accept the message.
func refuses(status int, code, message string) fault {
	return func(w http.ResponseWriter, _ *http.Request, _ func() string, _ <-chan struct{}) {
		w.Header().Set("X-Amzn-Errortype", code)
		answerJSON(w, status, fmt.Sprintf(`{"message":%q}`, message))
	}
}

func hangs(_ http.ResponseWriter, r *http.Request, take func() string, stop <-chan struct{}) {
	take()
	select {
	case <-stop:
	case <-r.Context().Done():
	}
}

func closes(w http.ResponseWriter, _ *http.Request, take func() string, _ <-chan struct{}) {
	take()
	cut(w, "", false)
}

func resets(w http.ResponseWriter, _ *http.Request, take func() string, _ <-chan struct{}) {
	take()
	cut(w, "", true)
}

// cutsAnswer accepts the message and breaks off in the middle of saying so.
func cutsAnswer(w http.ResponseWriter, _ *http.Request, take func() string, _ <-chan struct{}) {
	take()
	cut(w, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n{\"MessageId\":\"0102", false)
}

func cut(w http.ResponseWriter, last string, reset bool) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	fmt.Fprint(conn, last)
	if reset {
		_ = conn.(*net.TCPConn).SetLinger(0)
	}
	conn.Close()
}

func (f *fakeSES) config() aws.Config {
	return aws.Config{
		Region:       "eu-west-1",
		BaseEndpoint: aws.String(f.URL),
		Logger:       logging.Nop{}, // it warns of answers that break off, on purpose here
		Credentials:  aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")),
	}
}

// relayTo returns a relay that is closed before the goroutines are counted.
func relayTo(t testing.TB, cfg aws.Config, opts Options) *SES {
	t.Helper()
	s := New(cfg, opts)
	t.Cleanup(s.Close)
	return s
}

func message() proxy.Message {
	return proxy.Message{
		Recipients: []string{"ann@example.com", "Bob@Example.com"},
		Data:       []byte("From: News <news@example.com>\r\nTo: ann@example.com\r\nSubject: hi\r\n\r\nhello\r\n"),
	}
}

func send(t testing.TB, s *SES) (proxy.Receipt, error) {
	t.Helper()
	return s.Send(t.Context(), message())
}

// httpFunc is an HTTP client of a foreign type, as a simulated world gives one.
type httpFunc func(*http.Request) (*http.Response, error)

func (f httpFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

// worldConfig is for tests in virtual time, where no network may be.
func worldConfig(do httpFunc) aws.Config {
	return aws.Config{
		Region:      "eu-west-1",
		HTTPClient:  do,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	}
}

func inMemory(status int, code, body string) *http.Response {
	rec := httptest.NewRecorder()
	rec.Header().Set("X-Amzn-Errortype", code)
	rec.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	answerJSON(rec, status, body)
	return rec.Result()
}

func contains(err error, text string) bool {
	return err != nil && strings.Contains(err.Error(), text)
}

// providerFunc is a credentials provider.
type providerFunc func(context.Context) (aws.Credentials, error)

func (f providerFunc) Retrieve(ctx context.Context) (aws.Credentials, error) { return f(ctx) }

// dialing calls begun and then connects to nobody until the context ends.
func dialing(begun func()) func(*http.Transport) {
	return func(t *http.Transport) {
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			begun()
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(100 * time.Millisecond):
				return nil, &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
			}
		}
	}
}

func sha256Hex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
