package diagnosis

import (
	"strings"
	"testing"
)

func TestCleanMakesOneLineOfPrintableASCII(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		limit    int
		want     string
	}{
		{"ASCII stays", "role app may not", 80, "role app may not"},
		{"line breaks cannot start another reply line", "no\r\n250 2.0.0 Ok", 80, "no 250 2.0.0 Ok"},
		{"control bytes are blanks", "a\x00\x1b[31m\x7fb", 80, "a [31m b"},
		{"blanks around are dropped", "\t a  b \n", 80, "a b"},
		{"other scripts are escaped", "é字😀", 80, `\u00e9\u5b57\U0001f600`},
		{"what is no UTF-8 is replaced", "a\xffb", 80, `a\ufffdb`},
		{"a limit that fits", "abcdef", 6, "abcdef"},
		{"a limit that does not", "abcdefg", 6, "abc..."},
		{"a limit of the dots alone", "abcdefg", 3, "..."},
		{"a limit below the dots", "abcdefg", 2, ".."},
		{"no room", "abc", 0, ""},
		{"a limit that is none", "abc", -1, ""},
		{"nothing", "", 10, ""},
	} {
		if got := Clean(c.in, c.limit); got != c.want {
			t.Errorf("%s: Clean(%q, %d) = %q, want %q", c.name, c.in, c.limit, got, c.want)
		}
	}
}

func TestCleanReadsNoMoreThanItNeeds(t *testing.T) { // not parallel: it counts allocations
	huge := strings.Repeat("é", 10<<20)
	if n := testing.AllocsPerRun(1, func() { Clean(huge, 100) }); n > 50 {
		t.Errorf("%v allocations for 100 octets", n)
	}
}
