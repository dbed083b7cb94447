package policy

import (
	"fmt"
	"strings"
)

// condition checks one operator on one key.
func (l *linter) condition(c *Condition, parts *conditionParts) {
	key := findKey(c.key)
	switch {
	case key != nil:
		l.supply(c, parts.key, key)
		l.quantifier(c, parts.key, key)
		l.null(c, parts.key, key)
	case judged(c.key):
		l.suspect(parts.key, RuleKeyUnknown,
			fmt.Sprintf("there was no key %q in %s, so that %s", c.Key, namesAsOf, c.without()),
			meant(suggestKey(c.Key), ""))
	}
	for _, p := range parts.values {
		l.variables(p)
		l.value(c, p)
	}
}

// without says what the condition comes to if its key is absent.
func (c *Condition) without() string {
	switch c.truth(&Context{}) {
	case Yes:
		return "the condition always holds"
	case No:
		return "the condition never holds"
	}
	return "nobody says whether the condition holds"
}

// supply checks that the key is there when raw mail is sent, for statements that
// name it. With IfExists the author says that it may not be.
func (l *linter) supply(c *Condition, p part, key *conditionKey) {
	if l.withoutUserName(c.key) {
		l.report(p, RuleKeyAbsent,
			fmt.Sprintf("only users have an aws:username, not %s, so that %s", l.who(), c.without()),
			"use aws:PrincipalArn, or aws:PrincipalTag/KEY with a tag of the principal")
		return
	}
	if c.op.ifExists || !p.statement.sends() {
		return
	}
	const fix = "name ses:SendRawEmail in a statement without this condition"
	switch {
	case key.raw == never:
		l.report(p, RuleKeyAbsent, fmt.Sprintf("SES gives no %q when mail is sent, so that %s", c.Key, c.without()), fix)
	case key.raw == unlisted:
		l.suspect(p, RuleKeyAbsent, fmt.Sprintf("SES is not documented to give %q for ses:SendRawEmail; if it does not, %s",
			c.Key, c.without()), fix)
	case key.raw == indirect && l.personal():
		l.suspect(p, RuleKeyAbsent, fmt.Sprintf("%q is not there when an application itself sends mail, so that %s", c.Key, c.without()), fix)
	}
}

// quantifier checks ForAllValues and ForAnyValue.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
func (l *linter) quantifier(c *Condition, p part, key *conditionKey) {
	if c.op.compile == nil {
		return // of Null there are no values to count
	}
	_, bare, found := strings.Cut(c.Operator, ":")
	if !found {
		bare = c.Operator
	}
	switch effect := p.statement.Effect; {
	case !key.multi && c.op.quantifier != none:
		l.suspect(p, RuleSetSingle, fmt.Sprintf("%q has one value at most: %s makes a difference only where it is absent", c.Key, c.Operator),
			fmt.Sprintf("write %q", bare))
	case key.multi && c.op.quantifier == none:
		l.suspect(p, RuleSetMissing, fmt.Sprintf("%q has any number of values: what %s does with them is not documented", c.Key, c.Operator),
			setFix(key, effect, bare))
	case key.name != "ses:Recipients":
	case effect == EffectDeny && c.op.quantifier == forAllValues:
		l.suspect(p, RuleSetMisused, fmt.Sprintf("mail is denied only if %s holds for every recipient: one for whom it does not lets it pass to all", c.Operator),
			setFix(key, effect, bare))
	case effect == EffectAllow && c.op.quantifier == forAnyValue:
		l.suspect(p, RuleSetMisused, fmt.Sprintf("mail is allowed as soon as %s holds for one recipient, whoever the others are", c.Operator),
			setFix(key, effect, bare))
	}
}

// setFix is the advice for a multivalued key. Mail has recipients, so that
// ForAllValues never holds for want of them; of other keys that is not certain.
func setFix(key *conditionKey, effect Effect, bare string) string {
	switch {
	case key.name != "ses:Recipients":
		return fmt.Sprintf("write %q, or %q with a Null that wants the key present", "ForAnyValue:"+bare, "ForAllValues:"+bare)
	case effect == EffectDeny:
		return fmt.Sprintf("write %q", "ForAnyValue:"+bare)
	default:
		return fmt.Sprintf("write %q", "ForAllValues:"+bare)
	}
}

// null checks Null, alone and beside other conditions on the same key.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Null
func (l *linter) null(c *Condition, p part, key *conditionKey) {
	if c.op.compile != nil {
		l.besideNull(c, p)
		return
	}
	if c.op.quantifier != none {
		return // what a set operator does to Null is not documented
	}
	switch wantsNull, wantsValue := c.wants("true"), c.wants("false"); {
	case wantsNull && wantsValue:
		l.report(p, RuleNull, fmt.Sprintf("Null holds for %q both absent and present, so that it always holds", c.Key),
			`leave one of "true" and "false"`)
	case wantsNull && key.raw == always && p.statement.sends():
		l.report(p, RuleNull, fmt.Sprintf("%q is there whenever mail is sent, so that the condition never holds", c.Key),
			`remove the condition, or write "false" if the key must be there`)
	}
}

// besideNull checks a condition against a Null on its key.
func (l *linter) besideNull(c *Condition, p part) {
	for i := range p.statement.Conditions {
		n := &p.statement.Conditions[i]
		if n.key != c.key || n.op.compile != nil || n.op.quantifier != none || n.wants("true") == n.wants("false") {
			continue
		}
		switch {
		case n.wants("true") && c.absent() == No:
			l.report(p, RuleNull, fmt.Sprintf("Null wants %q absent and %s wants it present: the statement never applies", c.Key, c.Operator),
				fmt.Sprintf("remove one of the two, or write %q in another statement", c.Operator))
		case n.wants("true") && c.absent() == Yes:
			l.report(p, RuleNull, fmt.Sprintf("Null wants %q absent, so that %s always holds", c.Key, c.Operator), "remove one of the two")
		case n.wants("false") && c.op.ifExists:
			l.report(p, RuleNull, fmt.Sprintf("Null wants %q present, so that IfExists makes no difference", c.Key), "remove one of the two")
		}
	}
}

// wants reports whether the word is among the values, in any letter case.
func (c *Condition) wants(word string) bool {
	for _, v := range c.Values {
		if strings.EqualFold(v, word) {
			return true
		}
	}
	return false
}
