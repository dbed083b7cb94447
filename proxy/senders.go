package proxy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Senders is a set of addresses that mail is sent from, made by [ParseSenders].
// The zero value is empty. It is safe for concurrent use.
type Senders struct{ globs []string }

// ParseSenders reads a set of names, each of which is
//
//   - an address, which stands for itself, with and without a +label,
//   - a domain, which stands for every address in it and in its subdomains,
//   - or a pattern, in which * stands for any characters and ? for one: of whole
//     addresses if there is an @ in it, else of domains.
//
// The first two are what an identity of SES of that name covers. Domains are
// compared without regard to letter case, local parts with it, as SES does.
//
// https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
func ParseSenders(names ...string) (Senders, error) {
	var s Senders
	for _, name := range names {
		globs, err := senderGlobs(name)
		if err != nil {
			return Senders{}, fmt.Errorf("%q %w", name, err)
		}
		s.globs = append(s.globs, globs...)
	}
	return s, nil
}

// senderGlobs turns a name into patterns of whole addresses.
func senderGlobs(name string) ([]string, error) {
	at := strings.LastIndexByte(name, '@')
	local, domain := name[:max(at, 0)], strings.ToLower(name[at+1:])
	switch pattern := strings.ContainsAny(name, "*?"); {
	case !isASCII(name):
		return nil, errors.New("is not ASCII: write the domain as xn--…")
	case strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return nil, errors.New("has a space or control character in it")
	case name == "" || domain == "":
		return nil, errors.New("names no domain")
	case at == 0:
		return nil, fmt.Errorf("has nothing before the @: write %s for the domain and its subdomains, *@%s for it alone", domain, domain)
	case pattern && at < 0:
		return []string{"*@" + domain}, nil
	case pattern:
		return []string{local + "@" + domain}, nil
	case at < 0:
		if fault := domainFault(domain); fault != "" {
			return nil, errors.New("is no domain: " + fault)
		}
		return []string{"*@" + domain, "*@*." + domain}, nil
	}
	if fault := addressFault(name); fault != "" {
		return nil, errors.New("is no address: " + fault)
	}
	if strings.Contains(local, "+") {
		return []string{local + "@" + domain}, nil
	}
	return []string{local + "@" + domain, local + "+*@" + domain}, nil
}

// Has reports whether an address is in the set.
func (s Senders) Has(address string) bool {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return false
	}
	address = address[:at] + strings.ToLower(address[at:])
	return slices.ContainsFunc(s.globs, func(glob string) bool { return matchSender(glob, address) })
}

// Covers reports whether every address of t is in one of the names of s.
func (s Senders) Covers(t Senders) bool {
	// A pattern takes in another whole if it matches the other's text: where that
	// has *, which stands for anything, only a * can have matched it.
	return !slices.ContainsFunc(t.globs, func(inner string) bool {
		return !slices.ContainsFunc(s.globs, func(glob string) bool { return matchSender(glob, inner) })
	})
}

// matchSender matches the whole of s. A ? takes no *, so that Covers holds.
func matchSender(glob, s string) bool {
	star, from := -1, 0
	i, j := 0, 0
	for j < len(s) {
		switch {
		case i < len(glob) && glob[i] == '*':
			star, from = i, j
			i++
		case i < len(glob) && (glob[i] == s[j] || glob[i] == '?' && s[j] != '*'):
			i, j = i+1, j+1
		case star >= 0:
			from++
			i, j = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(glob[i:], "*") == ""
}
