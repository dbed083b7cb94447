package proxy

import (
	"bufio"
	"fmt"
	"net/textproto"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"sesgate/authz/diagnosis"
)

// wire is a reply as the library writes it.
func wire(t testing.TB, r *reply) []string {
	t.Helper()
	err, ok := r.error().(*smtp.SMTPError)
	if !ok {
		t.Fatalf("the library does not know %T", r.error())
	}
	lines := strings.Split(err.Message, "\n")
	for i, line := range lines {
		if i < len(lines)-1 {
			lines[i] = fmt.Sprintf("%d-%s", err.Code, line)
			continue
		}
		e := err.EnhancedCode
		lines[i] = fmt.Sprintf("%d %d.%d.%d %s", err.Code, e[0], e[1], e[2], line)
	}
	return lines
}

// checkReply holds lines to RFC 5321 section 4.2 and RFC 2034 section 4.
func checkReply(t testing.TB, lines []string) {
	t.Helper()
	enhanced := strings.Fields(lines[0][4:])[0]
	for i, line := range lines {
		switch {
		case len(line)+2 > maxReplyLine:
			t.Errorf("line of %d octets: %q", len(line)+2, line)
		case !isPrintable(line):
			t.Errorf("line is not printable ASCII: %q", line)
		case line[:3] != lines[0][:3]:
			t.Errorf("line has another code: %q", line)
		case !strings.HasPrefix(line[4:], enhanced+" "):
			t.Errorf("line has not the enhanced code %s: %q", enhanced, line)
		case enhanced[0] != line[0]:
			t.Errorf("class of %s is not that of the code: %q", enhanced, line)
		case (line[3] == ' ') != (i == len(lines)-1):
			t.Errorf("line is continued or not, at the wrong place: %q", line)
		case strings.TrimSpace(line[4+len(enhanced):]) == "":
			t.Errorf("line says nothing: %q", line)
		}
	}
	reader := textproto.NewReader(bufio.NewReader(strings.NewReader(strings.Join(lines, "\r\n") + "\r\n")))
	if _, _, err := reader.ReadResponse(0); err != nil {
		t.Errorf("a client cannot read the reply: %v", err)
	}
}

func TestEveryProtocolReplyIsValid(t *testing.T) {
	t.Parallel()
	for _, r := range []*reply{nestedMail, noMail, noHello, midMessage, noRecipients, unguarded, outOfStep, disconnected, closingDown, aborted, accepted("a\r\n250 ok\x00é")} {
		checkReply(t, wire(t, r))
	}
}

func TestEveryCatalogueEntryMakesAValidReply(t *testing.T) {
	t.Parallel()
	entries := diagnosis.All()
	if len(entries) == 0 {
		t.Skip("the catalogue is empty")
	}
	for _, e := range entries {
		for _, d := range []Diagnostics{DiagnosticsFull, DiagnosticsCode, DiagnosticsNone} {
			r := refusal{findings: []diagnosis.Finding{diagnosis.New(e.Code)}, ref: "01JD"}.reply(d)
			checkReply(t, wire(t, r))
			if r.code != e.Reply || r.enhanced != e.Enhanced {
				t.Errorf("%s: reply %d %s, catalogue says %d %s", e.Code, r.code, r.enhanced, e.Reply, e.Enhanced)
			}
		}
	}
}

func TestLongTextIsWrappedAndBounded(t *testing.T) {
	t.Parallel()
	arn := "arn:aws:iam::111122223333:policy/" + strings.Repeat("p", 600)
	f := diagnosis.Finding{
		Code:   "iam-deny",
		Title:  strings.Repeat("title ", 200),
		Detail: "policy " + arn + " statement " + strings.Repeat("word ", 100),
		Fix:    strings.Repeat("mend it ", 1000),
	}
	var many []diagnosis.Finding
	for range 20 {
		many = append(many, f)
	}
	lines := wire(t, refusal{findings: many, notes: make([]string, 100), ref: "01JD"}.reply(DiagnosticsFull))
	checkReply(t, lines)
	if !strings.HasSuffix(lines[0], " [iam-deny]") {
		t.Errorf("the first line has no code: %q", lines[0])
	}
	if got, want := lines[len(lines)-2:], []string{"550-5.7.1 and 12 more reasons, see the log", "550 5.7.1 ref 01JD"}; !cmp.Equal(got, want) {
		t.Errorf("the reply ends by %q, want %q", got, want)
	}
	if len(lines) > 100 {
		t.Errorf("the reply has %d lines", len(lines))
	}
}

func TestWrapBreaksAtSpacesAndLosesNothing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"one two", []string{"one two"}},
		{"one two three", []string{"one two", "  three"}},
		{"onetwothreefour", []string{"onetwothre", "  efour"}},
		{"a onetwothreefour", []string{"a onetwoth", "  reefour"}},
		{"onetwothre efour", []string{"onetwothre", "  efour"}},
	} {
		if diff := cmp.Diff(test.want, wrap(test.text, 10)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.text, diff)
		}
	}
}

func TestAnUnknownCodeIsNeverPermanent(t *testing.T) {
	t.Parallel()
	for _, findings := range [][]diagnosis.Finding{nil, {{Code: "no-such-code", Title: "odd"}}} {
		r := refusal{findings: findings, ref: "01JD"}.reply(DiagnosticsFull)
		checkReply(t, wire(t, r))
		if r.code != 451 {
			t.Errorf("%v: reply %d, want 451", findings, r.code)
		}
	}
}

// FuzzReply holds for any text of a finding: what goes out is one valid reply.
func FuzzReply(f *testing.F) {
	f.Add("iam-deny", "title", "detail", "fix", "note", "id", 1)
	f.Add("x\r\n250 ok", "a\r\n250 2.0.0 ok", "\x00\x1b[31m\xff", "é\u2028", strings.Repeat("x", 2000), "a\nb", 30)
	f.Add("", "", " ", "\t", " x", "", 0)
	f.Fuzz(func(t *testing.T, code, title, detail, fix, note, id string, count int) {
		r := refusal{notes: []string{note, detail}, ref: "01JD"}
		for range min(max(count, 0), 20) {
			r.findings = append(r.findings, diagnosis.Finding{Code: diagnosis.Code(code), Title: title, Detail: detail, Fix: fix})
		}
		for _, d := range []Diagnostics{DiagnosticsFull, DiagnosticsCode, DiagnosticsNone, "odd"} {
			lines := wire(t, r.reply(d))
			checkReply(t, lines)
			if !strings.HasSuffix(lines[len(lines)-1], " ref 01JD") {
				t.Errorf("the last line has no reference: %q", lines)
			}
		}
		checkReply(t, wire(t, accepted(id)))
	})
}
