package diagnosis

import (
	"regexp"
	"strings"
)

// Denial is what an "is not authorized to perform" text of AWS states. Fields
// that the text does not state are empty, Action too where it breaks off early.
type Denial struct {
	Principal   string // ARN of the caller, for a role that of the session; or a service
	Action      string // service:Name as written, "" if it cannot be read
	Resource    string // ARN, or *
	Layer       string // kind of policy as policy.Layer writes it, or trust for a role's trust policy
	Via         string // kind of policy through which Layer's applies, where AWS says "transitively through"
	PolicyARN   string // the policy that denies
	Explicit    bool   // a statement denies, as against none allows
	ReasonGiven bool   // the text names the kind of policy
}

// The texts are of two kinds. SES's own, of the sending calls, quotes with
// back-tick and apostrophe and gives no reason:
//
//	User `ARN' is not authorized to perform `ses:SendRawEmail' on resource `ARN'
//
// IAM's, of all other calls, may give one
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html):
//
//	User: ARN is not authorized to perform: ACTION on resource: ARN because no identity-based policy allows the ACTION action
//	User: ARN is not authorized to perform: ACTION on resource: ARN with an explicit deny in a service control policy: ARN
var (
	denialHead     = regexp.MustCompile(denialCaller + "is not authorized to perform:? [`'\"]?([a-z0-9-]+:[a-z0-9*]+)[`'\"]?")
	denialCut      = regexp.MustCompile(denialCaller + `is not authorized to perform\b`) // no action follows that can be read
	denialResource = regexp.MustCompile(`(?i)^ on (?:the )?resources?:? `)
	denialImplicit = regexp.MustCompile(`(?i)^because no ` + layerWords + ` allows?\b`)
	denialExplicit = regexp.MustCompile(`(?i)^(?:with|due to) an explicit deny(?: in (?:an? |the )?` + layerWords + `(?: transitively through (?:an? |the )?` + layerWords + `)?(?:: ?(arn:[^\s"'` + "`" + `,;)]*[^\s"'` + "`" + `,;).]))?)?`)
)

// denialCaller is the caller before a denial: behind User, or an ARN by itself, or none.
const denialCaller = "(?i)(?:\\buser:? (?:[`'\"]?(\\S+?)[`'\"]? )?|[`'\"]?\\b(arn:\\S+?)[`'\"]? |\\b)"

const layerWords = `((?:service control|resource control|vpc endpoint|sessions?|resource-based|role trust|identity-based) polic(?:y|ies)|permissions boundary)`

// ParseDenial finds a denial in text, which may stand among other text, be
// broken into lines, and be quoted as JSON or HTML. It takes a reason only from
// where AWS writes it: never from within a resource, whose name a sender may
// have chosen, and never from behind SES's own quotes.
func ParseDenial(text string) (Denial, bool) {
	d, _, ok := findDenial(plain(text))
	return d, ok
}

// findDenial is ParseDenial on plain text, and tells where the denial begins.
func findDenial(text string) (d Denial, start int, ok bool) {
	if !strings.Contains(strings.ToLower(text), "is not authorized to perform") {
		return Denial{}, 0, false // spares the pattern's time
	}
	head := denialHead.FindStringSubmatchIndex(text)
	if head == nil {
		return cutDenial(text)
	}
	d.Principal = between(text, head[2:4]) + between(text, head[4:6])
	d.Action = between(text, head[6:8])
	rest := text[head[1]:]
	if on := denialResource.FindString(rest); on != "" {
		var bySES bool
		d.Resource, rest, bySES = cutResource(rest[len(on):])
		if bySES {
			return d, head[0], true
		}
	}
	d.readReason(strings.TrimPrefix(rest, " "))
	return d, head[0], true
}

// cutDenial is findDenial for a denial whose action cannot be read.
func cutDenial(text string) (d Denial, start int, ok bool) {
	head := denialCut.FindStringSubmatchIndex(text)
	if head == nil {
		return Denial{}, 0, false
	}
	d.Principal = between(text, head[2:4]) + between(text, head[4:6])
	return d, head[0], true
}

// between returns the group of a pattern that ends are the places of.
func between(text string, ends []int) string {
	if ends[0] < 0 {
		return ""
	}
	return text[ends[0]:ends[1]]
}

// cutResource cuts the resource off the front of text, quoted or not, and
// reports whether it was quoted in SES's way.
func cutResource(text string) (resource, rest string, bySES bool) {
	switch {
	case strings.HasPrefix(text, "`"):
		resource, rest = cutQuoted(text[1:], '\'')
		return resource, rest, true
	case strings.HasPrefix(text, "'"), strings.HasPrefix(text, `"`):
		resource, rest = cutQuoted(text[1:], text[0])
		return resource, rest, false
	}
	end := strings.IndexAny(text, ` "<>\`)
	if end < 0 {
		end = len(text)
	}
	return strings.TrimRight(text[:end], ".,;:)]}'"), text[end:], false
}

// cutQuoted cuts text at the first quote that ends a word: an apostrophe within
// one may belong to an address.
func cutQuoted(text string, quote byte) (resource, rest string) {
	for i := range len(text) {
		if text[i] == quote && (i+1 == len(text) || strings.IndexByte(" \"}.,;:)]<", text[i+1]) >= 0) {
			return text[:i], text[i+1:]
		}
	}
	resource, rest, _ = strings.Cut(text, " ")
	return strings.TrimRight(resource, ".,;:)]}'\"`"), rest
}

func (d *Denial) readReason(text string) {
	if m := denialImplicit.FindStringSubmatch(text); m != nil {
		d.Layer, d.ReasonGiven = layerOf(m[1]), true
		return
	}
	if m := denialExplicit.FindStringSubmatch(text); m != nil {
		d.Layer, d.Via, d.PolicyARN = layerOf(m[1]), layerOf(m[2]), m[3]
		d.Explicit, d.ReasonGiven = true, m[1] != ""
	}
}

// layerOf returns the layer that AWS's words name, "" for none.
func layerOf(words string) string {
	for _, l := range denialLayers {
		if words != "" && strings.HasPrefix(strings.ToLower(words), l.words) {
			return l.name
		}
	}
	return ""
}

// reasonAlone is what lies behind the end of a denial, pasted without the rest of it:
// "with an explicit deny in a service control policy".
func reasonAlone(text string) (Finding, bool) {
	var d Denial
	lower := strings.ToLower(text)
	for _, begin := range []string{"because no ", "with an explicit deny in "} {
		if at := strings.Index(lower, begin); at >= 0 && len(lower) == len(text) {
			d.readReason(text[at:])
		}
	}
	for _, l := range denialLayers {
		switch {
		case !d.ReasonGiven || l.name != d.Layer:
		case d.Explicit:
			return New(l.explicit), true
		default:
			return New(l.implicit), true
		}
	}
	return Finding{}, false
}
