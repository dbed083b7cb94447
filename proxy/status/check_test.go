package status

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"sesgate/authz"
)

// asked is a board whose check form answers with a verdict of d.
func asked(d authz.Decision) (*Board, *Draft) {
	got := new(Draft)
	b := &Board{Check: func(_ context.Context, draft Draft) (authz.Verdict, error) {
		*got = draft
		if draft.From == "nobody" {
			return authz.Verdict{}, errors.New(`from "nobody": there is no @ in it`)
		}
		return authz.Verdict{Decision: d, Principal: "arn:aws:iam::111122223333:role/app", Region: "eu-west-1"}, nil
	}}
	return b, got
}

func TestTheCheckFormAnswers(t *testing.T) {
	t.Parallel()
	for d, word := range map[authz.Decision]string{authz.Allow: "✓ may send", authz.Deny: "✗ may not send", authz.Unknown: "? not certain"} {
		b, got := asked(d)
		get(t, b, "/check")
		resp, page := post(t, b, url.Values{"token": {b.formToken}, "from": {" news@example.com "}, "to": {"a@example.org, b@example.org;\r\nc@example.org"}, "name": {"News"}})
		if resp.StatusCode != http.StatusOK || !strings.Contains(visible(t, page), word) {
			t.Errorf("%d, want %q in\n%s", resp.StatusCode, word, visible(t, page))
		}
		if got.From != "news@example.com" || got.Name != "News" || strings.Join(got.To, " ") != "a@example.org b@example.org c@example.org" {
			t.Errorf("asked about %+v", got)
		}
	}
}

func TestTheCheckFormNamesMistakes(t *testing.T) {
	t.Parallel()
	b, _ := asked(authz.Allow)
	get(t, b, "/check")
	resp, page := post(t, b, url.Values{"token": {b.formToken}, "from": {"nobody"}, "to": {"a@example.org"}})
	if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(visible(t, page), "there is no @ in it") || !strings.Contains(page, `value="a@example.org"`) {
		t.Errorf("%d\n%s", resp.StatusCode, page)
	}
}

func TestOnlyItsOwnPageMayFillInTheCheckForm(t *testing.T) {
	t.Parallel()
	form := url.Values{"from": {"news@example.com"}, "to": {"a@example.org"}}
	for _, tt := range []struct {
		name, host, origin, site string
		token                    bool
		status                   int
	}{
		{"its own page", "127.0.0.1:8025", "http://127.0.0.1:8025", "same-origin", true, 200},
		{"an old browser", "127.0.0.1:8025", "", "", true, 200},
		{"no token", "127.0.0.1:8025", "http://127.0.0.1:8025", "same-origin", false, 403},
		{"a foreign page", "127.0.0.1:8025", "http://evil.example", "cross-site", true, 403},
		{"another port", "127.0.0.1:8025", "http://127.0.0.1:9000", "same-site", true, 403},
		{"a foreign origin", "127.0.0.1:8025", "http://evil.example", "", true, 403},
		{"a rebound name", "evil.example", "http://evil.example", "same-origin", true, 421},
	} {
		b, _ := asked(authz.Allow)
		get(t, b, "/check")
		if form.Del("token"); tt.token {
			form.Set("token", b.formToken)
		}
		r := httptest.NewRequest(http.MethodPost, "/check", strings.NewReader(form.Encode()))
		r.Host = tt.host
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if tt.origin != "" {
			r.Header.Set("Origin", tt.origin)
		}
		if tt.site != "" {
			r.Header.Set("Sec-Fetch-Site", tt.site)
		}
		if resp, body := answered(t, b, r); resp.StatusCode != tt.status {
			t.Errorf("%s: %d, want %d: %.200s", tt.name, resp.StatusCode, tt.status, body)
		}
	}
}

func TestAFormThatIsTooLongIsNotRead(t *testing.T) {
	t.Parallel()
	b, got := asked(authz.Allow)
	get(t, b, "/check")
	resp, _ := post(t, b, url.Values{"token": {b.formToken}, "from": {strings.Repeat("x", longestForm)}, "to": {"a@example.org"}})
	if resp.StatusCode != http.StatusBadRequest || got.From != "" {
		t.Errorf("%d", resp.StatusCode)
	}
}

func TestWithoutAPreflightThereIsNoForm(t *testing.T) {
	t.Parallel()
	if resp, page := get(t, new(Board), "/check"); resp.StatusCode != http.StatusNotFound || strings.Contains(page, "<form") {
		t.Errorf("%d", resp.StatusCode)
	}
	if resp, _ := post(t, new(Board), url.Values{"from": {"x"}}); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("%d", resp.StatusCode)
	}
}

func TestTheTokenIsAskedOfAllButProbes(t *testing.T) {
	t.Parallel()
	b := &Board{Token: "correct horse battery staple", Ready: func() []string { return []string{"the account is paused"} }}
	for _, tt := range []struct {
		path, header, client string
		status               int
		says                 string
	}{
		{"/", "", "192.0.2.1:999", 401, "token"},
		{"/", "Bearer wrong", "192.0.2.1:999", 401, "token"},
		{"/", "Bearer ", "127.0.0.1:999", 401, "token"},
		{"/status.json", "", "127.0.0.1:999", 401, "token"},
		{"/nothing", "", "127.0.0.1:999", 401, "token"},
		{"/", "Bearer correct horse battery staple", "192.0.2.1:999", 200, "Overview"},
		{"/", "Basic YW5uOmNvcnJlY3QgaG9yc2UgYmF0dGVyeSBzdGFwbGU=", "192.0.2.1:999", 200, "Overview"},
		{"/livez", "", "192.0.2.1:999", 200, "live"},
		{"/readyz", "", "192.0.2.1:999", 503, "not ready\n"},
		{"/readyz", "", "127.0.0.1:999", 503, "the account is paused\n"},
		{"/readyz", "Bearer correct horse battery staple", "192.0.2.1:999", 503, "the account is paused\n"},
	} {
		r := httptest.NewRequest(http.MethodGet, tt.path, nil)
		r.Host, r.RemoteAddr = "localhost", tt.client
		if tt.header != "" {
			r.Header.Set("Authorization", tt.header)
		}
		resp, body := answered(t, b, r)
		if resp.StatusCode != tt.status || !strings.Contains(body, tt.says) {
			t.Errorf("%s with %q from %s: %d %.60q, want %d %q", tt.path, tt.header, tt.client, resp.StatusCode, body, tt.status, tt.says)
		}
		if tt.status == 401 && len(resp.Header.Values("WWW-Authenticate")) != 2 {
			t.Errorf("%s: no word of how to authenticate", tt.path)
		}
	}
}
