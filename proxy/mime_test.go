package proxy

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/google/go-cmp/cmp"
	"sesgate/authz/diagnosis"
)

// TestMIME plays testdata/mime/*.txtar: a message, and the findings about it, a
// line each of code and title, then perhaps a line of detail.
func TestMIME(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/mime/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no messages: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil || len(archive.Files) != 2 {
				t.Fatalf("want a message and its findings: %v", err)
			}
			var got strings.Builder
			for _, f := range scan(crlfs(string(archive.Files[0].Data))).findings {
				fmt.Fprintf(&got, "%s: %s\n", f.Code, f.Title)
				if f.Detail != "" {
					fmt.Fprintf(&got, "\t%s\n", f.Detail)
				}
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), got.String()); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// multipartOf has n parts, each of them made by part.
func multipartOf(n int, part string) []byte {
	var b strings.Builder
	b.WriteString("From: a@b.c\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n")
	for range n {
		b.WriteString("--x\r\n" + part)
	}
	b.WriteString("--x--\r\n")
	return []byte(b.String())
}

func TestPartsAreCountedAsSESCountsThemAtLeast(t *testing.T) {
	t.Parallel()
	alternative := "Content-Type: multipart/alternative; boundary=y\r\n\r\n--y\r\n\r\na\r\n--y\r\n\r\nb\r\n--y--\r\n"
	attached := "Content-Type: message/rfc822\r\n\r\nFrom: a@b.c\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\na\r\n--y\r\n\r\nb\r\n--y--\r\n"
	for _, test := range []struct {
		name string
		in   []byte
		want string
	}{
		{"500", multipartOf(500, "\r\nhello\r\n"), ""},
		{"501", multipartOf(501, "\r\nhello\r\n"), "msg-parts"},
		{"250 of two", multipartOf(250, alternative), ""},
		{"251 of two", multipartOf(251, alternative), "msg-parts"},
		{"500 messages", multipartOf(500, attached), ""},
		{"501 without an empty line", multipartOf(501, ""), "msg-parts"},
		{"one that is never a part", multipartOf(501, "")[:60], ""},
	} {
		got := strings.Join(codes(scan(test.in).findings), ",")
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestNestingIsBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("From: a@b.c\r\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	b.WriteString("Content-Disposition: attachment; filename=a.exe\r\n\r\n")
	if found := scan([]byte(b.String())).findings; len(found) > 0 {
		t.Errorf("what lies too deep is not read, got %v", found)
	}
	if found := scan([]byte("From: a@b.c\r\n" + strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 5000))).findings; len(found) > 0 {
		t.Errorf("messages in messages: got %v", found)
	}
}

func TestEveryBlockedExtension(t *testing.T) {
	t.Parallel()
	for extension := range blockedExtensions {
		for _, name := range []string{"a." + extension, "A.B." + strings.ToUpper(extension), " ." + extension + " "} {
			if got := blockedExtension(name); got != "."+extension {
				t.Errorf("%q has the extension %q", name, got)
			}
		}
		for _, name := range []string{extension, "a." + extension + ".zip", "a." + extension + "x.pdf"} {
			if got := blockedExtension(name); got != "" {
				t.Errorf("%q is blocked for %q", name, got)
			}
		}
	}
}

// The unsafe is refused in every mode: see mode-off.smtp and loop.smtp.
func TestLimitsOfTheHeader(t *testing.T) {
	t.Parallel()
	const from = "From: a@b.c\n"
	for _, test := range []struct {
		name, in string
		code     diagnosis.Code
	}{
		{"50 hops", from + strings.Repeat("Received: x\n", maxHops) + "\n", ""},
		{"51 hops", from + strings.Repeat("Received: x\n", maxHops+1) + "\n", diagnosis.MsgLoop},
		{"Received in the body", from + "\n" + strings.Repeat("Received: x\n", maxHops+1), ""},
		{"as many fields as may be", from + strings.Repeat("X-A: x\n", maxFields-1) + "\n", ""},
		{"one field more", from + strings.Repeat("X-A: x\n", maxFields) + "\n", diagnosis.MsgHeader},
		{"a long header", from + strings.Repeat("X-A: "+strings.Repeat("x\n ", 2000)+"\n", 600) + "\n", diagnosis.MsgHeader},
	} {
		got := codes(scan(crlfs(test.in)).unsafe)
		if want := strings.Fields(string(test.code)); strings.Join(got, ",") != strings.Join(want, ",") {
			t.Errorf("%s: got %v, want %v", test.name, got, want)
		}
	}
}

// FuzzParts looks for panics, for lasting longer than the message is long, and for
// findings without a name.
func FuzzParts(f *testing.F) {
	files, _ := filepath.Glob("testdata/mime/*.txtar")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(crlfs(string(txtar.Parse(text).Files[0].Data)))
	}
	f.Add(multipartOf(3, "\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		header, ok := headerFields(data)
		if !ok {
			return
		}
		for _, finding := range checkParts(bytes.Clone(data), header, bodyOf(data, header)) {
			if finding.Code == "" || finding.Title == "" {
				t.Errorf("an unnamed finding: %+v", finding)
			}
		}
	})
}

// BenchmarkParts compares mail without parts, where the check must cost nothing
// that shows, with an attachment of 10 MB and with hostile mail.
func BenchmarkParts(b *testing.B) {
	line := strings.Repeat("A", 76) + "\r\n"
	for name, data := range map[string][]byte{
		"plain-4KB":       []byte(letter + strings.Repeat(line, 50)),
		"attachment-10MB": multipartOf(1, "Content-Disposition: attachment; filename=a.pdf\r\n\r\n"+strings.Repeat(line, 128<<10)),
		"hyphens-10MB":    multipartOf(1, "\r\n"+strings.Repeat("--\r\n", 10<<18)),
		"delimiters-10MB": multipartOf(10<<18, ""),
	} {
		header, _ := headerFields(data)
		body := bodyOf(data, header)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				checkParts(data, header, body)
			}
		})
	}
}
