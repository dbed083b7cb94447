package status

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"golang.org/x/net/html"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
	"sesgate/proxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// apiError is an answer of AWS as the SDK passes it on.
type apiError string

func (e apiError) Error() string     { return string(e) + ": AWS says no" }
func (e apiError) ErrorCode() string { return string(e) }

func denied() proxy.Event {
	return proxy.Event{
		Ref: "01JDC0000000000000000DENY", Time: noon, Listener: "127.0.0.1:2525", Client: "127.0.0.1:40112",
		MailFrom: "bounce@example.com", HeaderFrom: "News@Example.com", Recipients: []string{"ann@example.org", "bob@example.org"},
		Size: 2048, Principal: "arn:aws:iam::111122223333:role/app", Region: "eu-west-1", Identity: "example.com",
		Decision: authz.Deny, Checked: true, Cache: "hit", Preflight: 42 * time.Microsecond,
		Findings: []diagnosis.Finding{{
			Code: "scp-expl", Title: "role app may not ses:SendRawEmail as news@example.com in eu-west-1",
			Detail: "SCP DenySES (p-1a2b3c4d) at OU prod: statement DenyAll denies ses:*", Fix: "run sesgate check; publish in DNS: a._domainkey.example.com CNAME a.dkim.amazonses.com; b._domainkey.example.com CNAME b.dkim.amazonses.com; ask the organization's administrators to exempt the role in that statement",
			Layer: "scp", Source: "SCP DenySES", Sid: "DenyAll", Statement: `{"Sid":"DenyAll","Effect":"Deny","Action":"ses:*","Resource":"*"}`,
			Recipients: []string{"ann@example.org"},
		}},
		Reply: "550-5.7.1 role app may not ses:SendRawEmail as News@Example.com in eu-west-1 [scp-expl]", Code: 550,
	}
}

func sent() proxy.Event {
	return proxy.Event{
		Ref: "01JDC0000000000000000SENT", Time: noon.Add(-time.Minute), Listener: "127.0.0.1:2525", Client: "127.0.0.1:40110",
		HeaderFrom: "hello@example.com", Recipients: []string{"ann@example.org"}, Size: 1_250_000, Decision: authz.Allow, Checked: true,
		Cache: "hit", SES: 83 * time.Millisecond, SESMessageID: "0102019a-sim", Attempts: 1, Reply: "250 2.0.0 Ok 0102019a-sim", Code: 250,
	}
}

func unsure() proxy.Event {
	return proxy.Event{
		Ref: "01JDC0000000000000000LOST", Time: noon.Add(-2 * time.Minute), HeaderFrom: "hello@example.com", Recipients: []string{"cy@example.org"},
		Attempts: 1, Ambiguous: true, Contradicted: true, Reply: "451 4.4.2 SES may have taken the message", Code: 451,
	}
}

func simulated() *Board {
	b := &Board{
		Info: func() Info {
			return Info{
				Version: "v0.1.0", Started: noon.Add(-time.Hour), Listeners: []string{"127.0.0.1:2525"},
				Principal: "arn:aws:iam::111122223333:role/app", Account: "111122223333", Region: "eu-west-1", Mode: "enforce", Simulated: true,
				Gaps: []facts.Gap{
					{What: "policies of role app", Call: "iam:ListRolePolicies", Permission: "iam:ListRolePolicies on arn:aws:iam::111122223333:role/app", Err: fmt.Errorf("iam: %w", apiError("AccessDenied"))},
					{What: "caller", Call: "sts:GetCallerIdentity", Err: errors.New("dial tcp:\nno route to host")},
					{What: "identity example.com in eu-west-1", Call: "ses:GetEmailIdentity", Permission: "ses:GetEmailIdentity", Err: apiError("ThrottlingException")},
					{What: "session policy of the credentials, which no call shows"},
				},
			}
		},
		Captured: func() []Captured {
			return []Captured{{ID: "0102019a-sim", Time: noon, From: "hello@example.com", To: []string{"ann@example.org", "bob@example.org"},
				Data: []byte("From: hello@example.com\r\nSubject: <script>alert(1)</script>\r\n\r\nhello\r\n")}}
		},
	}
	b.Record(unsure())
	b.Record(sent())
	b.Record(denied())
	return b
}

