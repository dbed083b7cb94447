package proxy

import (
	"regexp"
	"strings"
	"testing"
)

func TestSendersThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"":                     "names no domain",
		"news@":                "names no domain",
		"@example.com":         "write example.com for the domain and its subdomains, *@example.com for it alone",
		"a b@example.com":      "has a space",
		"müller@example.com":   "is not ASCII",
		"example..com":         "is no domain: its domain has a dot",
		"news@[127.0.0.1]":     "is no address: SES does not deliver to address literals",
		"a@b@example.com":      "is no address",
		"news@example.com\r\n": "has a space or control character",
	} {
		if _, err := ParseSenders("example.org", name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one that says %q", name, err, want)
		}
	}
}

func TestWhichNamesTakeInOthers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		outer, inner string
		want         bool
	}{
		{"example.com", "news@example.com", true},
		{"example.com", "eu.example.com", true},
		{"example.com", "*@eu.EXAMPLE.com", true},
		{"example.com", "*.example.com", true},
		{"example.com", "*example.com", false},
		{"*@example.com", "example.com", false},
		{"*@example.com", "news-*@example.com", true},
		{"news@example.com", "news+x@example.com", true},
		{"news@example.com", "News@example.com", false},
		{"news-?@example.com", "news-*@example.com", false},
		{"news-*@example.com", "news-?@example.com", true},
		{"*", "example.com", true},
		{"*", "*@*", true},
	} {
		outer, _ := ParseSenders(c.outer)
		inner, _ := ParseSenders(c.inner)
		if got := outer.Covers(inner); got != c.want {
			t.Errorf("%s covers %s: %v, want %v", c.outer, c.inner, got, c.want)
		}
	}
}

// FuzzSenders holds the matching to regular expressions, and Covers to the
// matching.
func FuzzSenders(f *testing.F) {
	f.Add("example.com", "*.com", "a@eu.example.com")
	f.Add("n?ws-*@example.com", "*@example.com", "news-1@example.com")
	f.Add("a+b@example.com", "a@example.com", "a+b@EXAMPLE.com")
	f.Fuzz(func(t *testing.T, one, other, address string) {
		s, err := ParseSenders(one)
		if err != nil || strings.ContainsAny(address, "*\n") {
			return
		}
		at := strings.LastIndexByte(address, '@')
		if got, want := s.Has(address), at >= 0 && regexps(s).MatchString(address[:at]+strings.ToLower(address[at:])); got != want {
			t.Errorf("%q has %q: %v, want %v", one, address, got, want)
		}
		if o, err := ParseSenders(other); err == nil && o.Covers(s) && s.Has(address) && !o.Has(address) {
			t.Errorf("%q covers %q, but has not %q", other, one, address)
		}
	})
}

func regexps(s Senders) *regexp.Regexp {
	var all []string
	for _, glob := range s.globs {
		glob = strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(glob))
		all = append(all, "(?s:^"+glob+"$)")
	}
	return regexp.MustCompile(strings.Join(all, "|"))
}
