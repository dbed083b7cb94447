package policy

import (
	"cmp"
	"strconv"
	"strings"
)

// decimal is a number of any size, exact: sign · 0.digits · 10^exponent. The
// digits neither begin nor end with 0, and are empty for zero.
type decimal struct {
	sign     int // -1, 0 or 1
	digits   string
	exponent int
}

// parseDecimal reads an integer or decimal number, also as JSON writes it.
func parseDecimal(text string) (decimal, bool) {
	d := decimal{sign: 1}
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		d.sign, text = -1, rest
	}
	mantissa, exponent := text, ""
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, exponent = text[:i], text[i+1:]
		n, err := strconv.ParseInt(exponent, 10, 32)
		if err != nil {
			return decimal{}, false
		}
		d.exponent = int(n)
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole+fraction == "" || !isDigits(whole) || !isDigits(fraction) {
		return decimal{}, false
	}
	d.exponent += len(whole)
	d.digits = whole + fraction
	for strings.HasPrefix(d.digits, "0") {
		d.digits = d.digits[1:]
		d.exponent--
	}
	d.digits = strings.TrimRight(d.digits, "0")
	if d.digits == "" {
		return decimal{}, true
	}
	return d, true
}

func isDigits(text string) bool { return strings.Trim(text, "0123456789") == "" }

// compare is -1, 0 or 1 as cmp.Compare.
func (d decimal) compare(e decimal) int {
	if d.sign != e.sign || d.sign == 0 {
		return cmp.Compare(d.sign, e.sign)
	}
	return d.sign * cmp.Or(cmp.Compare(d.exponent, e.exponent), cmp.Compare(d.digits, e.digits))
}

// numberMatcher compares numbers: the Numeric operators.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Numeric
type numberMatcher struct {
	want     decimal
	relation func(order int) bool
}

// numeric returns the compiler of values for a relation.
func numeric(relation func(order int) bool) func(string, bool) matcher {
	return func(text string, variables bool) matcher {
		want, ok := parseDecimal(text)
		if !ok {
			return malformed(text, variables)
		}
		return &numberMatcher{want: want, relation: relation}
	}
}

func (m *numberMatcher) match(_ *Context, got string) Truth {
	d, ok := parseDecimal(got)
	if !ok {
		return No
	}
	return truth(m.relation(d.compare(m.want)))
}

func (m *numberMatcher) matchAny(*Context) Truth { return Maybe }