func get(t *testing.T, b *Board, path string) (*http.Response, string) {
	t.Helper()
	return request(t, b, http.MethodGet, "127.0.0.1:8025", path)
}

func request(t *testing.T, b *Board, method, host, path string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	r.Host = host
	return answered(t, b, r)
}

func answered(t *testing.T, b *Board, r *http.Request) (*http.Response, string) {
	t.Helper()
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), string(body)
}

// visible is the text of a page as somebody reads it, a line for each block.
func visible(t *testing.T, page string) string {
	t.Helper()
	inline := map[string]bool{"a": true, "b": true, "code": true, "span": true, "strong": true, "time": true, "dt": true, "dd": true}
	var lines []string
	line, preformatted := "", false
	z := html.NewTokenizer(strings.NewReader(page))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		token := z.Token()
		switch {
		case kind == html.TextToken && preformatted:
			line += strings.ReplaceAll(strings.TrimSpace(token.Data), "\n", " ⏎ ")
		case kind == html.TextToken:
			line += token.Data
		case token.Data == "wbr":
		case inline[token.Data]:
			line += " "
		default:
			if words := strings.Fields(line); len(words) > 0 {
				lines = append(lines, strings.Join(words, " "))
			}
			line, preformatted = "", kind == html.StartTagToken && token.Data == "pre"
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

func TestThePagesReadAsTheFilesOfTestdata(t *testing.T) {
	t.Parallel()
	for path, file := range map[string]string{
		"/":             "overview.txt",
		"/transactions": "transactions.txt",
		"/transactions/01JDC0000000000000000DENY": "refused.txt",
		"/transactions/01JDC0000000000000000SENT": "sent.txt",
		"/transactions/01JDC0000000000000000LOST": "unsure.txt",
		"/messages":                   "messages.txt",
		"/messages/0102019a-sim/view": "message.txt",
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(filepath.Join("testdata", file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), visible(t, afterNoon(t, path))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
		})
	}
}

// afterNoon is a page at a minute past noon.
func afterNoon(t *testing.T, path string) (page string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(noon.Add(time.Minute)))
		var resp *http.Response
		resp, page = get(t, simulated(), path)
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %d %s", path, resp.StatusCode, resp.Header.Get("Content-Type"))
		}
	})
	return page
}

func TestAnEmptyBoardServesItsPages(t *testing.T) {
	t.Parallel()
	b := new(Board)
	for path, want := range map[string]int{
		"/": 200, "/livez": 200, "/readyz": 200, "/status.json": 200, "/style.css": 200,
		"/messages": 404, "/messages/x": 404, "/messages/x/view": 404, "/transactions": 200, "/transactions/": 404, "/transactions/x": 404, "/etc/passwd": 404,
	} {
		if resp, body := get(t, b, path); resp.StatusCode != want {
			t.Errorf("%s: %d, want %d: %s", path, resp.StatusCode, want, body)
		}
	}
	if _, page := get(t, b, "/"); strings.Contains(page, "SIMULATED") || !strings.Contains(page, "None yet") {
		t.Errorf("page of an empty board:\n%s", page)
	}
}

func TestNobodyCanMissThatSESIsSimulated(t *testing.T) {
	t.Parallel()
	b := simulated()
	for _, path := range []string{"/", "/transactions", "/messages", "/messages/0102019a-sim/view", "/transactions/01JDC0000000000000000SENT", "/messages/none"} {
		if _, page := get(t, b, path); strings.Count(page, "SIMULATED") != 2 { // title and banner
			t.Errorf("%s does not say SIMULATED in its title and at its top", path)
		}
	}
}

