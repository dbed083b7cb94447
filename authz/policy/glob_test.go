package policy

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// The rules of "Using wildcards in resource ARNs":
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
func TestResourcePatternsMatchLikeARNs(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:ses:eu-west-1:111122223333:identity/example.com"
	tests := []struct {
		pattern, resource string
		want              bool
	}{
		{"*", arn, true},
		{"**", arn, true},
		{arn, arn, true},
		{arn, strings.ToUpper(arn), false},
		{"arn:*", arn, true},
		{"arn:aws:ses:*", arn, true},
		{"arn:aws:ses:*:identity/example.com", arn, true},
		{"arn:aws:ses:*:*:identity/*", arn, true},
		{"arn:aws:ses:eu-*:111122223333:identity/example.com", arn, true},
		{"arn:aws:ses:eu-*-1:111122223333:identity/example.com", arn, true},
		{"arn:aws:ses:??-west-?:*:identity/example.com", arn, true},
		{"arn:aws:ses:eu-west-1:1111????3333:identity/example.com", arn, true},
		// Not the last of its segment: it stays in it.
		{"arn:aws:ses:eu*1:identity/example.com", "arn:aws:ses:eu-west-1:111122223331:identity/example.com", false},
		{"arn:aws:ses:*/example.com", arn, false},
		{"arn:aws:ses:eu-west-1?111122223333:identity/example.com", arn, false},
		{"arn:aws:ses:*st-1:111122223333:identity/example.com", arn, true},
		{"arn:aws:ses:**st-1:1*3:identity/example.com", arn, true},
		// The last of its segment: it may go on.
		{"arn:aws:ses:eu-*:identity/example.com", arn, true},
		{"arn:aws*:identity/example.com", arn, true},
		// In the resource part everything goes.
		{"arn:aws:logs:eu-west-1:1:log-group:a*z:b", "arn:aws:logs:eu-west-1:1:log-group:a:b:z:b", true},
		{"arn:aws:logs:eu-west-1:1:log-group?a", "arn:aws:logs:eu-west-1:1:log-group:a", true},
		{"arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1///test///object.jpg", true},
		{"arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1-test/object.jpg", false},
		{"arn:aws:ses:eu-west-1:1:identity/j?rg", "arn:aws:ses:eu-west-1:1:identity/jörg", true},
		{"arn:aws:ses:eu-west-1:1:identity/j??rg", "arn:aws:ses:eu-west-1:1:identity/jörg", false},
		{"arn:aws:ses:eu-west-1:1:identity/[a]", "arn:aws:ses:eu-west-1:1:identity/a", false},
	}
	for _, tt := range tests {
		p := compilePattern(tt.pattern, syntax{wildcards: true, arn: true})
		if got := p.match(nil, tt.resource, exactly); got != truth(tt.want) {
			t.Errorf("%s on %s: %v, want %v", tt.pattern, tt.resource, got, tt.want)
		}
	}
}

func TestOnlyTheBeginningOfAResourceIsKnown(t *testing.T) {
	t.Parallel()
	const prefix = "arn:aws:ses:eu-west-1:111122223333:identity/"
	tests := []struct {
		pattern string
		want    Truth
	}{
		{"*", Yes},
		{"arn:aws:ses:*", Yes},
		{prefix + "*", Yes},
		{prefix + "example.com", Maybe},
		{prefix + "*.example.com", Maybe},
		{prefix + "?*", Maybe},
		{prefix + "${aws:username}", Maybe},
		{prefix + "${aws:userid}", No}, // has no value
		{"arn:aws:ses:eu-west-1:111122223333:identity?*", Yes},
		{"arn:aws:ses:eu-west-1:111122223333:*?", Yes},
		{"arn:aws:ses:eu-west-1:111122223333:ident", No},
		{"arn:aws:ses:eu-west-1:111122223333:configuration-set/*", No},
		{"arn:aws:ses:us-*-1:*:identity/*", No},
		{"arn:aws:ses:eu-*-1:*:identity/*", Yes},
	}
	ctx := &Context{}
	ctx.Set("aws:username", "alice")
	for _, tt := range tests {
		p := compilePattern(tt.pattern, syntax{wildcards: true, variables: true, arn: true})
		if got := p.match(ctx, prefix, openEnd); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.pattern, got, tt.want)
		}
	}
}

