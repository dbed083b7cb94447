package policy

import (
	"fmt"
	"slices"
	"strings"
)

// The parts of an ARN, by their place between the colons.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
const (
	arnPartition = 1
	arnService   = 2
	arnRegion    = 3
	arnAccount   = 4
	arnResource  = 5
)

// resources checks the entries of Resource or NotResource.
func (l *linter) resources(list []part) {
	var sound []resource
	for _, p := range list {
		l.variables(p)
		if everything(p.value) {
			sound = append(sound, resource{part: p, everything: true})
			continue
		}
		r := newResource(p, l.versioned())
		switch {
		case l.misshapen(r):
		case !r.matches(arnService, "ses"):
			l.foreign(r)
		case l.kind(r) && l.attached(r):
			sound = append(sound, r)
			l.identityCase(r)
		}
	}
	l.elsewhere(sound)
}

// resource is an ARN of a policy taken apart.
type resource struct {
	part
	everything bool
	variables  bool
	arn        []string // its parts, fewer than six if it is cut short
	example    []string // six parts that it should match, each wildcard taken for nothing
}

func newResource(p part, variables bool) resource {
	r := resource{
		part:      p,
		variables: variables,
		arn:       splitARN(p.value, variables),
		example:   []string{"arn", "aws", "ses", "", "", "identity/x"},
	}
	last := len(r.arn) - 1
	for i, text := range r.arn {
		switch {
		case i == last && strings.Contains(text, "/"):
			r.example[arnResource] = example(text, variables)
		case i != arnService:
			r.example[i] = example(text, variables)
		}
	}
	return r
}

// example is a text that a pattern matches, whatever its variables hold.
func example(text string, variables bool) string {
	var b strings.Builder
	p := compilePattern(text, syntax{wildcards: true, variables: variables})
	for _, t := range p.tokens {
		switch t.kind {
		case literal:
			b.WriteString(t.text)
		case many:
		default:
			b.WriteByte('x')
		}
	}
	return b.String()
}

// matches reports whether the entry may match the example with one part replaced.
func (r *resource) matches(at int, value string) bool {
	if r.everything {
		return true
	}
	arn := slices.Clone(r.example)
	arn[at] = value
	return r.mayBe(strings.Join(arn, ":"))
}

// mayBe reports whether the entry matches an ARN, given the right values for its
// variables.
func (r *resource) mayBe(arn string) bool {
	return r.statement.resources[r.index].match(&Context{Open: true}, arn, exactly) != No
}

// misshapen reports whether the entry means SES but can match nothing, and says
// so.
func (l *linter) misshapen(r resource) bool {
	if len(r.arn) <= arnService {
		return false
	}
	wrong := ""
	switch service := r.arn[arnService]; {
	case service == "ses" && (!r.matches(arnService, "ses") || r.hollow()):
		wrong = "it is not an ARN with region and account"
	case service != "ses" && strings.EqualFold(service, "ses"), strings.EqualFold(service, "sesv2"):
		wrong = "ARNs of SES have ses in the third place"
	default:
		return false
	}
	l.report(r.part, RuleARNShape, fmt.Sprintf("%q matches nothing: %s", r.value, wrong),
		`write an ARN such as "arn:aws:ses:eu-west-1:123456789012:identity/example.com"`)
	return true
}

// hollow reports whether the region is left out, or the account is no account:
// 12 digits, or aws for what belongs to SES itself.
func (r *resource) hollow() bool {
	if len(r.arn) < arnSegments {
		return false
	}
	account := r.arn[arnAccount]
	return r.arn[arnRegion] == "" || !r.wild(arnAccount) && !isAccount(account) && account != "aws"
}

// foreign checks what is of another service.
func (l *linter) foreign(r resource) {
	if l.layer == Resource {
		l.report(r.part, RuleNotIdentity, fmt.Sprintf("%q is nothing of SES", r.value), l.identityFix())
	}
}

// wild reports whether a part has wildcards or variables.
func (r *resource) wild(at int) bool { return strings.ContainsAny(r.arn[at], "*?$") }

// kind checks the type of the resource.
func (l *linter) kind(r resource) bool {
	if len(r.arn) < arnSegments || r.mayBeOneOf(sesResourceTypes) {
		return true
	}
	l.suspect(r.part, RuleResourceType,
		fmt.Sprintf("%q matches nothing: SES has no resource %q", r.value, r.arn[arnResource]), r.kindFix())
	return false
}

// kindFix is the advice for a resource of no type.
func (r *resource) kindFix() string {
	kind, name, found := strings.Cut(r.arn[arnResource], "/")
	switch known := Nearest(kind, sesResourceTypes); {
	case !found && strings.ContainsAny(kind, ".@"):
		return meant("identity/"+kind, "")
	case known == "":
		return "write identity/NAME for an identity, configuration-set/NAME for a configuration set"
	case name == "":
		return meant(known+"/NAME", "")
	default:
		return meant(known+"/"+name, "")
	}
}