func TestCapturedMailIsShownAsTextAndNeverAsAPage(t *testing.T) {
	t.Parallel()
	resp, body := get(t, simulated(), "/messages/0102019a-sim")
	if body != "From: hello@example.com\r\nSubject: <script>alert(1)</script>\r\n\r\nhello\r\n" {
		t.Errorf("body %q", body)
	}
	want := map[string]string{
		"Content-Type":            "text/plain; charset=utf-8",
		"X-Content-Type-Options":  "nosniff",
		"Content-Security-Policy": "default-src 'none'; sandbox",
	}
	for name, value := range want {
		if got := resp.Header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	b := simulated()
	for _, path := range []string{"/", "/transactions", "/messages", "/messages/0102019a-sim/view", "/livez", "/readyz", "/status.json", "/style.css", "/nothing"} {
		resp, _ := get(t, b, path)
		for name, value := range map[string]string{
			"X-Content-Type-Options":  "nosniff",
			"Referrer-Policy":         "no-referrer",
			"X-Frame-Options":         "DENY",
			"Content-Security-Policy": contentPolicy,
			"Cache-Control":           "no-store",
		} {
			if got := resp.Header.Get(name); got != value {
				t.Errorf("%s: %s: %q, want %q", path, name, got, value)
			}
		}
		if cors := resp.Header.Get("Access-Control-Allow-Origin"); cors != "" {
			t.Errorf("%s lets %s read it", path, cors)
		}
	}
}

func TestOnlyItsOwnNamesAreAnswered(t *testing.T) {
	t.Parallel()
	bound := &Board{Hosts: []string{"10.0.0.7", "Mail.internal"}}
	everywhere := &Board{Hosts: []string{"0.0.0.0"}}
	for _, tt := range []struct {
		board  *Board
		host   string
		status int
	}{
		{bound, "localhost", 200},
		{bound, "LOCALHOST:8025", 200},
		{bound, "localhost.", 200},
		{bound, "sesgate.localhost:8025", 200},
		{bound, "127.0.0.1:8025", 200},
		{bound, "127.9.9.9", 200},
		{bound, "[::1]:8025", 200},
		{bound, "[::1]", 200},
		{bound, "[::ffff:127.0.0.1]:8025", 200},
		{bound, "10.0.0.7:8025", 200},
		{bound, "mail.internal:8025", 200},
		{bound, "10.0.0.8:8025", 421},
		{bound, "evil.example", 421},
		{bound, "evil.example:8025", 421},
		{bound, "localhost.evil.example", 421},
		{bound, "evillocalhost", 421},
		{bound, "127.0.0.1.evil.example", 421},
		{bound, "127.0.0.1@evil.example", 421},
		{bound, "2130706433", 421},
		{bound, "", 421},
		{everywhere, "10.2.3.4:8025", 200},
		{everywhere, "[2001:db8::1]:8025", 200},
		{everywhere, "evil.example", 421},
	} {
		if resp, _ := request(t, tt.board, http.MethodGet, tt.host, "/livez"); resp.StatusCode != tt.status {
			t.Errorf("Host %q with %v: %d, want %d", tt.host, tt.board.Hosts, resp.StatusCode, tt.status)
		}
	}
}

func TestItIsOnlyRead(t *testing.T) {
	t.Parallel()
	b := simulated()
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"} {
		for _, path := range []string{"/", "/messages", "/nothing"} {
			if resp, _ := request(t, b, method, "localhost", path); resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %d, Allow %q", method, path, resp.StatusCode, resp.Header.Get("Allow"))
			}
		}
	}
	if resp, _ := request(t, b, "HEAD", "localhost", "/"); resp.StatusCode != http.StatusOK {
		t.Errorf("HEAD: %d", resp.StatusCode)
	}
}

