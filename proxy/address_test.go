package proxy

import (
	"net/mail"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sesgate/authz/diagnosis"
)

// mustReadList reads a file of Go strings, one a line.
func mustReadList(t testing.TB, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		s, err := strconv.Unquote(line)
		if err != nil {
			t.Fatalf("%s: %s: %v", file, line, err)
		}
		list = append(list, s)
	}
	return list
}

func TestHostileAddressesDoNotPassTheGate(t *testing.T) {
	t.Parallel()
	list := mustReadList(t, "testdata/hostile-addresses.txt")
	if len(list) < 60 {
		t.Errorf("only %d hostile addresses", len(list))
	}
	for _, address := range list {
		f := checkAddress(address)
		if f == nil {
			t.Errorf("%q passes", address)
			continue
		}
		want := diagnosis.MsgAddr
		if !isASCII(address) {
			want = diagnosis.MsgUTF8
		}
		if f.Code != want {
			t.Errorf("%q: got code %s, want %s", address, f.Code, want)
		}
	}
}

func TestOrdinaryAddressesPassTheGate(t *testing.T) {
	t.Parallel()
	for _, address := range mustReadList(t, "testdata/addresses.txt") {
		if f := checkAddress(address); f != nil {
			t.Errorf("%q is refused: %s", address, f.Title)
		}
	}
}

// TestWhatPassesTheGateIsOneAddress draws addresses near the edge, and holds what
// passes to one reading: that of a mail parser that shares no code with the gate.
func TestWhatPassesTheGateIsOneAddress(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom([]string{"a", "B", "0", ".", "@", "-", "_", "+", "=", "%", "xn--", "\"", "\\", " ", "<", ">", ",", ":", ";", "[", "]", "(", ")", "\r", "\n", "\x00", "\x7f", "é", "\xff", "example", ".com"})
	rapid.Check(t, func(t *rapid.T) {
		oneAddress(t, strings.Join(rapid.SliceOfN(piece, 0, 30).Draw(t, "pieces"), ""))
	})
}

func FuzzAddress(f *testing.F) {
	for _, file := range []string{"testdata/hostile-addresses.txt", "testdata/addresses.txt"} {
		for _, address := range mustReadList(f, file) {
			f.Add(address)
		}
	}
	f.Fuzz(func(t *testing.T, address string) { oneAddress(t, address) })
}

func oneAddress(t interface{ Errorf(string, ...any) }, address string) {
	if checkAddress(address) != nil {
		return
	}
	if strings.Count(address, "@") != 1 || len(address) > maxAddress || !isPrintable(address) {
		t.Errorf("%q passes", address)
	}
	list, err := mail.ParseAddressList(address)
	switch {
	case err != nil:
		t.Errorf("%q passes, but is no address: %v", address, err)
	case len(list) != 1 || list[0].Address != address || list[0].Name != "":
		t.Errorf("%q passes, but reads as %v", address, list)
	case list[0].String() != "<"+address+">":
		t.Errorf("%q passes, but is written %s", address, list[0])
	}
}
