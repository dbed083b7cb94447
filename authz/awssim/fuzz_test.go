package awssim_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sesgate/authz/awssim"
)

// signed is what a request needs to be taken for one of a service.
func signed(service string) http.Header {
	return http.Header{"Authorization": {"AWS4-HMAC-SHA256 Credential=AKID/20261123/eu-west-1/" + service + "/aws4_request, SignedHeaders=host, Signature=00"}}
}

func ask(ctx context.Context, w http.Handler, service, method, path, body string, header http.Header) *http.Response {
	request := httptest.NewRequest(method, "http://in.memory"+path, strings.NewReader(body))
	request = request.WithContext(ctx)
	request.Header = signed(service)
	for key, values := range header {
		request.Header[key] = values
	}
	recorder := httptest.NewRecorder()
	w.ServeHTTP(recorder, request)
	return recorder.Result()
}

// A world of any bytes loads or is refused, and what loads can be asked.
func FuzzLoadTxtar(f *testing.F) {
	for _, pattern := range []string{"testdata/mistakes/*.txtar", "testdata/send/*.txtar"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("no files in %s (%v)", pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Add([]byte(iamWorld))
	f.Add([]byte(sesWorld))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := awssim.LoadTxtar(data)
		if (w == nil) != (err != nil) {
			t.Fatalf("got world %v and error %v", w, err)
		}
		if err != nil {
			return
		}
		if w.Region() == "" || w.Caller() == "" {
			t.Errorf("a world without region or caller: %q, %q", w.Region(), w.Caller())
		}
		defer func() { // a fault of the world may end the connection
			if r := recover(); r != nil && r != http.ErrAbortHandler {
				panic(r)
			}
		}()
		gone, cancel := context.WithCancel(t.Context())
		cancel() // or a fault that hangs would
		ask(gone, w, "sts", "POST", "/", "Action=GetCallerIdentity", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	})
}

// SendEmail answers every body with JSON: a message ID or an error with a code.
func FuzzSendEmail(f *testing.F) {
	for _, body := range []string{
		`{"Content":{"Raw":{"Data":"RnJvbTogYUBleGFtcGxlLmNvbQ0KDQpoZWxsbw0K"}},"Destination":{"ToAddresses":["x@example.org"]}}`,
		`{"Content":{"Raw":{"Data":"not base64!"}}}`,
		`{"Content":{"Simple":{"Subject":{"Data":"s"},"Body":{"Html":{"Data":"h"}}}},"FromEmailAddress":"\"J, D\" <a@example.com>","Destination":{"CcAddresses":["(c) x@example.org"]}}`,
		`{"Content":{"Template":{"TemplateName":"t"}}}`,
		`{"Content":{"Raw":null},"EndpointId":"e"}`,
		`{"ConfigurationSetName":"\u0000"}`, `{}`, `[]`, `null`, ``, `{"Content":`,
	} {
		f.Add(body, "From: a@example.com\r\nTo: x@example.org\r\n\r\nhello\r\n")
	}
	for _, data := range []string{
		"", ":", "\r\n", "From:", "From: <", "From: <>", "From: \"", "From: a@example.com, \\", " folded\r\nFrom: (((a@example.com",
		"From: a@example.com\nReturn-Path: <>\nSender: ;,;\n", "From: a@example.com\r\nX-SES-SOURCE-ARN: arn:identity/\r\n\r\n",
	} {
		f.Add("", data)
	}
	w, err := awssim.LoadTxtar([]byte(open + "-- refusals.json --\n" + `[{"action": "ses:SendRawEmail", "from": "*+*", "to": "!*@example.org"}]`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body, data string) {
		wrapped, err := json.Marshal(map[string]any{"Content": map[string]any{"Raw": map[string]any{"Data": []byte(data)}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{body, string(wrapped)} {
			checkSendAnswer(t, ask(t.Context(), w, "ses", "POST", "/v2/email/outbound-emails", body, nil))
		}
	})
}

func checkSendAnswer(t *testing.T, response *http.Response) {
	t.Helper()
	var out struct{ MessageId, Message string }
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		t.Fatalf("%d with no JSON: %v", response.StatusCode, err)
	}
	code := response.Header.Get("X-Amzn-ErrorType")
	switch {
	case response.StatusCode == 200 && strings.HasSuffix(out.MessageId, "-sim") && code == "":
	case response.StatusCode >= 400 && response.StatusCode < 500 && code != "" && out.MessageId == "":
	default:
		t.Fatalf("got %d %s %+v", response.StatusCode, code, out)
	}
}

// Calls of the query protocol are answered with XML whatever their form.
func FuzzQuery(f *testing.F) {
	for _, form := range []string{
		"Action=GetRole&RoleName=app", "Action=ListRolePolicies&RoleName=app&MaxItems=0&Marker=x", "Action=ListGroupsForUser&UserName=jo&MaxItems=1",
		"Action=GetRolePolicy&RoleName=app&PolicyName=odd", "Action=GetPolicyVersion&PolicyArn=arn:aws:iam::111122223333:policy/edge&VersionId=v1",
		"Action=%zz", "Action=<evil>&RoleName=</Error>", "Action=GetRole&RoleName=\x00\xff", "",
	} {
		f.Add(form)
	}
	w, err := awssim.LoadTxtar([]byte(iamWorld))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, form string) {
		response := ask(t.Context(), w, "iam", "POST", "/", form, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
		decoder := xml.NewDecoder(response.Body)
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Fatalf("%d with no XML: %v", response.StatusCode, err)
			}
		}
	})
}
