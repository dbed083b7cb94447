package proxy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
)

// crlfs writes a message with CRLF line endings.
func crlfs(text string) []byte { return []byte(strings.ReplaceAll(text, "\n", "\r\n")) }

func TestHeadersThatSteerSESAreTakenOut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, in, want string
		removed        []string
	}{
		{"none", "From: a@b.c\n\nbody\n", "From: a@b.c\n\nbody\n", nil},
		{"each", "X-SES-CONFIGURATION-SET: a\nX-SES-MESSAGE-TAGS: a=b\nFrom: a@b.c\nX-SES-SOURCE-ARN: a\n\nbody\n", "From: a@b.c\n\nbody\n",
			[]string{"X-SES-CONFIGURATION-SET", "X-SES-MESSAGE-TAGS", "X-SES-SOURCE-ARN"}},
		{"any letter case, twice", "x-ses-tenant: a\nFrom: a@b.c\nX-Ses-Tenant: b\n\n", "From: a@b.c\n\n", []string{"x-ses-tenant", "X-Ses-Tenant"}},
		{"folded", "From: a@b.c\nX-SES-TENANT:\n a\n\tb\nTo: c@d.e\n f\n\n", "From: a@b.c\nTo: c@d.e\n f\n\n", []string{"X-SES-TENANT"}},
		{"a blank before the colon", "X-SES-TENANT : a\nFrom: a@b.c\n\n", "From: a@b.c\n\n", []string{"X-SES-TENANT"}},
		{"a blank before the first name", " X-SES-TENANT: a\nFrom: a@b.c\n\n", "From: a@b.c\n\n", []string{"X-SES-TENANT"}},
		{"after a line that is no field", "garbage\nX-SES-TENANT: a\nFrom: a@b.c\n\n", "garbage\nFrom: a@b.c\n\n", []string{"X-SES-TENANT"}},
		{"alone", "X-SES-TENANT: a\n\nbody\n", "\nbody\n", []string{"X-SES-TENANT"}},
		{"without a body", "X-SES-TENANT: a\n", "", []string{"X-SES-TENANT"}},
		{"not in the body", "From: a@b.c\n\nX-SES-TENANT: a\n", "From: a@b.c\n\nX-SES-TENANT: a\n", nil},
		{"blind recipients", "From: a@b.c\nBcc: x@b.c,\n y@b.c\nresent-bcc: z@b.c\n\nBcc: z@b.c\n", "From: a@b.c\n\nBcc: z@b.c\n", []string{"Bcc", "resent-bcc"}},
		{"not of like names", "X-SESSION: a\nX-SE: b\nX-My-X-SES-A: c\n\n", "X-SESSION: a\nX-SE: b\nX-My-X-SES-A: c\n\n", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := scan(crlfs(test.in))
			if diff := cmp.Diff(string(crlfs(test.want)), string(got.data)); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.removed, got.removed); diff != "" {
				t.Errorf("removed (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFaultsOfTheMessage has what SES refuses, and beside it what it does not.
func TestFaultsOfTheMessage(t *testing.T) {
	t.Parallel()
	const from = "From: a@b.c\n"
	long := strings.Repeat("x", maxLine)
	for _, test := range []struct {
		name, in string
		code     diagnosis.Code // "" for none
		title    string         // part of it
	}{
		{"nothing", from + "\nbody\n", "", ""},
		{"a line of 998 octets", from + "\n" + long + "\n", "", ""},
		{"a line of 999", from + "\n" + long + "x\n", diagnosis.MsgLine, "line 3 of the message is 999 octets long"},
		{"a long line in the header", from + "Subject: " + long + "\n\n", diagnosis.MsgLine, "line 2 of the message is 1007 octets long"},
		{"a long line that is taken out", from + "X-SES-TENANT: " + long + "\n " + long + "\n\n", "", ""},
		{"a long line below one that is taken out", "X-SES-TENANT: a\n b\n" + from + "\n" + long + "x\n", diagnosis.MsgLine, "line 5 of"},
		{"NUL", from + "\nbo\x00dy\n", diagnosis.MsgNUL, "line 3 of"},
		{"a header twice", from + "Date: 1\nDATE: 2\n\n", diagnosis.MsgDupHdr, "header Date occurs twice"},
		{"DKIM-Signature twice", from + "DKIM-Signature: 1\nDKIM-Signature: 2\n\n", diagnosis.MsgDupHdr, "DKIM-Signature"},
		{"From twice", from + from + "\n", diagnosis.MsgDupHdr, "From"},
		{"Received and X- headers twice", from + "Received: 1\nReceived: 2\nX-A: 1\nX-A: 2\nTo: d@e.f\nTo: g@h.i\n\n", "", ""},
		{"a header twice in the body", from + "Date: 1\n\nDate: 2\n", "", ""},
		{"no From", "To: a@b.c\n\nFrom: a@b.c\n", diagnosis.MsgNoFrom, ""},
		{"no header", "\nFrom: a@b.c\n", diagnosis.MsgNoFrom, ""},
		{"an empty From", "From: \n\n", diagnosis.MsgNoFrom, "line 1"},
		{"a From that says nothing", "From: undisclosed\n\n", diagnosis.MsgFrom, "line 1"},
		{"two addresses in From", "From: a@b.c, d@e.f\n\n", diagnosis.MsgMultiFrom, "line 1"},
		{"a From that is not ASCII", "From: <ä@b.c>\n\n", diagnosis.MsgUTF8, "line 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			findings := scan(crlfs(test.in)).findings
			switch {
			case test.code == "" && len(findings) == 0:
			case len(findings) != 1 || findings[0].Code != test.code || !strings.Contains(findings[0].Title, test.title):
				t.Errorf("got %+v, want %s with %q", findings, test.code, test.title)
			}
		})
	}
}

func TestEveryFaultIsNamedOnce(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("Subject: "+strings.Repeat("x", 1000)+"\n", 3) + strings.Repeat("Date: \x00\n", 3) + "\n"
	got := codes(scan(crlfs(text)).findings)
	want := []string{"msg-nofrom", "msg-duphdr", "msg-duphdr", "msg-line", "msg-nul"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

func TestFromIsReadAsSESReadsIt(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in   string
		want authz.Header
	}{
		{"a@b.c", authz.Header{From: "a@b.c"}},
		{"<A.b@B.C>", authz.Header{From: "A.b@B.C"}},
		{"Ann <a@b.c>", authz.Header{From: "a@b.c", FromName: "Ann"}},
		{`"Doe, John" <a@b.c>`, authz.Header{From: "a@b.c", FromName: "Doe, John"}},
		{`"Ann \"A\" B" <a@b.c>`, authz.Header{From: "a@b.c", FromName: `Ann "A" B`}},
		{"Ann\n Bee\n <a@b.c>", authz.Header{From: "a@b.c", FromName: "Ann Bee"}},
		{`"john doe"@b.c`, authz.Header{From: `"john doe"@b.c`}},
		{"=?utf-8?q?J=C3=B6rg?= <a@b.c>", authz.Header{From: "a@b.c", NameOpaque: true}},
		{"=?x-unknown?b?QQ==?= <a@b.c>", authz.Header{From: "a@b.c", NameOpaque: true}},
		{"Jörg <a@b.c>", authz.Header{From: "a@b.c", NameOpaque: true}},
		{"a@b.c (Ann)", authz.Header{From: "a@b.c", NameOpaque: true}},
		// Not well formed, but of one reading.
		{"Doe, John <a@b.c>", authz.Header{From: "a@b.c", NameOpaque: true}},
		{"Ann <a@b.c", authz.Header{}},
		{"Ann [x] <a@b.c>", authz.Header{From: "a@b.c", NameOpaque: true}},
		{"a@b.c <d@e.f>", authz.Header{From: "d@e.f", NameOpaque: true}},
		{`"a@b.c" via list <d@e.f>, `, authz.Header{From: "d@e.f", FromName: "a@b.c via list"}},
		{"Ann a@b.c", authz.Header{From: "a@b.c", NameOpaque: true}},
		{"Ann (x <d@e.f>) [y] <a@b.c>", authz.Header{From: "a@b.c", NameOpaque: true}},
		{"<@relay:a@b.c>", authz.Header{}},
		{"Ann <>", authz.Header{}},
		{"@", authz.Header{}},
	} {
		got := scan(crlfs("From: " + test.in + "\n\n")).header
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.in, diff)
		}
	}
}

func TestTheHeaderNamesWhomSESAuthorises(t *testing.T) {
	t.Parallel()
	got := scan(crlfs("From: a@b.c\nSender: s@b.c\nReturn-Path: <r@b.c>\nTo: t1@b.c, \"T\" <t2@b.c>\nCc: g: c@b.c;\nBcc: b@b.c\nTo: t3@b.c\n\n")).header
	want := authz.Header{From: "a@b.c", Sender: "s@b.c", ReturnPath: "r@b.c", Recipients: []string{"t1@b.c", "t2@b.c", "c@b.c", "t3@b.c"}} // Bcc goes no further
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
}

// TestOddMailArrivesUnchanged has messages that test suites and old software
// send, and that SES is to judge.
func TestOddMailArrivesUnchanged(t *testing.T) {
	t.Parallel()
	const from = "From: a@b.c\n"
	for _, text := range []string{
		from + "\n",
		from,
		from + "no colon here\nSubject: x\n\n",
		"From a@b.c Mon Jan  1 00:00:00 2026\n" + from + "\n",
		from + ": empty name\n\nbody\n",
		from + "Subject:\n\n",
		from + "Subject: 8bit \xe4\xf6\xfc\n\n\xff\xfe body\n",
		from + " \n\t\nSubject: folded by blanks only\n\n",
		from + "Content-Type: multipart/mixed; boundary=x\n\n--x\n\n--y--\n",
		from + strings.Repeat("X-A: b\n", 2000) + "\n",
		from + "\n.\n..\n.leading\n\n\n",
		from + "\ncontrol \x01\x1b\x7f octets\n",
	} {
		got := scan(crlfs(text))
		if string(got.data) != string(crlfs(text)) || len(got.findings) > 0 || len(got.removed) > 0 {
			t.Errorf("%.60q became %.60q with %v", text, got.data, got.findings)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	for _, size := range []int{4 << 10, 1 << 20} {
		text := letter + strings.Repeat(strings.Repeat("x", 74)+"\r\n", size/76)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if m := scan([]byte(text)); len(m.findings) > 0 {
					b.Fatal(m.findings)
				}
			}
		})
	}
}

// What SES may be able to read is left to SES, with a From that is not known; what
// holds no address at all it refuses ("Missing final '@domain'").
func TestAFromThatOnlyWeCannotReadIsLeftToSES(t *testing.T) {
	t.Parallel()
	for text, refused := range map[string]bool{
		"<@relay.example:news@example.com>": false,
		"<<news@example.com>>":              false,
		"\"News <news@example.com>":         false,
		"News":                              true,
		"MAILER DAEMON <>":                  true,
	} {
		msg := scan([]byte("From: " + text + "\r\n\r\nHello\r\n"))
		if got := len(msg.findings) > 0; got != refused {
			t.Errorf("From: %s: refused %v, want %v: %+v", text, got, refused, msg.findings)
		}
	}
}

func TestAnEventTellsTheWorstOfItsFacts(t *testing.T) {
	t.Parallel()
	for worst, rest := range map[string][]string{"stale": {"", "hit"}, "miss": {"", "hit", "stale"}} {
		for _, other := range rest {
			if freshness[worst] <= freshness[other] {
				t.Errorf("%q is taken to be no worse than %q", worst, other)
			}
		}
	}
}
