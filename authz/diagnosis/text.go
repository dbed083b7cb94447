package diagnosis

import (
	"regexp"
	"strconv"
)

var (
	// ownReply is a reply of sesgate's: code, enhanced code, title, [code].
	ownReply = regexp.MustCompile(`\b[45]\d\d[ -][45]\.\d{1,3}\.\d{1,3} ([^\r\n\[]{1,300}) \[([a-z0-9-]{1,40})\]`)
	// bracketed is a code as replies and logs show it. One word alone in brackets
	// is too common to count.
	bracketed = regexp.MustCompile(`\[([a-z0-9]+(?:-[a-z0-9]+)+)\]`)
	// camelCase is a word with an inner capital, which sets exceptions apart from
	// prose, and the one exception that has none.
	camelCase  = regexp.MustCompile(`\b(?:[A-Z]+[a-z]+[A-Z][A-Za-z]*|Throttling)\b`)
	statusText = regexp.MustCompile(`(?i)\bstatus[ _-]?code"?[:=]? ?([45]\d\d)\b`)
)

// FromText returns what a pasted text means: a reply of sesgate or of SES's SMTP
// endpoint, an error of an SDK in any language, a log line, a JSON body. It
// reports whether it recognises the text. Like [FromAPI] it states a reason only
// where the text does.
func FromText(text string) (Finding, bool) {
	if len(text) > maxText {
		text = text[:maxText]
	}
	if f, ok := ofSesgate(text); ok {
		return f, true
	}
	a := answer{text: plain(text)}
	a.name, a.status = exceptionIn(a.text), statusIn(a.text)
	f, ok := a.finding()
	if !ok {
		f, ok = a.trouble()
	}
	if !ok {
		f, ok = reasonAlone(a.text)
	}
	if !ok && !signing.MatchString(a.text) {
		return Finding{}, false
	}
	a.status, a.name = 0, "" // they stand in the text
	return a.complete(f, a.text), true
}

// ofSesgate finds a code of the catalogue in a text that sesgate wrote.
func ofSesgate(text string) (Finding, bool) {
	if m := ownReply.FindStringSubmatch(text); m != nil && known(m[2]) {
		f := New(Code(m[2]))
		f.Title = Clean(m[1], maxTitle)
		return f, true
	}
	for _, m := range bracketed.FindAllStringSubmatch(text, -1) {
		if known(m[1]) {
			return New(Code(m[1])), true
		}
	}
	code := Clean(text, maxName)
	if !known(code) {
		return Finding{}, false
	}
	return New(Code(code)), true
}

func known(code string) bool {
	_, ok := Lookup(Code(code))
	return ok
}

// exceptionIn returns the first exception named in text, "" if there is none.
func exceptionIn(text string) string {
	for _, word := range camelCase.FindAllString(text, -1) {
		if _, ok := exceptionCode(word); ok {
			return word
		}
	}
	return ""
}

func statusIn(text string) int {
	m := statusText.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	status, _ := strconv.Atoi(m[1]) // three digits
	return status
}