func TestReadinessNamesItsReasons(t *testing.T) {
	t.Parallel()
	var reasons []string
	b := &Board{Ready: func() []string { return reasons }}
	if resp, body := get(t, b, "/readyz"); resp.StatusCode != 200 || body != "ready\n" {
		t.Errorf("%d %q", resp.StatusCode, body)
	}
	reasons = []string{"no credentials", "draining\x1b[2J"}
	if resp, body := get(t, b, "/readyz"); resp.StatusCode != 503 || body != "no credentials\ndraining\\u{1b}[2J\n" {
		t.Errorf("%d %q", resp.StatusCode, body)
	}
	if resp, body := get(t, b, "/livez"); resp.StatusCode != 200 || body != "live\n" {
		t.Errorf("live although not ready: %d %q", resp.StatusCode, body)
	}
	if _, page := get(t, b, "/"); !strings.Contains(visible(t, page), "Not ready\nno credentials") {
		t.Error("the page does not say why it is not ready")
	}
}

func TestTheSummaryIsForPrograms(t *testing.T) {
	t.Parallel()
	_, body := get(t, simulated(), "/status.json")
	var got map[string]any
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"version": "v0.1.0", "started": "2026-11-23T11:00:00Z", "last": "2026-11-23T12:00:00Z",
		"principal": "arn:aws:iam::111122223333:role/app", "account": "111122223333", "region": "eu-west-1", "mode": "enforce",
		"simulated": true, "ready": true,
		"totals": map[string]any{"transactions": 3., "relayed": 1., "rejected": 1., "deferred": 1., "aborted": 0., "ambiguous": 1., "contradicted": 1.},
		"gaps": []any{
			map[string]any{"what": "policies of role app", "call": "iam:ListRolePolicies", "permission": "iam:ListRolePolicies on arn:aws:iam::111122223333:role/app", "cause": "iam: AccessDenied: AWS says no"},
			map[string]any{"what": "caller", "call": "sts:GetCallerIdentity", "cause": "dial tcp: no route to host"},
			map[string]any{"what": "identity example.com in eu-west-1", "call": "ses:GetEmailIdentity", "cause": "ThrottlingException: AWS says no"},
			map[string]any{"what": "session policy of the credentials, which no call shows"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

func TestAddressesAreShownAsTheLogShowsThem(t *testing.T) {
	t.Parallel()
	b := simulated()
	log := proxy.Log{Addresses: proxy.AddressesHash}
	b.Mask, b.Masked = log.Mask, log.Masked
	hashed := regexp.MustCompile(`[0-9a-f]{12}@`)
	event := denied()
	event.Identity = "news@example.com"
	b.Record(event)
	info := b.Info()
	info.Gaps = []facts.Gap{{
		What: "identity news@example.com in eu-west-1", Call: "ses:GetEmailIdentity", Permission: "ses:GetEmailIdentity on arn:aws:ses:eu-west-1:111122223333:identity/news@example.com",
		Err: fmt.Errorf("not authorized on identity/news@example.com: %w", apiError("AccessDenied")),
	}}
	b.Info = func() Info { return info }
	for _, path := range []string{"/", "/transactions", "/messages", "/transactions/" + event.Ref, "/status.json"} {
		_, page := get(t, b, path)
		for _, local := range []string{"ann@", "bob@", "cy@", "hello@", "bounce@", "news@", "News@"} {
			if strings.Contains(page, local) {
				t.Errorf("%s shows %s", path, local)
			}
		}
		if !hashed.MatchString(page) {
			t.Errorf("%s has no masked address", path)
		}
	}
}

func TestTheLatestTransactionsAreKept(t *testing.T) {
	t.Parallel()
	b := new(Board)
	for i := range 3*kept + 7 {
		b.Record(proxy.Event{Ref: fmt.Sprint(i), Code: 250})
	}
	events := b.events()
	if len(events) != kept || events[0].Ref != fmt.Sprint(3*kept+6) || events[kept-1].Ref != fmt.Sprint(2*kept+7) {
		t.Errorf("%d kept, from %s to %s", len(events), events[0].Ref, events[len(events)-1].Ref)
	}
	if b.counted().Relayed != 3*kept+7 {
		t.Errorf("totals %+v", b.counted())
	}
}

func TestTheOverviewIsShortAndLeadsToTheRest(t *testing.T) {
	t.Parallel()
	b := new(Board)
	for i := range kept {
		event := denied()
		event.Ref = fmt.Sprintf("ref%03d", i)
		b.Record(event)
	}
	_, page := get(t, b, "/")
	if n := strings.Count(page, `"/transactions/ref`); n != listed || len(page) > 60_000 {
		t.Errorf("%d transactions in %d octets", n, len(page))
	}
	if !strings.Contains(page, `<a href="/transactions">175 earlier ones</a>`) {
		t.Error("no way to the others")
	}
	_, page = get(t, b, "/transactions")
	if n := strings.Count(page, `"/transactions/ref`); n != kept {
		t.Errorf("%d of %d transactions on their page", n, kept)
	}
}

func TestASentTransactionLeadsToItsCapturedMessage(t *testing.T) {
	t.Parallel()
	const path, link = "/transactions/01JDC0000000000000000SENT", `<a href="/messages/0102019a-sim/view">`
	b := simulated()
	if _, page := get(t, b, path); !strings.Contains(page, link) {
		t.Error("no link to the captured message")
	}
	b.Captured = func() []Captured { return nil }
	if _, page := get(t, b, path); strings.Contains(page, link) {
		t.Error("a link to a message that is no longer kept")
	}
	b.Captured = nil
	if _, page := get(t, b, path); strings.Contains(page, link) {
		t.Error("a link to a message that nobody captured")
	}
}

func TestOfALongMessageTheBeginningIsShown(t *testing.T) {
	t.Parallel()
	b := &Board{Captured: func() []Captured {
		return []Captured{{ID: "long", Data: []byte("Subject: long\r\n\r\n" + strings.Repeat("x", 10*longest))}}
	}}
	if _, page := get(t, b, "/messages/long/view"); !strings.Contains(page, "only its beginning") || len(page) > 2*longest {
		t.Errorf("%d octets", len(page))
	}
	if _, raw := get(t, b, "/messages/long"); len(raw) != 17+10*longest {
		t.Errorf("%d octets of the raw message", len(raw))
	}
}

// TestHeadingsAreInOrder holds that no page skips a level, and each begins with
// its one h1.
func TestHeadingsAreInOrder(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/transactions", "/transactions/01JDC0000000000000000DENY", "/messages", "/messages/0102019a-sim/view", "/nothing"} {
		_, page := get(t, simulated(), path)
		level := 0
		for _, tag := range markup(t, page) {
			var next int
			if n, _ := fmt.Sscanf(tag, "StartTag h%d", &next); n != 1 {
				continue
			}
			if next > level+1 || next == 1 && level != 0 {
				t.Errorf("%s: h%d after h%d", path, next, level)
			}
			level = next
		}
	}
}

func TestRecordingAndReadingGoTogether(t *testing.T) {
	t.Parallel()
	b := simulated()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				b.Record(denied())
			}
		})
		wg.Go(func() {
			for range 3 {
				get(t, b, "/")
				get(t, b, "/status.json")
			}
		})
	}
	wg.Wait()
	if n := b.counted().Transactions; n != 803 {
		t.Errorf("%d transactions, want 803", n)
	}
}

func BenchmarkRecord(b *testing.B) {
	board, event := new(Board), denied()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			board.Record(event)
		}
	})
}

func BenchmarkOverview(b *testing.B) {
	board := new(Board)
	for range kept {
		board.Record(denied())
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Host = "localhost"
	b.ReportAllocs()
	for b.Loop() {
		board.ServeHTTP(httptest.NewRecorder(), r)
	}
}
