package policy

import (
	"fmt"
	"strings"
)

// variables checks the policy variables of a value.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func (l *linter) variables(p part) {
	pattern := compilePattern(p.value, syntax{variables: true, arn: p.element != "Condition"})
	for _, t := range pattern.tokens {
		if t.kind == variable && strings.Contains(t.key, ":") {
			l.variable(p, t)
		}
	}
	if pattern.misplaced && l.versioned() {
		l.suspect(p, RuleVariablePlace,
			fmt.Sprintf("%q has a variable before the fifth colon, where AWS documents none", p.value),
			"write the value itself, or an asterisk")
	}
}

// variable checks one of them.
func (l *linter) variable(p part, t token) {
	switch key := findKey(t.key); {
	case !l.versioned():
		l.report(p, RuleVariableVersion,
			fmt.Sprintf("%q is taken letter by letter: the document's Version, %s, has no variables", p.value, l.version()),
			fmt.Sprintf("write \"Version\": %q", version2012))
	case key == nil && judged(t.key):
		l.suspect(p, RuleKeyUnknown,
			fmt.Sprintf("there was no key %q in %s, so %q matches nothing", t.name, namesAsOf, p.value),
			meantVariable(suggestKey(t.name)))
	case !t.hasDefault && l.withoutUserName(t.key):
		l.report(p, RuleKeyAbsent,
			fmt.Sprintf("%q matches nothing: only users have an aws:username, not %s", p.value, l.who()),
			"use ${aws:PrincipalTag/KEY} with a tag of the principal")
	}
}

// meantVariable is the advice for a variable that does not exist.
func meantVariable(key string) string {
	if key == "" {
		return meant("", "")
	}
	return meant("${"+key+"}", "")
}

// version names the document's version, with what its absence means.
func (l *linter) version() string {
	if l.doc.Version == "" {
		return "which is absent and means " + version2008
	}
	return l.doc.Version
}

// withoutUserName reports whether the key is aws:username and the principal
// certainly has none.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
func (l *linter) withoutUserName(key string) bool {
	return key == "aws:username" && l.personal() && l.who() != ""
}

// who names a principal that is not a user; "" for users and the unknown.
func (l *linter) who() string {
	switch c := l.where.Principal.caller(); c.kind {
	case session:
		return "a role"
	case federated:
		return "a federated user"
	case root:
		return "the root user"
	}
	return ""
}
