package facts

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// maxAddress is the longest address that can be an identity: a local part of 64
// octets, "@" and a domain of 255 (RFC 5321 §4.5.3.1).
const maxAddress = 64 + 1 + 255

// Candidates lists the names under which SES may hold an identity for address,
// in the order in which SES looks: the address, the address without its +label,
// its domain and the parent domains down to the registrable one. Domains are in
// lower case, local parts as they are: SES tells those apart by case. Public
// suffixes under which registries sell domains (com, co.uk) are left out; those of
// private owners (github.io) are somebody's domain and may be an identity.
//
// https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
func Candidates(address string) []string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 || len(address) > maxAddress {
		return nil
	}
	local, domain := address[:at], strings.ToLower(address[at+1:])
	names := make([]string, 0, 4)
	if printable(local) && printable(domain) {
		names = append(names, join(address, local, domain))
		if plus := strings.IndexByte(local, '+'); plus > 0 && local[0] != '"' {
			names = append(names, local[:plus]+"@"+domain)
		}
	}
	if !isDomain(domain) {
		return names
	}
	for suffix := registrySuffix(domain); domain != suffix && strings.Contains(domain, "."); {
		names = append(names, domain)
		_, domain, _ = strings.Cut(domain, ".")
	}
	return names
}

// join is local@domain, without a copy where address is that already.
func join(address, local, domain string) string {
	if strings.HasSuffix(address, domain) {
		return address
	}
	return local + "@" + domain
}

// registrySuffix is the longest public suffix of domain that a registry manages.
func registrySuffix(domain string) string {
	suffix, registry := publicsuffix.PublicSuffix(domain)
	for !registry {
		_, parent, ok := strings.Cut(suffix, ".")
		if !ok {
			break
		}
		suffix, registry = publicsuffix.PublicSuffix(parent)
	}
	return suffix
}

// isDomain reports whether s, in lower case, is made of labels of letters,
// digits, hyphens and underscores: what SES can hold as a domain.
func isDomain(s string) bool {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}

// printable reports whether s is printable ASCII, as SES asks of addresses.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// fold gives a name of an identity the letter case that SES compares: the domain
// in lower case, the local part as it is.
func fold(name string) string {
	at := strings.LastIndexByte(name, '@')
	domain := strings.ToLower(name[at+1:])
	if name[at+1:] == domain {
		return name
	}
	return name[:at+1] + domain
}
