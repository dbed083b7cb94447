package policy

import (
	"cmp"
	"slices"
)

// Problem is something in a policy that AWS accepts and that most likely does
// not do what its author meant.
type Problem struct {
	Rule         Rule
	Suspected    bool       // likely, not proven: not documented, or perhaps meant
	Statement    *Statement // the one it is in
	Line, Column int        // of the value, in the text given to Parse
	Element      string     // Action, NotAction, Resource, NotResource, Principal, NotPrincipal or Condition
	Value        string     // as written, not checked: an entry of the element, a condition key or one of its values
	Title        string     // what is wrong, in one sentence, values quoted
	Fix          string     // what to write instead
}

// Rule names a kind of problem. Its names are stable.
type Rule string

// The rules.
const (
	RuleActionPrefix    Rule = "action-prefix"    // sesv2:, which is no prefix
	RuleActionUnknown   Rule = "action-unknown"   // no such action of SES
	RuleRawMail         Rule = "raw-mail"         // SendEmail without SendRawEmail
	RuleARNShape        Rule = "arn-shape"        // an ARN that nothing can have
	RuleARNPartition    Rule = "arn-partition"    // an ARN of another partition
	RuleARNRegion       Rule = "arn-region"       // an ARN of another region
	RuleARNAccount      Rule = "arn-account"      // an ARN of another account
	RuleResourceType    Rule = "resource-type"    // no such type of resource in SES
	RuleNotIdentity     Rule = "not-identity"     // a sending authorization policy for something else
	RuleLetterCase      Rule = "letter-case"      // a domain in upper case
	RulePrincipalGone   Rule = "principal-gone"   // what is left of a deleted user or role
	RulePrincipalNobody Rule = "principal-nobody" // a principal that matches nobody
	RuleKeyUnknown      Rule = "key-unknown"      // no such condition key
	RuleKeyAbsent       Rule = "key-absent"       // a condition key that is not there when raw mail is sent
	RuleVariableVersion Rule = "variable-version" // a variable in a document of 2008
	RuleVariablePlace   Rule = "variable-place"   // a variable where AWS does not take one
	RuleSetMissing      Rule = "set-missing"      // a multivalued key without set operator
	RuleSetMisused      Rule = "set-misused"      // the set operator that lets one recipient decide for all
	RuleSetSingle       Rule = "set-single"       // a set operator on a single-valued key
	RuleWildcard        Rule = "wildcard"         // a wildcard that its operator does not know
	RuleValue           Rule = "value"            // a value that its operator cannot read
	RuleNull            Rule = "null"             // Null that settles the condition, or IfExists beside it
)

// Place is what is known of where a policy counts. The zero value knows nothing,
// and nothing is said of what depends on it.
type Place struct {
	Partition string    // such as aws-us-gov
	Regions   []string  // in which mail is sent
	Account   string    // whose identities are used, 12 digits
	Identity  string    // ARN of the identity that a sending authorization policy is attached to
	Principal Principal // to whom an identity-based policy, boundary or session policy applies
}

// Lint says what in a policy of the given layer is most likely a mistake, in the
// order of the text. It judges what concerns sending through SES; of other
// services it knows nothing and says nothing. The document is one that Parse
// returned.
func Lint(layer Layer, d *Document, where Place) []Problem {
	l := linter{layer: layer, doc: d, where: where, known: withPrefix(sesActions)}
	for _, st := range d.Statements {
		l.raw[st.Effect] = l.raw[st.Effect] || st.covers(sendRawEmail)
	}
	for _, st := range d.Statements {
		l.statement(st, locate(st))
	}
	slices.SortStableFunc(l.found, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return l.found
}

// linter reads one document.
type linter struct {
	layer Layer
	doc   *Document
	where Place
	known []string // the actions of SES, in lower case
	raw   [2]bool  // by Effect: some statement covers ses:SendRawEmail
	found []Problem
}

func (l *linter) statement(st *Statement, parts *parts) {
	l.actions(parts.actions)
	l.rawMail(parts.actions)
	l.resources(parts.resources)
	l.principals(parts.principals)
	for i := range parts.conditions {
		l.condition(&st.Conditions[i], &parts.conditions[i])
	}
}

// report adds what is certain.
func (l *linter) report(p part, rule Rule, title, fix string) {
	l.found = append(l.found, Problem{
		Rule:      rule,
		Statement: p.statement,
		Line:      p.line,
		Column:    p.column,
		Element:   p.element,
		Value:     p.value,
		Title:     title,
		Fix:       fix,
	})
}

// suspect adds what is not.
func (l *linter) suspect(p part, rule Rule, title, fix string) {
	l.report(p, rule, title, fix)
	l.found[len(l.found)-1].Suspected = true
}

// versioned reports whether the document's version has variables.
func (l *linter) versioned() bool { return l.doc.Version == version2012 }

// personal reports whether the policy applies to the principal of the place
// alone, as far as the place matters.
func (l *linter) personal() bool {
	return l.layer == Identity || l.layer == Boundary || l.layer == Session
}
