package policy

import (
	"encoding/base64"
	"net/netip"
	"strings"
)

// addressMatcher compares IP addresses with a block: IpAddress, NotIpAddress.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress
type addressMatcher struct{ block netip.Prefix }

// address compiles a block in CIDR form, or one address.
func address(text string, variables bool) matcher {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return addressMatcher{netip.PrefixFrom(a, a.BitLen())}
	}
	block, err := netip.ParsePrefix(text)
	if err != nil {
		return malformed(text, variables)
	}
	return addressMatcher{block}
}

// match leaves Maybe for an IPv4 address written as IPv6 (::ffff:192.0.2.1) in a
// block of IPv4: AWS does not say.
func (m addressMatcher) match(_ *Context, got string) Truth {
	a, err := netip.ParseAddr(got)
	if err != nil {
		return No
	}
	return both(truth(m.block.Contains(a)), truth(m.block.Contains(a.Unmap())))
}

func (m addressMatcher) matchAny(*Context) Truth { return Maybe }

// binaryMatcher compares octets: BinaryEquals. A context holds the value of a
// binary key as base64, like a policy, or as the octets themselves.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_BinaryEquals
type binaryMatcher struct{ base64, octets string }

// binary compiles a value in base64.
func binary(text string, variables bool) matcher {
	octets, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return malformed(text, variables)
	}
	return binaryMatcher{base64: text, octets: string(octets)}
}

func (m binaryMatcher) match(_ *Context, got string) Truth {
	return truth(got == m.base64 || got == m.octets)
}

func (m binaryMatcher) matchAny(*Context) Truth { return Maybe }

// malformed is a value that its operator cannot read: it matches nothing. Only
// with a variable, which these operators do not take, is it not documented.
func malformed(text string, variables bool) matcher {
	if variables && strings.Contains(text, "${") {
		return undocumented{}
	}
	return nothing{}
}

// nothing matches no value.
type nothing struct{}

func (nothing) match(*Context, string) Truth { return No }
func (nothing) matchAny(*Context) Truth      { return No }
