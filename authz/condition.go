package authz

import (
	"fmt"
	"strings"

	"sesgate/authz/diagnosis"
	"sesgate/authz/policy"
)

// telling picks the condition that says most of why a statement applies or does
// not: of those that fail the first, else of those that hold the first about the
// message, else the first.
func telling(tests []policy.Test) (policy.Test, bool) {
	for _, t := range tests {
		if t.Truth == policy.No {
			return t, true
		}
	}
	for _, t := range tests {
		if strings.HasPrefix(strings.ToLower(t.Key), "ses:") {
			return t, true
		}
	}
	if len(tests) > 0 {
		return tests[0], true
	}
	return policy.Test{}, false
}

// decisive picks the condition of a Deny that says most of why it holds: the one
// on the recipients if some are at fault; else a negated one, as that excludes
// where the others choose, the region before others; else the first about the
// message.
func decisive(tests []policy.Test, recipients bool) (policy.Test, bool) {
	for _, t := range tests {
		if recipients && strings.EqualFold(t.Key, "ses:Recipients") {
			return t, true
		}
	}
	for _, t := range tests {
		if negated(t) && strings.EqualFold(t.Key, "aws:RequestedRegion") {
			return t, true
		}
	}
	for _, t := range tests {
		if negated(t) {
			return t, true
		}
	}
	return telling(tests)
}

func negated(t policy.Test) bool { return strings.Contains(strings.ToLower(t.Operator), "not") }

// others says the conditions of a Deny besides the decisive one.
func others(tests []policy.Test, decisive policy.Test) string {
	var b strings.Builder
	for _, t := range tests {
		if t.Key != decisive.Key || t.Operator != decisive.Operator {
			b.WriteString(", and " + met(t))
		}
	}
	return b.String()
}

// conditionCodes are the codes by condition key, in lower case; families end
// in a slash.
var conditionCodes = []struct {
	key  string
	code diagnosis.Code
}{
	{"ses:fromaddress", diagnosis.IAMCondFrom},
	{"ses:fromdisplayname", diagnosis.IAMCondName},
	{"ses:feedbackaddress", diagnosis.IAMCondFeedback},
	{"ses:recipients", diagnosis.IAMCondRcpt},
	{"ses:apiversion", diagnosis.IAMCondAPIVer},
	{"ses:tenantname", diagnosis.IAMCondTenant},
	{"ses:multiregionendpointid", diagnosis.IAMCondTenant},
	{"ses:", diagnosis.IAMCondUnknownKey},
	{"aws:currenttime", diagnosis.IAMCondTime},
	{"aws:epochtime", diagnosis.IAMCondTime},
	{"aws:tokenissuetime", diagnosis.IAMCondTime},
	{"aws:sourceip", diagnosis.IAMCondIP},
	{"aws:vpcsourceip", diagnosis.IAMCondVPCE},
	{"aws:sourcevpc", diagnosis.IAMCondVPCE},
	{"aws:sourcevpce", diagnosis.IAMCondVPCE},
	{"aws:securetransport", diagnosis.IAMCondTLS},
	{"aws:useragent", diagnosis.IAMCondUA},
	{"aws:principaltag/", diagnosis.IAMCondTag},
	{"aws:multifactorauthpresent", diagnosis.IAMCondMFA},
	{"aws:multifactorauthage", diagnosis.IAMCondMFA},
}

// conditionCode is the code of a condition that decided; otherwise where its key
// has none of its own.
func conditionCode(t policy.Test, otherwise diagnosis.Code) diagnosis.Code {
	key := strings.ToLower(t.Key)
	for _, c := range conditionCodes {
		if key != c.key && !(strings.HasSuffix(c.key, "/") || strings.HasSuffix(c.key, ":")) || !strings.HasPrefix(key, c.key) {
			continue
		}
		switch {
		case c.code == diagnosis.IAMCondFrom && byCaseOnly(t):
			return diagnosis.IAMCondFromCase
		case c.code == diagnosis.IAMCondRcpt && !strings.HasPrefix(strings.ToLower(t.Operator), "for"):
			return diagnosis.IAMCondRcptSet
		}
		return c.code
	}
	return otherwise
}

// fromNowOn is the code of a condition of a Deny.
func fromNowOn(code diagnosis.Code, t policy.Test) diagnosis.Code {
	return lasting(code, t, "DateGreaterThan", "NumericGreaterThan")
}

// lasting is the code of a condition on the clock that no waiting meets: one of
// those operators, by its beginning.
func lasting(code diagnosis.Code, t policy.Test, operators ...string) diagnosis.Code {
	if code != diagnosis.IAMCondTime || strings.EqualFold(t.Key, "aws:TokenIssueTime") {
		return code
	}
	for _, op := range operators {
		if strings.HasPrefix(strings.ToLower(t.Operator), strings.ToLower(op)) {
			return diagnosis.IAMCondTimeOver
		}
	}
	return code
}

