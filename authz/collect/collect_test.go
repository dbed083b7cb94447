package collect_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"sesgate/authz/awssim"
	"sesgate/authz/collect"
	"sesgate/authz/facts"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const here = "eu-west-1"

// unlimited is for tests that are not about the pace of SES.
var unlimited = collect.Options{Reads: -1}

// load reads a world of testdata and sets files of it: pairs of name and content.
func load(t testing.TB, name string, files ...string) *awssim.World {
	t.Helper()
	archive, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	w, err := awssim.LoadTxtar(archive)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(files); i += 2 {
		if err := w.Set(files[i], files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// config is for clients that talk to handler over HTTP.
func config(t testing.TB, handler http.Handler) aws.Config {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client := server.Client()
	t.Cleanup(client.CloseIdleConnections)
	return aws.Config{
		Region:       here,
		Credentials:  credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		BaseEndpoint: aws.String(server.URL),
		HTTPClient:   client,
	}
}

// collector asks handler as fast as it likes.
func collector(t testing.TB, handler http.Handler) *collect.Collector {
	t.Helper()
	return collect.New(config(t, handler), unlimited)
}

// principal reads the caller and the principal behind it.
func principal(t *testing.T, c *collect.Collector) facts.Principal {
	t.Helper()
	caller, err := c.Caller(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Principal(t.Context(), caller)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// outline is a principal's policies and gaps as a text: names with the Sids of
// their statements, then layers with what is lacking.
func outline(p facts.Principal) string {
	var b strings.Builder
	policy := func(kind string, p facts.Policy) {
		fmt.Fprintf(&b, "%s %s", kind, p.Name)
		if p.ARN != "" {
			fmt.Fprintf(&b, " (%s)", p.ARN)
		}
		if p.Document != nil {
			for _, s := range p.Document.Statements {
				fmt.Fprintf(&b, " %s", s.Sid)
			}
		}
		if p.Err != nil {
			fmt.Fprintf(&b, " unreadable")
		}
		b.WriteString("\n")
	}
	for _, one := range p.Policies {
		policy("has", one)
	}
	if p.Boundary != nil {
		policy("within", *p.Boundary)
	}
	for _, g := range p.Gaps {
		fmt.Fprintf(&b, "lacks %v: %s, %s\n", g.Layer, g.Gap.What, g.Gap.Permission)
	}
	return b.String()
}

func wantOutline(t *testing.T, p facts.Principal, want string) {
	t.Helper()
	if diff := cmp.Diff(strings.TrimLeft(want, "\n"), outline(p)); diff != "" {
		t.Errorf("principal (-want +got):\n%s", diff)
	}
}

// calls counts the calls that w has answered, by service and operation.
func calls(w *awssim.World) map[string]int {
	n := make(map[string]int)
	for _, c := range w.Calls() {
		n[c.Service+":"+c.Action]++
	}
	return n
}

func total(calls map[string]int, service string) (n int) {
	for call, times := range calls {
		if strings.HasPrefix(call, service+":") {
			n += times
		}
	}
	return n
}
