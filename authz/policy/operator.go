package policy

import "strings"

// operator is a condition operator taken apart, such as
// ForAnyValue:StringNotLikeIfExists.
type operator struct {
	comparison

	quantifier quantifier
	ifExists   bool
}

// quantifier is the set operator before the colon.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
type quantifier uint8

const (
	none quantifier = iota
	forAllValues
	forAnyValue
)

// comparison is an operator's own part.
type comparison struct {
	compile func(text string, variables bool) matcher // nil for Null
	negated bool
}

// matcher is one value that a policy wants, prepared for comparison.
type matcher interface {
	// match compares the value of a context key.
	match(ctx *Context, got string) Truth
	// matchAny is match for a value that is not known.
	matchAny(ctx *Context) Truth
}

// comparisons has every operator by its name in lower case.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
var comparisons = map[string]comparison{
	"stringequals":              {compile: equals},
	"stringnotequals":           {compile: equals, negated: true},
	"stringequalsignorecase":    {compile: equalsFold},
	"stringnotequalsignorecase": {compile: equalsFold, negated: true},
	"stringlike":                {compile: like},
	"stringnotlike":             {compile: like, negated: true},

	"numericequals":            {compile: numeric(equal)},
	"numericnotequals":         {compile: numeric(equal), negated: true},
	"numericlessthan":          {compile: numeric(less)},
	"numericlessthanequals":    {compile: numeric(lessEqual)},
	"numericgreaterthan":       {compile: numeric(greater)},
	"numericgreaterthanequals": {compile: numeric(greaterEqual)},

	"dateequals":            {compile: date(equal)},
	"datenotequals":         {compile: date(equal), negated: true},
	"datelessthan":          {compile: date(less)},
	"datelessthanequals":    {compile: date(lessEqual)},
	"dategreaterthan":       {compile: date(greater)},
	"dategreaterthanequals": {compile: date(greaterEqual)},

	"bool":         {compile: boolean},
	"binaryequals": {compile: binary},
	"ipaddress":    {compile: address},
	"notipaddress": {compile: address, negated: true},

	// ArnEquals and ArnLike behave identically.
	"arnequals":    {compile: arnLike},
	"arnlike":      {compile: arnLike},
	"arnnotequals": {compile: arnLike, negated: true},
	"arnnotlike":   {compile: arnLike, negated: true},

	"null": {},
}

// findOperator takes an operator's name apart; msg says why it is none.
func findOperator(name string) (op operator, msg string) {
	rest := strings.ToLower(name)
	if r, ok := strings.CutPrefix(rest, "forallvalues:"); ok {
		op.quantifier, rest = forAllValues, r
	} else if r, ok := strings.CutPrefix(rest, "foranyvalue:"); ok {
		op.quantifier, rest = forAnyValue, r
	}
	rest, op.ifExists = strings.CutSuffix(rest, "ifexists")
	c, ok := comparisons[rest]
	if !ok {
		return op, quote("there is no condition operator %s", name)
	}
	if c.compile == nil && op.ifExists {
		return op, "Null does not go with IfExists"
	}
	op.comparison = c
	return op, ""
}

// The relations of ordered values, on what cmp.Compare returns.
func equal(order int) bool        { return order == 0 }
func less(order int) bool         { return order < 0 }
func lessEqual(order int) bool    { return order <= 0 }
func greater(order int) bool      { return order > 0 }
func greaterEqual(order int) bool { return order >= 0 }