// naiveMatch is the meaning of a pattern, a character at a time.
func naiveMatch(pattern, text []rune, segment int, arn bool) bool {
	if len(pattern) == 0 {
		return len(text) == 0
	}
	c, rest := pattern[0], pattern[1:]
	confined := arn && segment < 5
	switch c {
	case '*':
		confined = confined && len(rest) > 0 && rest[0] != ':'
		for i := 0; ; i++ {
			if naiveMatch(rest, text[i:], segment, arn) {
				return true
			}
			if i == len(text) || confined && text[i] == ':' {
				return false
			}
		}
	case '?':
		return len(text) > 0 && !(confined && text[0] == ':') && naiveMatch(rest, text[1:], segment, arn)
	case ':':
		segment++
	}
	return len(text) > 0 && text[0] == c && naiveMatch(rest, text[1:], segment, arn)
}

func FuzzPatternMatchesLikeTheNaiveOne(f *testing.F) {
	f.Add("arn:aws:ses:*:1*3:identity/*@a.b", "arn:aws:ses:eu:123:identity/x@a.b", true)
	f.Add("a*b?c**d", "aXbYcZd", false)
	f.Add("*a*a*a*b", "aaaaaaaaaaaa", false)
	f.Add("?ö*:", "xöy:", true)
	f.Add("*:?*:*a", "::a:b:a", true)
	f.Fuzz(func(t *testing.T, pattern, text string, arn bool) {
		if len(pattern) > 24 || len(text) > 24 || !utf8.ValidString(pattern) || !utf8.ValidString(text) {
			t.Skip("too slow for the naive one, or not text")
		}
		p := compilePattern(pattern, syntax{wildcards: true, arn: arn})
		want := naiveMatch([]rune(pattern), []rune(text), 0, arn)
		if got := p.match(nil, text, exactly); got != truth(want) {
			t.Errorf("%q on %q (arn %v): %v, want %v", pattern, text, arn, got, want)
		}
		switch open := p.match(nil, text, openEnd); {
		case want && open == No:
			t.Errorf("%q on %q: matches, yet no continuation does", pattern, text)
		case !want && open == Yes:
			t.Errorf("%q on %q: does not match, yet every continuation does", pattern, text)
		}
	})
}

// texts returns every text up to n characters of an alphabet.
func texts(alphabet string, n int) []string {
	all := []string{""}
	for from := 0; n > 0; n-- {
		last := all[from:]
		from = len(all)
		for _, t := range last {
			for _, c := range alphabet {
				all = append(all, t+string(c))
			}
		}
	}
	return all
}

func TestOpenEndIsExactForEverySmallPattern(t *testing.T) {
	t.Parallel()
	suffixes := append(texts("ab:", 3), texts("a:", 4)...)
	for _, arn := range []bool{false, true} {
		for _, pattern := range texts("a:*?", 4) {
			p := compilePattern(pattern, syntax{wildcards: true, arn: arn})
			for _, prefix := range texts("a:", 2) {
				some, all := false, true
				for _, suffix := range suffixes {
					matches := p.match(nil, prefix+suffix, exactly) == Yes
					some, all = some || matches, all && matches
				}
				if got, want := p.match(nil, prefix, openEnd), certainOrNot(some, all); got != want {
					t.Errorf("%q on %q, arn %v: %v, want %v", pattern, prefix+"…", arn, got, want)
				}
			}
		}
	}
}

// Backtracking would not come back from these.
func TestPatternsWrittenToBeSlowAreNot(t *testing.T) {
	t.Parallel()
	text := "arn:aws:" + strings.Repeat("a", 500)
	for _, pattern := range []string{
		strings.Repeat("*a", 200) + "b",
		strings.Repeat("a*", 200) + "b",
		strings.Repeat("?*", 200) + "b",
		"arn:aws:" + strings.Repeat("*a", 200) + "b:",
	} {
		for _, arn := range []bool{false, true} {
			p := compilePattern(pattern, syntax{wildcards: true, arn: arn})
			if p.match(nil, text, exactly) != No {
				t.Errorf("%.20s… matches", pattern)
			}
		}
	}
}
