package awssim

import (
	"bytes"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheJournalKeepsTheNewestWithinItsBounds(t *testing.T) {
	t.Parallel()
	var j journal
	for range maxCalls + 1 {
		j.note(Call{})
	}
	if len(j.calls) > maxCalls {
		t.Errorf("%d calls kept, want at most %d", len(j.calls), maxCalls)
	}
	for range 20 {
		j.take(Message{ID: "old", Data: make([]byte, maxMessageBytes/10)})
	}
	if len(j.messages) != 10 || j.bytes > maxMessageBytes {
		t.Errorf("%d messages of %d bytes kept, want 10 within %d", len(j.messages), j.bytes, maxMessageBytes)
	}
	j.take(Message{ID: "huge", Data: make([]byte, maxMessageBytes+1)})
	if len(j.messages) != 1 || j.messages[0].ID != "huge" {
		t.Errorf("a message beyond the bound is not kept alone: %d messages", len(j.messages))
	}
	for range maxMessages + 1 {
		j.take(Message{ID: "small"})
	}
	if len(j.messages) != maxMessages || j.bytes != 0 || j.accepted != 20+1+maxMessages+1 {
		t.Errorf("got %d messages, %d bytes, %d taken", len(j.messages), j.bytes, j.accepted)
	}
}

func TestTheLimitOf40MBIsOnTheEncodedMessage(t *testing.T) {
	t.Parallel()
	s := sending{recipients: []mailbox{newMailbox("x@example.org")}, data: bytes.Repeat([]byte("twelve characters and \r\n"), 30<<20/24)}
	if err := s.checkContent(); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	s.data = append(s.data, '.')
	err := s.checkContent()
	if want := "BadRequestException: Message length is more than 41943040 bytes long: '41943044'."; err == nil || err.Error() != want {
		t.Errorf("beyond: got %v, want %s", err, want)
	}
}

func FuzzGlobIsARegexpOfStars(f *testing.F) {
	for _, seed := range [][2]string{{"*", ""}, {"a*b?c", "axxbyc"}, {"**a", "ba"}, {"?", ""}, {"a", "A"}, {"*@example.com", "x@example.com"}, {"a*a*a", "aaaa"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, glob, s string) {
		for _, r := range glob + s {
			if r >= 0x80 { // the glob goes by bytes, the regexp by characters
				t.Skip()
			}
		}
		pattern := strings.NewReplacer(`\*`, "(?s:.*)", `\?`, "(?s:.)").Replace(regexp.QuoteMeta(glob))
		want := regexp.MustCompile("^" + pattern + "$").MatchString(s)
		if got := globMatch(glob, s); got != want {
			t.Errorf("globMatch(%q, %q) is %v, want %v", glob, s, got, want)
		}
	})
}

func TestParsedMailboxesAreWhatPeopleWrote(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][]mailbox{
		`a@example.com`:                        {{"a@example.com", "a@example.com"}},
		`"Doe, Jo" <a@example.com>, b@b.org`:   {{`"Doe, Jo" <a@example.com>`, "a@example.com"}, {"b@b.org", "b@b.org"}},
		`Doe, Jo <a@example.com>`:              {{"Doe", "Doe"}, {"Jo <a@example.com>", "a@example.com"}},
		`a@example.com (Jo, at home)`:          {{"a@example.com (Jo, at home)", "a@example.com"}},
		`"quoted\"," <a@example.com>`:          {{`"quoted\"," <a@example.com>`, "a@example.com"}},
		`=?utf-8?q?J=C3=BC?= <a@example.com>,`: {{"=?utf-8?q?J=C3=BC?= <a@example.com>", "a@example.com"}},
		`< a@example.com >`:                    {{"< a@example.com >", "a@example.com"}},
		`<>`:                                   {{"", ""}},
		` , ;`:                                 nil,
	} {
		got := parseMailboxes(value)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(mailbox{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", value, diff)
		}
	}
}

func TestCandidatesGoFromTheAddressToItsParentDomains(t *testing.T) {
	t.Parallel()
	got := candidates("Jo+x@Mail.Example.com")
	want := []string{"Jo+x@mail.example.com", "Jo@mail.example.com", "mail.example.com", "example.com", "com"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("candidates (-want +got):\n%s", diff)
	}
}

func TestEveryKeyOfAWorldIsDocumented(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{settings{}, principal{}, account{}, identity{}, configurationSet{}, organization{}, level{}, simulation{}, tenant{}, globalEndpoint{}, refusal{}, fault{}} {
		for key := range keyed(reflect.ValueOf(v)) {
			if !regexp.MustCompile(`//\t.*\b` + key + `\b`).Match(doc) {
				t.Errorf("%T: key %q is not in the package comment", v, key)
			}
		}
	}
}
