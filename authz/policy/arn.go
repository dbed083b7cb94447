package policy

import "strings"

// arnMatcher compares ARNs: "Each of the six colon-delimited components of the
// ARN is checked separately and each can include multi-character match
// wildcards (*) or single-character match wildcards (?)." The sixth may hold
// colons.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
type arnMatcher struct {
	segments []pattern // six, unless the value is no ARN
	whole    pattern
}

// arnLike compiles a value of an ARN operator.
func arnLike(text string, variables bool) matcher {
	syn := syntax{wildcards: true, variables: variables}
	m := &arnMatcher{whole: compilePattern(text, syn)}
	for _, part := range splitARN(text, variables) {
		m.segments = append(m.segments, compilePattern(part, syn))
	}
	return m
}

func (m *arnMatcher) match(ctx *Context, got string) Truth {
	if len(m.segments) < arnSegments {
		return m.matchOther(ctx, got)
	}
	t := Yes
	for i := range m.segments {
		part, rest, found := strings.Cut(got, ":")
		if i == arnSegments-1 {
			part = got
		} else if !found {
			return No
		}
		t = t.and(m.segments[i].match(ctx, part, exactly))
		got = rest
	}
	return t
}

// matchOther compares with a value that is no ARN as it is written. A variable
// may hold a whole one; what "*" or "arn:aws:*" match is not documented, unless
// the texts differ anyway.
func (m *arnMatcher) matchOther(ctx *Context, got string) Truth {
	t := m.whole.match(ctx, got, exactly)
	if m.whole.wild() || strings.Count(got, ":") < arnSegments-1 {
		t = t.and(Maybe)
	}
	return t
}

func (m *arnMatcher) matchAny(ctx *Context) Truth { return m.whole.possible(ctx) }

func (m *arnMatcher) keys(f func(key string)) { m.whole.keys(f) }

// splitARN splits at the first five colons that are not part of a variable.
func splitARN(text string, variables bool) []string {
	var parts []string
	start := 0
	for i := 0; i < len(text) && len(parts) < arnSegments-1; i++ {
		if variables && strings.HasPrefix(text[i:], "${") {
			_, size := parseVariable(text[i:])
			i += size - 1
			continue
		}
		if text[i] == ':' {
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}
