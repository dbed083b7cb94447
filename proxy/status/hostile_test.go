package status

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
	"sesgate/proxy"
)

// corpus is what strangers write into addresses, headers and policies.
var corpus = []string{
	`<script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`' onmouseover='alert(1)`,
	`" autofocus onfocus=alert(1) x="`,
	`javascript:alert(1)`,
	`</code></details><h1>owned</h1>`,
	`</title><script src=//evil.example/x.js></script>`,
	`<!--`, `-->`, `<![CDATA[`, `]]>`,
	`<svg/onload=alert(1)>`,
	`<iframe srcdoc="&lt;script&gt;alert(1)&lt;/script&gt;">`,
	`<base href=//evil.example/>`,
	`<meta http-equiv=refresh content=0;url=//evil.example>`,
	`<link rel=stylesheet href=//evil.example/x.css>`,
	`<style>*{background:url(//evil.example)}</style>`,
	`<form action=//evil.example><input name=q>`,
	"`${alert(1)}`", `{{.Info}}`, `{{template "bottom"}}`, `&lt;script&gt;`, `&#60;script&#62;`,
	"\x00<script>", "\xff\xfe<script>", "\xc0\xbcscript\xc0\xbe", "+ADw-script+AD4-",
	"\x1b]0;owned\x07", "\x1b[2J", "a\r\nSet-Cookie: x=1", "\u202egnp.exe", "\u2066\u2069", "\u200b", "\u2028", "\x7f", "\x9b",
	strings.Repeat("<", 5000), strings.Repeat("A", 3*longest),
	"../../etc/passwd", "//evil.example/", "%2e%2e%2f", "?x=<script>", "#<script>",
}

// everywhere is a board with s in every place that others fill.
func everywhere(s string) *Board {
	gap := facts.Gap{What: s, Call: s, Permission: s, Err: apiError("AccessDenied")}
	b := &Board{
		Info: func() Info {
			return Info{Version: s, Started: noon, Listeners: []string{s, s}, Principal: s, Account: s, Region: s, Mode: s, Simulated: true,
				Gaps: []facts.Gap{gap, {What: s, Call: s, Err: errors.New("cause: " + s)}}}
		},
		Ready: func() []string { return []string{s} },
		State: func() State {
			judged := authz.Verdict{Decision: authz.Deny, Findings: []diagnosis.Finding{{Code: diagnosis.Code(s), Title: s}}, Gaps: []facts.Gap{gap}}
			return State{
				Account: facts.Fact[facts.Account]{At: noon, Value: facts.Account{SendingEnabled: true, Enforcement: s, Max24HourSend: 200, SentLast24Hours: 7}},
				Senders: []Sender{{Identity: s, Status: s, As: s}, {Identity: s, Status: s, As: s, Judged: noon, Verdict: judged}},
			}
		},
		Check: func(_ context.Context, d Draft) (authz.Verdict, error) {
			if d.From == "" {
				return authz.Verdict{}, errors.New(s)
			}
			return authz.Verdict{Principal: s, Region: s, Gaps: []facts.Gap{gap}, Findings: []diagnosis.Finding{{Code: diagnosis.Code(s), Title: s, Detail: s, Fix: s,
				Layer: s, Source: s, Sid: s, Statement: s, ConditionKey: s, Resource: s, Recipients: []string{s}}}}, nil
		},
		Captured: func() []Captured {
			return []Captured{{ID: s, Time: noon, From: s, To: []string{s, s}, Data: []byte(s)}}
		},
	}
	b.Record(proxy.Event{
		Ref: s, Time: noon, Listener: s, Client: s, MailFrom: s, HeaderFrom: s, Recipients: []string{s, s}, Refused: []string{s},
		Size: 1, Principal: s, Region: s, Identity: s, Checked: true, Cache: s, Gaps: 3, Preflight: time.Second, SES: time.Second,
		Findings: []diagnosis.Finding{{Code: diagnosis.Code(s), Title: s, Detail: s, Fix: s, Layer: s, Source: s, Sid: s, Statement: s,
			ConditionKey: s, Resource: s, Recipients: []string{s, s}, Suspected: true}},
		SESMessageID: s, SESRequestID: s, Attempts: 1, Ambiguous: true, Contradicted: true, Removed: []string{s}, Reply: s, Code: 550,
	})
	return b
}

// markup is the structure of a page: every tag with its attributes' names, and
// the values of those that are not text.
func markup(t *testing.T, page string) []string {
	t.Helper()
	var tags []string
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				t.Fatal(z.Err())
			}
			return tags
		case html.CommentToken:
			tags = append(tags, "comment")
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			if tag := shape(t, z.Token()); tag != "StartTag wbr" { // as many as there are ARNs
				tags = append(tags, tag)
			}
		}
	}
}

func shape(t *testing.T, token html.Token) string {
	t.Helper()
	s := token.Type.String() + " " + token.Data
	for _, a := range token.Attr {
		s += " " + a.Key
		if a.Key == "href" && !ownAddress(a.Val) {
			t.Errorf("a link to %q", a.Val)
		}
	}
	return s
}

func ownAddress(href string) bool {
	if slices.Contains([]string{"#main", "#sender", "#unknown", "/", "/style.css", "/icon.svg", "/check", "/codes", "/messages", "/transactions"}, href) {
		return true
	}
	rest, ok := strings.CutPrefix(strings.TrimSuffix(href, "/view"), "/messages/")
	if !ok {
		rest, ok = strings.CutPrefix(href, "/transactions/")
	}
	if !ok {
		rest, ok = strings.CutPrefix(href, "/codes/")
	}
	if query, isCheck := strings.CutPrefix(href, "/check?from="); isCheck {
		rest, ok = strings.CutSuffix(query, "&to=success%40simulator.amazonses.com")
	}
	return ok && !strings.ContainsAny(rest, "<>\"' ?#/\r\n")
}

