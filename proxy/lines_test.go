package proxy

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
	"go.uber.org/zap"
	"pgregory.net/rapid"
)

// wanted is what is to become of a stream that follows DATA.
type wanted struct {
	message, rest   string
	over            bool
	lone, ambiguous bool
}

var endings = regexp.MustCompile(`\r\n|\r|\n`)

// reference says it again, in the order in which RFC 5321 does: find the end, cut
// lines, take dots away.
func reference(stream string) wanted {
	text, rest, over := strings.Cut("\r\n"+stream, "\r\n.\r\n")
	text = strings.TrimPrefix(text+"\r\n", "\r\n")
	if !over {
		return wanted{}
	}
	w := wanted{rest: rest, over: true}
	before := "\r\n"
	for text != "" {
		at := endings.FindStringIndex(text)
		line, ending := text[:at[0]], text[at[0]:at[1]]
		text = text[at[1]:]
		w.lone = w.lone || ending != "\r\n"
		w.ambiguous = w.ambiguous || line == "." && (before != "\r\n" || ending != "\r\n")
		w.message += strings.TrimPrefix(line, ".") + "\r\n"
		before = ending
	}
	if w.message == "" {
		w.message = "\r\n"
	}
	return w
}

// inPieces delivers a stream in pieces of the given sizes, the last of them again and
// again.
func inPieces(stream string, sizes ...int) func([]byte) (int, error) {
	return func(b []byte) (int, error) {
		if stream == "" {
			return 0, io.ErrUnexpectedEOF
		}
		size := len(stream)
		if len(sizes) > 0 {
			size = sizes[0]
		}
		if len(sizes) > 1 {
			sizes = sizes[1:]
		}
		n := copy(b, stream[:min(max(size, 1), len(stream))])
		stream = stream[n:]
		return n, nil
	}
}

// deliver reads a message that comes by DATA in pieces.
func deliver(stream string, sizes ...int) (got wanted, received int64) {
	m := &arrival{budget: &Budget{}, limit: 1 << 20}
	m.dotted = true
	next := inPieces(stream, sizes...)
	var left []byte
	rest, err := m.read(next)
	if err != nil {
		return wanted{}, 0
	}
	left = slices.Clone(rest)
	message := string(m.octets)
	for err == nil { // what the pieces hold beyond the message
		var n int
		b := make([]byte, 100)
		n, err = next(b)
		left = append(left, b[:n]...)
	}
	return wanted{message, string(left), true, m.lone, m.ambiguous}, m.received
}

func TestAMessageIsReadAsTheReferenceHasIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SampledFrom([]string{"\r\n", "\r\n", "\r\n", ".", ".", "a", "\r", "\n", "MAIL FROM:<a@b>", "\x00", strings.Repeat("x", 600)})
		stream := strings.Join(rapid.SliceOfN(words, 0, 30).Draw(t, "stream"), "")
		if rapid.Bool().Draw(t, "ends") {
			stream += "\r\n.\r\n" + strings.Join(rapid.SliceOfN(words, 0, 4).Draw(t, "rest"), "")
		}
		sizes := rapid.SliceOfN(rapid.IntRange(1, 700), 1, 10).Draw(t, "pieces")
		want := reference(stream)
		got, received := deliver(stream, sizes...)
		if got != want {
			t.Fatalf("%q in pieces of %d:\ngot  %+v\nwant %+v", stream, sizes, got, want)
		}
		if want.over && received != int64(len(stream)-len(want.rest)-len(endOfData)) {
			t.Fatalf("%q: received %d octets", stream, received)
		}
	})
}

func FuzzData(f *testing.F) {
	for _, s := range []string{".\r\n", "a\r\n.\r\nQUIT\r\n", "..\r\n.\r\n", "\n.\n\r\n.\r\n", "\r\n.\r.\r\n.\r\n", "\r\r\n.\r\n.\r\n"} {
		f.Add(s, 1)
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, stream string, size int) {
		if got, _ := deliver(stream, size); got != reference(stream) {
			t.Errorf("%q in pieces of %d:\ngot  %+v\nwant %+v", stream, size, got, reference(stream))
		}
	})
}

// backend keeps the first message that the library reads by itself.
type backend struct {
	smtp.Session
	message chan []byte
}

func (b backend) NewSession(*smtp.Conn) (smtp.Session, error) { return b, nil }
func (backend) Mail(string, *smtp.MailOptions) error          { return nil }
func (backend) Rcpt(string, *smtp.RcptOptions) error          { return nil }
func (backend) Reset()                                        {}
func (backend) Logout() error                                 { return nil }
func (b backend) Data(r io.Reader) (err error) {
	data, err := io.ReadAll(r)
	b.message <- data
	return err
}

// TestTheLibraryReadsTheSame: of messages whose lines all end by CRLF, the library's
// own reader makes the same as ours, and goes on at the same place.
func TestTheLibraryReadsTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SampledFrom([]string{"\r\n", ".", "..", "a b", "From: x", "\x00"})
		text := strings.Join(rapid.SliceOfN(words, 0, 20).Draw(t, "text"), "")
		stream := text + "\r\n.\r\nNOOP 1\r\n"
		client, server := net.Pipe()
		b := backend{message: make(chan []byte, 1)}
		library := smtp.NewServer(b)
		library.ErrorLog = libraryLog{zap.NewNop()}
		listener := newMemory()
		served := make(chan error, 1)
		go func() { served <- library.Serve(listener) }()
		listener.conns <- server
		go fmt.Fprintf(client, "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n%s", stream)
		go io.Copy(io.Discard, client)
		theirs := <-b.message
		client.Close()
		listener.Close()
		<-served
		if ours, _ := deliver(stream, 3); ours.message != string(theirs) && !(len(theirs) == 0 && ours.message == "\r\n") {
			t.Fatalf("%q: we read %q, the library %q", stream, ours.message, theirs)
		}
	})
}

func TestWhatIsNotWantedIsSkippedToItsEnd(t *testing.T) {
	t.Parallel()
	rest := "x\r\n.\r\nRSET\r\n"
	for size := 1; size < 40; size++ {
		m := &arrival{budget: &Budget{}, limit: 10}
		m.dotted = true
		next := inPieces(strings.Repeat("0123456789\r\n.", 20)+rest, size)
		if _, err := m.read(next); err != errTooLarge {
			t.Fatalf("pieces of %d: %v", size, err)
		}
		left, err := m.skip(next)
		if err != nil || !m.over || !bytes.HasPrefix([]byte("RSET\r\n"), left) {
			t.Errorf("pieces of %d: %q is left, %v", size, left, err)
		}
	}
}