// byCaseOnly reports whether a wanted value matches what was there but for letter
// case.
func byCaseOnly(t policy.Test) bool {
	for _, w := range t.Wanted {
		for _, g := range t.Got {
			if w != g && like(strings.ToLower(w), strings.ToLower(g)) && !like(w, g) {
				return true
			}
		}
	}
	return false
}

// like matches a pattern of * and ?. It decides on words only, never on mail.
func like(pattern, text string) bool {
	star, mark := -1, 0 // the last *, and where in text it was met
	p := 0
	for t := 0; t < len(text); {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// wanted says what an unmet condition asks for and what was there.
func wanted(t policy.Test) string {
	return fmt.Sprintf("%s %s %s; %s", t.Key, t.Operator, quoted(t.Wanted), got(t))
}

// met says what a condition of a Deny asks for and what was there.
func met(t policy.Test) string {
	return fmt.Sprintf("%s %s %s (%s)", t.Key, t.Operator, quoted(t.Wanted), it(t))
}

func it(t policy.Test) string { return "it is" + strings.TrimPrefix(got(t), t.Key+" is") }

func got(t policy.Test) string {
	switch t.State {
	case policy.KeyAbsent:
		return t.Key + " is not in the request"
	case policy.KeyUnknown:
		return t.Key + " is not known"
	}
	if len(t.Got) == 0 {
		return t.Key + " is empty"
	}
	return t.Key + " is " + quoted(t.Got)
}

func quoted(values []string) string {
	q := make([]string, len(values))
	for i, v := range values {
		q[i] = fmt.Sprintf("%q", v)
	}
	return some(q)
}

// satisfy says how the condition of an Allow can be met.
func satisfy(t policy.Test) string {
	values := quoted(t.Wanted)
	switch conditionCode(t, "") {
	case diagnosis.IAMCondFrom:
		return "send from an address that matches " + values + ", or add yours to the condition"
	case diagnosis.IAMCondFromCase:
		return "write the address as the condition does, " + values + ", or use StringEqualsIgnoreCase there"
	case diagnosis.IAMCondName:
		return "use a display name that matches " + values + ", or add yours to the condition"
	case diagnosis.IAMCondFeedback:
		return "set a Return-Path that matches " + values + ", or change the condition"
	case diagnosis.IAMCondRcpt:
		return "send to recipients that match " + values + " only, apart from others, or add theirs to the condition"
	case diagnosis.IAMCondAPIVer:
		return "sesgate uses version 2 of the API: add \"2\" to the condition"
	case diagnosis.IAMCondUnknownKey:
		return "SES never sends the key " + t.Key + ": the keys are ses:FromAddress, ses:FromDisplayName, ses:FeedbackAddress, ses:Recipients, ses:ApiVersion"
	case diagnosis.IAMCondTime:
		return "wait until the condition's time has come, or change it"
	case diagnosis.IAMCondTLS:
		return "the condition is the wrong way round: SES is always called over TLS, so ask for \"true\""
	case diagnosis.IAMCondTag:
		return "tag the principal as the condition asks, or change it"
	case diagnosis.IAMCondMFA:
		return "a service cannot use MFA: exempt its principal from the condition"
	}
	return "change the condition, or meet it"
}

// exempt says how the condition of a Deny can be got out of.
func exempt(t policy.Test) string {
	values := quoted(t.Wanted)
	switch conditionCode(t, "") {
	case diagnosis.IAMCondFrom, diagnosis.IAMCondFromCase:
		if negated(t) {
			return "send from an address that matches " + values + ", or add yours to the condition"
		}
		return "send from an address that does not match " + values + ", or change the condition"
	case diagnosis.IAMCondRcpt:
		if negated(t) {
			return "send to recipients that match " + values + " only, apart from others, or add theirs to the condition"
		}
		return "leave out recipients that match " + values + ", or change the condition"
	case diagnosis.IAMCondName:
		return "use a display name that " + matching(t) + values + ", or change the condition"
	case diagnosis.IAMCondFeedback:
		return "set feedback_address in the route to one that " + matching(t) + values + ", or change the condition"
	case diagnosis.IAMCondIP:
		return "call SES from an address that " + matching(t) + values + ", such as that of another NAT gateway, or change the condition"
	case diagnosis.IAMCondTLS:
		return "the condition is the wrong way round: SES is always called over TLS, so deny if it is \"false\""
	case diagnosis.IAMCondTime:
		if fromNowOn(diagnosis.IAMCondTime, t) == diagnosis.IAMCondTimeOver {
			return "change the condition, or take the statement out: it denies whatever comes after that time"
		}
		return "wait until the condition's time is over, or change it"
	}
	return "change the condition, or take the statement out"
}

// matching is "matches " for a condition of a Deny that excludes what does not
// match, else "does not match ".
func matching(t policy.Test) string {
	if negated(t) {
		return "matches "
	}
	return "does not match "
}
