package proxy

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// arrived takes in a message that comes by BDAT.
func arrived(r io.Reader, limit, announced int64) (*arrival, error) {
	m := &arrival{budget: &Budget{}, limit: limit, announced: announced}
	_, err := m.read(r.Read)
	return m, err
}

func TestEveryLineEndingBecomesCRLF(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ in, want string }{
		{"", "\r\n"},
		{"a", "a\r\n"},
		{"a\r\n", "a\r\n"},
		{"a\n", "a\r\n"},
		{"a\r", "a\r\n"},
		{"\r\r\n\n", "\r\n\r\n\r\n"},
		{"a\nb\rc\r\nd", "a\r\nb\r\nc\r\nd\r\n"},
		{"a\r\n\r", "a\r\n\r\n"},
		{"..a\n.\r\n.", "..a\r\n.\r\n.\r\n"},
		// What ends a message for one server or another (SMTP smuggling).
		{"a\n.\nb", "a\r\n.\r\nb\r\n"},
		{"a\n.\r\nb", "a\r\n.\r\nb\r\n"},
		{"a\r.\rb", "a\r\n.\r\nb\r\n"},
		{"a\r\n.\nb", "a\r\n.\r\nb\r\n"},
		{"a\r\n\x00.\r\nb", "a\r\n\x00.\r\nb\r\n"},
	} {
		for name, r := range map[string]io.Reader{
			"at once":        strings.NewReader(test.in),
			"octet by octet": iotest.OneByteReader(strings.NewReader(test.in)),
			"with the end":   iotest.DataErrReader(strings.NewReader(test.in)),
		} {
			got, err := arrived(r, 1000, 0)
			if err != nil || string(got.octets) != test.want {
				t.Errorf("%q %s: got %q, %v, want %q", test.in, name, got.octets, err, test.want)
			}
			if got.received != int64(len(test.in)) {
				t.Errorf("%q %s: received %d octets", test.in, name, got.received)
			}
		}
	}
}

func TestTheLimitCountsLinesAsTheyAreSent(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in    string
		limit int64
		large bool
	}{
		{"1234567\r\n", 9, false},
		{"1234567\r\n", 8, true},
		{"1234567\n", 9, false},
		{"1234567\n", 8, true},
		{"123456789", 9, false}, // the CRLF that we add is not the client's
		{"1234567890", 9, true},
	} {
		_, err := arrived(iotest.OneByteReader(strings.NewReader(test.in)), test.limit, 5)
		if errors.Is(err, errTooLarge) != test.large {
			t.Errorf("%q within %d: %v", test.in, test.limit, err)
		}
	}
}

func TestAMessageThatBreaksOffIsAnError(t *testing.T) {
	t.Parallel()
	fault := errors.New("fault")
	if _, err := arrived(io.MultiReader(strings.NewReader("From: a"), iotest.ErrReader(fault)), 1000, 0); !errors.Is(err, fault) {
		t.Errorf("got %v", err)
	}
}

// FuzzMessage holds for any octets: what leaves has only CRLF line endings, ends
// by one, holds no header that steers SES, and is left alone the second time.
func FuzzMessage(f *testing.F) {
	f.Add([]byte(letter))
	f.Add([]byte("X-SES-TENANT: a\r\n b\r\nFrom: a@b\r\n\r\nX-SES-TENANT: body\r\n"))
	f.Add([]byte(" x-ses-a: 1\rx-Ses-b : 2\n\tc\nFrom: \"a, b\" <c@d> (e)\n\n.\n"))
	f.Add([]byte("From: =?utf-8?q?=41?= <a@b>, \"c\" d@e\r\nFrom:\r\nTo: g: h@i, j@k;\r\n"))
	f.Fuzz(func(t *testing.T, octets []byte) {
		body, err := arrived(bytes.NewReader(octets), 1<<20, 0)
		if err != nil {
			t.Skip()
		}
		once := scan(bytes.Clone(body.octets))
		bare := bytes.ReplaceAll(once.data, crlf, nil)
		if bytes.ContainsAny(bare, "\r\n") || !bytes.HasSuffix(once.data, crlf) && len(once.data) > 0 {
			t.Errorf("line endings: %q", once.data)
		}
		header, rest, _ := bytes.Cut(append(crlf[:2:2], once.data...), []byte("\r\n\r\n"))
		if regexp.MustCompile(`(?i)\r\n[ \t]*x-ses-[^\r]*:`).Match(header) && !regexp.MustCompile(`\r\n[ \t]`).Match(header) {
			t.Errorf("header still steers SES: %q", header)
		}
		if _, before, ok := bytes.Cut(append(crlf[:2:2], body.octets...), []byte("\r\n\r\n")); ok && !bytes.Equal(before, rest) {
			t.Errorf("body %q became %q", before, rest)
		}
		if found, _ := mailboxes(once.header.From); once.header.From != "" && len(found) != 1 {
			t.Errorf("From %q is not one address", once.header.From)
		}
		if !isPrintable(once.header.FromName) {
			t.Errorf("display name %q is not ASCII", once.header.FromName)
		}
		twice := scan(bytes.Clone(once.data))
		if diff := cmp.Diff(once.header, twice.header); diff != "" || len(twice.removed) > 0 {
			t.Errorf("second time: removed %q, header (-first +second):\n%s", twice.removed, diff)
		}
	})
}
