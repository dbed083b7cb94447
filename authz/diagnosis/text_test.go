package diagnosis

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTextsThatSayNothingAreNotRecognised(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " \n", "hello", "250 Ok 0102", "the session is over", "[session] opened", "[net] up",
		"unmissing domain", "tenant of a house", "no-such-code", "[no-such-code]", "550 5.7.1 greylisted [no-such-code]",
		"HTTP/1.1 404 Not Found", "HTTP/1.1 503 Service Unavailable", "Validation of the form", "Throttled pumps", "status code: 200", "An identity is verified", "LDAP lookup failed: try again", "getaddrinfo is slow",
	} {
		if f, ok := FromText(text); ok {
			t.Errorf("FromText(%q) = %+v", text, f)
		}
	}
}

func TestEveryCodeIsRecognisedByItself(t *testing.T) {
	t.Parallel()
	for _, e := range All() {
		for _, text := range []string{
			string(e.Code), "  " + string(e.Code) + "\n",
			"550 5.7.1 something is in the way [" + string(e.Code) + "]",
		} {
			if f, ok := FromText(text); !ok || f.Code != e.Code {
				t.Errorf("FromText(%q) = %s, %t", text, f.Code, ok)
			}
		}
	}
}

func TestAReplyOfOursKeepsItsTitle(t *testing.T) {
	t.Parallel()
	reply := "<<< 454-4.7.0 the token of role app ended at 10:00 [cred-expired]\r\n<<< 454 4.7.0 ref 01JD"
	entry, _ := Lookup(CredExpired)
	want := Finding{Code: CredExpired, Title: "the token of role app ended at 10:00", Fix: entry.Fix}
	got, ok := FromText(reply)
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("%t (-want +got):\n%s", ok, diff)
	}
}

func TestStatusesAreReadAsClientsWriteThem(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"StatusCode: 503, RequestID: x", "Status Code: 503;", `"statusCode":503`, "status_code=503",
	} {
		if f, ok := FromText(text); !ok || f.Code != Svc {
			t.Errorf("FromText(%q) = %s, %t", text, f.Code, ok)
		}
	}
}

func TestTheWordingThatBeginsFirstCounts(t *testing.T) {
	t.Parallel()
	denied := "User `" + testSession + "' is not authorized to perform `ses:SendRawEmail' on resource `" + testIdentity + "'"
	unverified := testUnverified + "a@example.com"
	for text, want := range map[string]Code{
		denied + "; Daily message quota exceeded":                            AccessDenied,
		"Daily message quota exceeded; " + denied:                            QDaily,
		unverified + "; Recipient count exceeds 50":                          IDNone,
		"Recipient count exceeds 50; " + unverified:                          MsgRcpt50,
		"Duplicate header 'Illegal address': Daily message quota exceeded.":  MsgAddr, // not a header's name, so not that wording
		"the tenant said: Tenant acme for AwsAccountId 1 not found":          TenNone,
		strings.Repeat("tenant ", 100) + "acme for AwsAccountId 1 not found": "", // too many beginnings
		"Configuration set Rate exceeded does not exist":                     CSNone,
	} {
		if f, _ := FromText(text); f.Code != want {
			t.Errorf("%q: %s, want %s", text, f.Code, want)
		}
	}
}

func TestLongTextsAreReadToTheirBound(t *testing.T) {
	t.Parallel()
	if f, ok := FromText("Daily message quota exceeded" + strings.Repeat("x", 1<<20)); !ok || f.Code != QDaily {
		t.Errorf("%s, %t", f.Code, ok)
	}
	if f, ok := FromText(strings.Repeat("x ", maxText) + "Daily message quota exceeded"); ok {
		t.Errorf("beyond the bound: %+v", f)
	}
	if f := FromAPI(&exception{"x", strings.Repeat("x ", 2*maxText) + "Daily message quota exceeded"}); f.Code != SvcUnknown {
		t.Errorf("beyond the bound: %+v", f)
	}
}

func FuzzFromText(f *testing.F) {
	for _, archive := range answers(f) {
		for _, file := range archive.Files {
			f.Add(string(file.Data))
		}
	}
	f.Add("550-5.7.1 x [scp-expl]\r\n550 5.7.1 ref")
	f.Add("get credentials: ")
	f.Fuzz(func(t *testing.T, text string) {
		finding, ok := FromText(text)
		if !ok {
			if diff := cmp.Diff(Finding{}, finding); diff != "" {
				t.Error(diff)
			}
			return
		}
		checkClean(t, finding)
		checkClean(t, FromAPI(&exception{"AccessDeniedException", text}))
	})
}
