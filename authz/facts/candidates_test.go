package facts_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sesgate/authz/facts"
)

func TestCandidatesGoFromTheAddressToTheRegistrableDomain(t *testing.T) {
	for address, want := range map[string]string{
		"news@example.com":        "news@example.com example.com",
		"news+may@example.com":    "news+may@example.com news@example.com example.com",
		"News@Mail.EXAMPLE.co.uk": "News@mail.example.co.uk mail.example.co.uk example.co.uk",
		"a@b.c.d.example.org":     "a@b.c.d.example.org b.c.d.example.org c.d.example.org d.example.org example.org",
		"shop@example.github.io":  "shop@example.github.io example.github.io github.io",
		"postmaster@co.uk":        "postmaster@co.uk",
		"root@localhost":          "root@localhost",
		"root@host.corp":          "root@host.corp host.corp",
		"+label@example.com":      "+label@example.com example.com",
		`"a+b"@example.com`:       `"a+b"@example.com example.com`,
		`"a@b"@example.com`:       `"a@b"@example.com example.com`,
		"user@[192.0.2.1]":        "user@[192.0.2.1]",
		"jörg@example.com":        "example.com",
		"a@exa..mple.com":         "a@exa..mple.com",
		"a@.example.com":          "a@.example.com",
		"a\r\n@example.com":       "example.com",
		"example.com":             "",
		"@example.com":            "",
		"":                        "",
		strings.Repeat("a", 310) + "@example.com": "",
	} {
		if diff := cmp.Diff(want, strings.Join(facts.Candidates(address), " ")); diff != "" {
			t.Errorf("candidates of %q (-want +got):\n%s", address, diff)
		}
	}
}

func FuzzCandidates(f *testing.F) {
	for _, address := range []string{"news+may@Mail.Example.co.uk", `"a@b"@x.y`, "@", "a@b..c", "a@com", "a@[::1]", "ö@ö.de"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		names := facts.Candidates(address)
		seen := make(map[string]bool)
		for _, name := range names {
			if name == "" || len(name) > len(address) || seen[name] {
				t.Errorf("candidate %q of %q", name, address)
			}
			if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("candidate %q of %q is not printable ASCII", name, address)
			}
			if !strings.Contains(name, "@") && !strings.HasSuffix(strings.ToLower(address), name) {
				t.Errorf("candidate %q is no domain of %q", name, address)
			}
			seen[name] = true
		}
		if len(names) == 0 {
			return
		}
		if diff := cmp.Diff(names, facts.Candidates(address[:strings.LastIndexByte(address, '@')]+strings.ToLower(address[strings.LastIndexByte(address, '@'):]))); diff != "" {
			t.Errorf("the domain's letter case matters:\n%s", diff)
		}
	})
}
