package policy

import (
	"fmt"
	"strings"
)

// value checks one value of a condition.
func (l *linter) value(c *Condition, p part) {
	if !l.readable(c, p.value) {
		l.report(p, RuleValue, fmt.Sprintf("%s cannot read %q", c.Operator, p.value), "correct the value, or take another operator")
		return
	}
	switch c.key {
	case "ses:fromaddress", "ses:recipients", "ses:feedbackaddress":
		l.addressPattern(c, p)
	}
}

// readable reports whether the operator can read the value: as a number, a date,
// an address or a truth value.
func (l *linter) readable(c *Condition, text string) bool {
	compile := c.op.compile
	if compile == nil {
		compile = boolean
	}
	switch m := compile(text, l.versioned()).(type) {
	case nothing:
		return false
	case boolMatcher:
		return isBoolean(m.want)
	}
	return true
}

// addressPattern checks what a mail address is compared with: by letter case,
// unless the operator says otherwise.
// https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
func (l *linter) addressPattern(c *Condition, p part) {
	operator := strings.ToLower(c.Operator)
	if !strings.Contains(operator, "string") {
		return
	}
	if !strings.Contains(operator, "ignorecase") && upperDomain(p.value, l.versioned()) {
		l.suspect(p, RuleLetterCase,
			fmt.Sprintf("%q likely does not match mail as it is sent: %s compares %s by letter case, and domains are mostly in lower case",
				p.value, c.Operator, c.Key),
			"write the domain in lower case, or use StringEqualsIgnoreCase where there is no wildcard")
	}
	if !strings.Contains(operator, "like") && strings.ContainsAny(p.value, "*?") {
		l.report(p, RuleWildcard,
			fmt.Sprintf("%s takes the wildcard in %q for a letter, and means only an address written so", c.Operator, p.value),
			"use StringLike or StringNotLike")
	}
}
