package policy

import "strings"

// textMatcher compares texts: the String operators.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_String
type textMatcher struct {
	pattern
	how manner
}

// equals compiles a value of StringEquals: case sensitive, without wildcards.
func equals(text string, variables bool) matcher {
	return &textMatcher{pattern: compilePattern(text, syntax{variables: variables})}
}

// equalsFold compiles a value of StringEqualsIgnoreCase.
func equalsFold(text string, variables bool) matcher {
	return &textMatcher{pattern: compilePattern(text, syntax{variables: variables}), how: foldCase}
}

// like compiles a value of StringLike: case sensitive, with wildcards.
func like(text string, variables bool) matcher {
	return &textMatcher{pattern: compilePattern(text, syntax{wildcards: true, variables: variables})}
}

func (m *textMatcher) match(ctx *Context, got string) Truth {
	if m.how == foldCase && len(m.tokens) == 1 && !m.variables {
		return truth(strings.EqualFold(m.tokens[0].text, got))
	}
	return m.pattern.match(ctx, got, m.how)
}

func (m *textMatcher) matchAny(ctx *Context) Truth {
	if m.everything() {
		return Yes
	}
	return m.possible(ctx)
}

// boolMatcher compares "true" and "false".
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Boolean
type boolMatcher struct{ want string }

// boolean compiles a value of Bool. Whether Bool takes variables, AWS's pages
// disagree.
func boolean(text string, variables bool) matcher {
	if variables && strings.Contains(text, "${") {
		return undocumented{}
	}
	return boolMatcher{want: strings.ToLower(text)}
}

// match takes another text than the two for no match, or for false: where these
// readings differ, the answer is not documented.
func (m boolMatcher) match(_ *Context, got string) Truth {
	got = strings.ToLower(got)
	strict := isBoolean(m.want) && m.want == got
	lenient := (m.want == "true") == (got == "true")
	return both(truth(strict), truth(lenient))
}

func (m boolMatcher) matchAny(*Context) Truth { return Maybe }

func isBoolean(text string) bool { return text == "true" || text == "false" }

// undocumented is a value of which AWS does not say what it matches.
type undocumented struct{}

func (undocumented) match(*Context, string) Truth { return Maybe }
func (undocumented) matchAny(*Context) Truth      { return Maybe }