// mayBeOneOf reports whether the resource may be of one of the types.
func (r *resource) mayBeOneOf(types []string) bool {
	text := r.arn[arnResource]
	start := text
	end := strings.IndexAny(text, "*?$")
	if end >= 0 {
		start = text[:end]
	}
	return slices.ContainsFunc(types, func(kind string) bool {
		return strings.HasPrefix(start, kind+"/") || end >= 0 && strings.HasPrefix(kind+"/", start)
	})
}

// attached checks that a sending authorization policy means its own identity,
// which is all that it can mean.
// https://docs.aws.amazon.com/ses/latest/dg/policy-anatomy.html
func (l *linter) attached(r resource) bool {
	if l.layer != Resource {
		return true
	}
	switch {
	case len(r.arn) == arnSegments && !r.mayBeOneOf([]string{"identity"}):
		l.report(r.part, RuleNotIdentity, fmt.Sprintf("%q is not an identity, to which alone such a policy can be attached", r.value), l.identityFix())
		return false
	case l.where.Identity != "" && !r.mayBe(l.where.Identity):
		l.report(r.part, RuleNotIdentity, fmt.Sprintf("%q is not the identity that the policy is attached to", r.value), l.identityFix())
		return false
	}
	return true
}

// identityFix is the advice for the Resource of a sending authorization policy.
func (l *linter) identityFix() string {
	if l.where.Identity == "" {
		return "write the ARN of the identity that the policy is attached to"
	}
	return fmt.Sprintf("write %q", l.where.Identity)
}

// identityCase checks the domain of an identity: ARNs are compared by letter
// case, and SES keeps domains in lower case.
func (l *linter) identityCase(r resource) {
	if len(r.arn) < arnSegments {
		return
	}
	name, ok := strings.CutPrefix(r.arn[arnResource], "identity/")
	if ok && upperDomain(name, r.variables) {
		l.suspect(r.part, RuleLetterCase,
			fmt.Sprintf("%q likely matches nothing: ARNs are compared by letter case, and SES keeps domains in lower case", r.value),
			"write the domain in lower case")
	}
}

// upperDomain reports whether a pattern for an address or a domain has upper
// case letters in its domain.
func upperDomain(text string, variables bool) bool {
	text = example(text, variables)
	domain := text[strings.LastIndexByte(text, '@')+1:]
	return domain != strings.ToLower(domain)
}

// elsewhere checks the ARNs against the place. A list that also has those of the
// place has the others on purpose, as have policies for many accounts, and a
// Deny.
func (l *linter) elsewhere(list []resource) {
	if l.where.Partition != "" {
		list = l.differ(list, arnPartition, []string{l.where.Partition}, RuleARNPartition,
			"%q matches nothing in partition %q", "write %q in the second place of the ARN")
	}
	if len(list) == 0 || list[0].statement.Effect == EffectDeny || !l.personal() && l.layer != Resource {
		return
	}
	if len(l.where.Regions) > 0 {
		list = l.differ(list, arnRegion, l.where.Regions, RuleARNRegion,
			"%q matches nothing in region %q", "write %q in the fourth place of the ARN")
	}
	if l.where.Account != "" {
		l.differ(list, arnAccount, []string{l.where.Account}, RuleARNAccount,
			"%q matches nothing in account %q",
			"write %q in the fifth place of the ARN, unless the identity is another account's and mail is sent with its ARN")
	}
}

// differ reports the entries of which one part is none of the wanted ones, if
// all are such, and returns the others.
func (l *linter) differ(list []resource, at int, wanted []string, rule Rule, title, fix string) []resource {
	i := slices.IndexFunc(list, func(r resource) bool { return r.fits(at, wanted) })
	if i >= 0 || len(list) == 0 {
		return slices.DeleteFunc(list, func(r resource) bool { return !r.fits(at, wanted) })
	}
	for _, r := range list {
		l.report(r.part, rule, fmt.Sprintf(title, r.value, strings.Join(wanted, " or ")), fmt.Sprintf(fix, wanted[0]))
		l.found[len(l.found)-1].Suspected = at != arnPartition
	}
	return nil
}

// fits reports whether one part may be one of the wanted ones. What belongs to
// SES itself is in every account.
func (r *resource) fits(at int, wanted []string) bool {
	if at == arnAccount && !r.everything && r.example[at] == "aws" {
		return true
	}
	return slices.ContainsFunc(wanted, func(value string) bool { return r.matches(at, value) })
}
