package diagnosis

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const testUnverified = "554 Message rejected: Email address is not verified. The following identities failed the check in region US-EAST-1: "

func TestParseUnverifiedReadsTheList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, list string
		want       []string
		truncated  bool
	}{
		{"one", "a@example.com", []string{"a@example.com"}, false},
		{"several", "a@example.com, b@example.org, example.net", []string{"a@example.com", "b@example.org", "example.net"}, false},
		{"cut, after a comma", "a@example.com, ...", []string{"a@example.com"}, true},
		{"cut, at once", "a@example.com...", []string{"a@example.com"}, true},
		{"with names", `Ann <a@example.com>, "B, C" <b@example.org>`, []string{"a@example.com", "b@example.org"}, false},
		{"with a quoted local part", `"a b"@example.com, c@example.com`, []string{`"a b"@example.com`, "c@example.com"}, false},
		{"with an apostrophe", "o'brien@example.com'", []string{"o'brien@example.com"}, false},
		{"before JSON", `a@example.com"}`, []string{"a@example.com"}, false},
		{"before the SDK for Java", "a@example.com (Service: AmazonSES; Status Code: 400)", []string{"a@example.com"}, false},
		{"before other words", "a@example.com, see the guide", []string{"a@example.com"}, false},
		{"over several lines", "a@example.com,\n\tb@example.org", []string{"a@example.com", "b@example.org"}, false},
		{"empty", "", nil, false},
		{"not readable", "(none)", nil, false},
	} {
		got, ok := ParseUnverified(testUnverified + c.list)
		want := Unverified{Region: "us-east-1", Identities: c.want, Truncated: c.truncated}
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%s: %t (-want +got):\n%s", c.name, ok, diff)
		}
	}
}

func TestParseUnverifiedBoundsTheList(t *testing.T) {
	t.Parallel()
	var list strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&list, "a%d@example.com, ", i)
	}
	u, _ := ParseUnverified(testUnverified + list.String())
	if len(u.Identities) != maxIdentities {
		t.Errorf("%d identities", len(u.Identities))
	}
	checkClean(t, u.As(IDNone))
}

func TestParseUnverifiedFindsNoneWhereThereIsNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "Email address is verified", "email addresses are not checked"} {
		if u, ok := ParseUnverified(text); ok {
			t.Errorf("ParseUnverified(%q) = %+v", text, u)
		}
	}
}

func TestUnverifiedIdentitiesAreToldApartByWhoTheyAre(t *testing.T) {
	t.Parallel()
	u := Unverified{Region: "eu-west-1", Identities: []string{"news@example.com", "kim@Example.org"}}
	senders, recipients := []string{"news@example.com"}, []string{"KIM@example.org", "news@example.com"}

	got := u.Findings(senders, recipients)
	want := []Finding{u.As(IDNone, "news@example.com"), u.As(SbxRcpt, "kim@Example.org")}
	want[1].Recipients = []string{"kim@Example.org"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got[1].Title != "sandbox: recipient not verified in eu-west-1: kim@Example.org" {
		t.Errorf("title %q", got[1].Title)
	}

	if got := u.Findings(nil, u.Identities); len(got) != 1 || got[0].Code != SbxRcpt {
		t.Errorf("recipients only: %+v", got)
	}
	if got := u.Findings(nil, nil); len(got) != 1 || got[0].Code != IDNone {
		t.Errorf("nothing known of the message: %+v", got)
	}
	if got := (Unverified{}).Findings(senders, recipients); len(got) != 1 || got[0].Code != IDNone || got[0].Title != "address not verified" {
		t.Errorf("nothing listed: %+v", got)
	}
}

func TestUnverifiedTakesTheCallersCode(t *testing.T) {
	t.Parallel()
	u := Unverified{Region: "eu-west-1", Identities: []string{"bounce@example.com"}}
	entry, _ := Lookup(IDRetPath)
	want := Finding{
		Code: IDRetPath, Title: "address not verified in eu-west-1: bounce@example.com", Fix: entry.Fix,
		Detail: "SES says: these identities failed the check in eu-west-1: bounce@example.com",
		Layer:  "ses", Source: "bounce@example.com",
	}
	if diff := cmp.Diff(want, u.As(IDRetPath)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func FuzzParseUnverified(f *testing.F) {
	for _, list := range []string{"a@b.c, d@e.f, ...", `"A, B" <a@b.c>`, "a@b.c...", "x", ""} {
		f.Add(testUnverified + list)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, ok := ParseUnverified(text)
		if !ok && len(u.Identities) > 0 {
			t.Errorf("none, yet %+v", u)
		}
		for _, id := range u.Identities {
			if !strings.Contains(plain(text), id) {
				t.Errorf("%q is not in the text %q", id, plain(text))
			}
		}
		for _, finding := range u.Findings(nil, u.Identities) {
			checkClean(t, finding)
		}
	})
}