func TestHostileTextNeverComesOutAsMarkup(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/transactions", "/messages", "/nothing"} {
		_, tame := get(t, everywhere("tame"), path)
		want := strings.Join(markup(t, tame), "\n")
		for _, s := range corpus {
			_, page := get(t, everywhere(s), path)
			if got := strings.Join(markup(t, page), "\n"); got != want {
				t.Errorf("%s: %.60q changes the page's markup:\n%s", path, s, got)
			}
			if i := strings.IndexFunc(page, unprintable); i >= 0 {
				t.Errorf("%s: %.60q: an unprintable character comes through: %.40q", path, s, page[i:])
			}
		}
	}
}

// unprintable are the characters that act on a terminal or on the direction of text.
func unprintable(r rune) bool {
	return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// TestHostileTextInTheCheckForm fills in the form and has it answered.
func TestHostileTextInTheCheckForm(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"given", ""} {
		shown := func(s string) string {
			b := everywhere(s)
			_, form := get(t, b, "/check?from="+url.QueryEscape(s)+"&to="+url.QueryEscape(s)+"&name="+url.QueryEscape(s))
			_, page := post(t, b, url.Values{"token": {b.formToken}, "from": {from}, "to": {s}, "name": {s}})
			if i := strings.IndexFunc(form+page, unprintable); i >= 0 {
				t.Errorf("%.60q: an unprintable character comes through: %.40q", s, (form + page)[i:])
			}
			return strings.Join(markup(t, form), "\n") + strings.Join(markup(t, page), "\n")
		}
		want := shown("tame")
		for _, s := range corpus {
			if len(s) > longestForm/8 {
				continue // the form is refused
			}
			if got := shown(s); got != want {
				t.Errorf("%.60q changes the page's markup:\n%s", s, got)
			}
		}
	}
}

// post sends the check form as a browser does from its own page.
func post(t *testing.T, b *Board, form url.Values) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/check", strings.NewReader(form.Encode()))
	r.Host = "127.0.0.1:8025"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://127.0.0.1:8025")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return answered(t, b, r)
}

func TestHostileTextWithinAdviceNeverComesOutAsMarkup(t *testing.T) {
	t.Parallel()
	advised := func(s string) string {
		b := new(Board)
		b.Record(proxy.Event{Ref: "x", Findings: []diagnosis.Finding{{
			Title: "arn:" + s, Fix: "publish a" + s + ".example CNAME b" + s + "; then aws sesv2 get-account --region c" + s,
		}}})
		_, page := get(t, b, "/transactions/x")
		return page
	}
	for _, s := range []string{`<script>alert(1)</script>`, `</pre><h1>owned</h1>`, `"><img/src=x/onerror=alert(1)>`, `<wbr/onclick=alert(1)>`, `&lt;b&gt;`} {
		page := advised(s)
		if strings.Contains(page, s) || strings.Contains(page, "<img") || strings.Count(page, "<script") != 1 || strings.Count(page, "<h1") != 1 {
			t.Errorf("%s comes through:\n%s", s, page)
		}
		for _, tag := range markup(t, page) {
			if strings.Contains(tag, " on") {
				t.Errorf("%s makes %s", s, tag)
			}
		}
	}
}

func TestAHostileMessageIsShownAsText(t *testing.T) {
	t.Parallel()
	shown := func(s string) string {
		b := &Board{Captured: func() []Captured {
			return []Captured{{ID: "x", From: s, To: []string{s, s}, Data: []byte(strings.Repeat("padding\r\n", longest) + s)}, {ID: "y", Data: []byte(s)}}
		}}
		_, long := get(t, b, "/messages/x/view")
		_, short := get(t, b, "/messages/y/view")
		if i := strings.IndexFunc(long+short, unprintable); i >= 0 {
			t.Errorf("%.60q: an unprintable character comes through", s)
		}
		return strings.Join(markup(t, long), "\n") + strings.Join(markup(t, short), "\n")
	}
	want := shown("tame")
	for _, s := range corpus {
		if shown(s) != want {
			t.Errorf("%.60q changes the page's markup", s)
		}
	}
}

func TestOneHostileTransactionOnItsOwnPage(t *testing.T) {
	t.Parallel()
	tame := everywhere("x")
	_, page := get(t, tame, "/transactions/x")
	want := strings.Join(markup(t, page), "\n")
	for _, s := range corpus {
		b := everywhere(s)
		event := b.events()[0]
		event.Ref = "x"
		b.Record(event)
		_, page := get(t, b, "/transactions/x")
		if got := strings.Join(markup(t, page), "\n"); got != want {
			t.Errorf("%.60q changes the page's markup", s)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	for _, s := range corpus {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := printable(s); strings.IndexFunc(got, unprintable) >= 0 || len(got) > 12*longest {
			t.Errorf("%q becomes %q", s, got)
		}
	})
}

func FuzzRequest(f *testing.F) {
	f.Add("GET", "localhost", "/")
	f.Add("GET", "evil.example", "/messages/../x")
	f.Add("HEAD", "[::1", "//transactions//")
	b := everywhere("<b>")
	f.Fuzz(func(t *testing.T, method, host, path string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Method, r.Host, r.URL.Path, r.URL.RawPath = method, host, path, ""
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		if w.Header().Get("Content-Security-Policy") == "" || w.Code == 500 {
			t.Errorf("%d without a policy", w.Code)
		}
	})
}
