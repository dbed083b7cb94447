package relay

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// ways are those in which a relay can send. What holds for one holds for both.
var ways = []struct {
	name string
	of   func(testing.TB, *SES) *SES
}{
	{"quick", func(t testing.TB, s *SES) *SES {
		t.Helper()
		if s.quick == nil {
			t.Fatal("the quick way is not taken")
		}
		return s
	}},
	{"thorough", func(_ testing.TB, s *SES) *SES {
		s.quick = nil
		return s
	}},
}

// What the SDK's client and the quick way send for the same message differs in
// nothing but what belongs to one request.
func TestTheQuickWaySendsWhatTheSDKSends(t *testing.T) {
	t.Parallel()
	got := map[string]*http.Request{}
	for _, way := range ways {
		ses := newFakeSES(t, func(w http.ResponseWriter, r *http.Request, take func() string, stop <-chan struct{}) {
			got[way.name] = r
			taken(w, r, take, stop)
		})
		if _, err := send(t, way.of(t, relayTo(t, ses.config(), Options{}))); err != nil {
			t.Fatal(err)
		}
	}
	quick, thorough := got["quick"], got["thorough"]
	if quick.RequestURI != thorough.RequestURI || quick.Method != thorough.Method || quick.ContentLength != thorough.ContentLength {
		t.Errorf("%s %s of %d octets, want %s %s of %d", quick.Method, quick.RequestURI, quick.ContentLength,
			thorough.Method, thorough.RequestURI, thorough.ContentLength)
	}
	for _, name := range []string{"Authorization", "X-Amz-Date", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request"} {
		quick.Header.Del(name)
		thorough.Header.Del(name)
	}
	for _, r := range []*http.Request{quick, thorough} { // less the metrics, which tell where credentials come from
		agent, _, _ := strings.Cut(r.UserAgent(), " m/")
		r.Header.Set("User-Agent", agent)
	}
	if diff := cmp.Diff(thorough.Header, quick.Header); diff != "" {
		t.Errorf("header (-SDK +quick):\n%s", diff)
	}
}

func TestThePatternHasTheEndpointThatTheEnvironmentChooses(t *testing.T) {
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_REGION", "us-east-1")
	for _, tt := range []struct{ variable, value, url string }{
		{"AWS_USE_FIPS_ENDPOINT", "true", "https://email-fips.us-east-1.amazonaws.com/v2/email/outbound-emails"},
		{"AWS_USE_DUALSTACK_ENDPOINT", "true", "https://email.us-east-1.api.aws/v2/email/outbound-emails"},
		{"AWS_ENDPOINT_URL", "http://vpce.example:8080/ses", "http://vpce.example:8080/ses/v2/email/outbound-emails"},
		{"AWS_ENDPOINT_URL_SESV2", "https://vpce.example", "https://vpce.example/v2/email/outbound-emails"},
		{"AWS_REGION", "cn-north-1", "https://email.cn-north-1.amazonaws.com.cn/v2/email/outbound-emails"},
	} {
		t.Run(tt.variable, func(t *testing.T) {
			t.Setenv(tt.variable, tt.value)
			cfg, err := config.LoadDefaultConfig(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			p := New(cfg, Options{}).quick.pattern
			if p.url.String() != tt.url || p.service != "ses" || p.region != cfg.Region {
				t.Errorf("%s, signed for %s in %s; want %s, ses, %s", p.url.String(), p.service, p.region, tt.url, cfg.Region)
			}
		})
	}
}

func TestWhatTheQuickWayDoesNotKnowGoesThroughTheSDK(t *testing.T) {
	t.Parallel()
	ses := newFakeSES(t)
	for name, change := range map[string]func(*aws.Config){
		"a client of a foreign type": func(c *aws.Config) { c.HTTPClient = httpFunc(http.DefaultClient.Do) },
		"middleware": func(c *aws.Config) {
			c.APIOptions = []func(*middleware.Stack) error{func(*middleware.Stack) error { return nil }}
		},
		"another signature": func(c *aws.Config) { c.AuthSchemePreference = []string{"sigv4a"} },
		"no credentials":    func(c *aws.Config) { c.Credentials = nil },
	} {
		cfg := ses.config()
		change(&cfg)
		if New(cfg, Options{}).quick != nil {
			t.Errorf("%s: the quick way is taken", name)
		}
	}
	msg := message()
	msg.Route.EndpointID = "abcdef12.g3h"
	if _, ok := New(ses.config(), Options{}).way(msg).(thorough); !ok {
		t.Error("a multi-region endpoint is not left to the SDK")
	}
}

// A body is read in pieces of any size, and twice: to be signed and to be sent.
func TestThePayloadIsTheMessageInBase64(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		msg := message()
		msg.Data = bytes.Repeat([]byte(rapid.StringN(1, 100, -1).Draw(t, "text")), rapid.IntRange(0, 3000).Draw(t, "times"))
		p, err := newPayload(msg)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		var got bytes.Buffer
		piece := make([]byte, rapid.IntRange(1, 100_000).Draw(t, "piece"))
		if _, err := io.CopyBuffer(struct{ io.Writer }{&got}, p, piece); err != nil {
			t.Fatal(err)
		}
		var req sesRequest
		if err := json.Unmarshal(got.Bytes(), &req); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(req.Content.Raw.Data, msg.Data) || int64(got.Len()) != p.size || sha256Hex(got.Bytes()) != p.hash {
			t.Errorf("%d octets of JSON, %d of message, size %d", got.Len(), len(req.Content.Raw.Data), p.size)
		}
	})
}

func TestAPayloadThatIsClosedGivesNothingAway(t *testing.T) {
	t.Parallel()
	p, err := newPayload(message())
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
	p.Close()
	if n, err := p.Read(make([]byte, 10)); n != 0 || err == nil {
		t.Errorf("%d octets, error %v", n, err)
	}
}

func FuzzBase64(f *testing.F) {
	f.Add([]byte(strings.Repeat("\x00\xff\x10", 9)))
	f.Fuzz(func(t *testing.T, src []byte) {
		if got, want := string(appendBase64(nil, src)), base64.StdEncoding.EncodeToString(src); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

func BenchmarkPayload(b *testing.B) {
	for _, size := range []int{4 << 10, 100 << 10, 10 << 20} {
		b.Run(fmt.Sprintf("%dkB", size>>10), func(b *testing.B) {
			msg := message()
			msg.Data = make([]byte, size)
			b.ReportAllocs()
			b.SetBytes(int64(size))
			piece := make([]byte, 32<<10)
			for b.Loop() {
				p, err := newPayload(msg)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, p, piece)
				p.Close()
			}
		})
	}
}
