package policy

import (
	"fmt"
	"strings"
)

// principals checks the entries of Principal or NotPrincipal.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (l *linter) principals(list []part) {
	for _, p := range list {
		named := p.statement.Principals
		if named == nil {
			named = p.statement.NotPrincipals
		}
		if named[p.index].Type == "AWS" && p.value != "*" {
			l.principal(p)
		}
	}
}

// principal checks an entry of the type AWS.
func (l *linter) principal(p part) {
	arn := strings.SplitN(p.value, ":", arnSegments)
	switch {
	case isUniqueID(p.value):
		l.report(p, RulePrincipalGone,
			fmt.Sprintf("%q stands for a user or role that was deleted; one made anew under its name is another", p.value),
			"write the ARN of the user or role that is meant now")
	case strings.ContainsAny(p.value, "*?"):
		l.report(p, RulePrincipalNobody,
			fmt.Sprintf("%q matches nobody: a principal's ARN takes no wildcards", p.value),
			`name the account, and the roles by a condition such as {"ArnLike": {"aws:PrincipalArn": "..."}}`)
	case len(arn) == arnSegments && strings.HasPrefix(arn[arnResource], "group/"):
		l.report(p, RulePrincipalNobody,
			fmt.Sprintf("%q matches nobody: a group is no principal", p.value),
			"name its users, or the account")
	case len(arn) == arnSegments && l.where.Partition != "" && arn[arnPartition] != l.where.Partition:
		l.report(p, RuleARNPartition,
			fmt.Sprintf("%q matches nobody in partition %q", p.value, l.where.Partition),
			fmt.Sprintf("write %q in the second place of the ARN", l.where.Partition))
	}
}

// isUniqueID reports whether text is the ID of a user or a role. AWS shows it in
// the place of an ARN once there is nothing more of that ARN.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func isUniqueID(text string) bool {
	const shortest = 16
	return len(text) >= shortest && (strings.HasPrefix(text, "AIDA") || strings.HasPrefix(text, "AROA")) &&
		strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}
