package proxy

import (
	"regexp"
	"slices"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"sesgate/authz/diagnosis"
)

// Limits of what one line of the log says of findings. Texts are bounded in octets.
const (
	maxLoggedFindings = 16
	maxLoggedText     = 1500
)

// findings is why a message was refused, or would have been: a list of objects
// with the fields of [diagnosis.Finding], less those that a reply does not need.
func (l *Log) findings(e Event) zap.Field {
	if len(e.Findings) == 0 {
		return zap.Skip()
	}
	mask := l.masker(e)
	list := make(findingList, 0, min(len(e.Findings), maxLoggedFindings))
	for _, f := range e.Findings[:cap(list)] {
		list = append(list, loggedFinding{f, mask})
	}
	return zap.Array("findings", list)
}

type findingList []loggedFinding

// MarshalLogArray implements [zapcore.ArrayMarshaler].
func (l findingList) MarshalLogArray(enc zapcore.ArrayEncoder) error {
	for _, f := range l {
		if err := enc.AppendObject(f); err != nil {
			return err
		}
	}
	return nil
}

type loggedFinding struct {
	diagnosis.Finding
	mask func(string) string
}

// MarshalLogObject implements [zapcore.ObjectMarshaler].
func (f loggedFinding) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	for _, field := range []struct{ key, text string }{
		{"code", string(f.Code)},
		{"title", f.Title},
		{"detail", f.Detail},
		{"fix", f.Fix},
		{"layer", f.Layer},
		{"source", f.Source},
		{"sid", f.Sid},
	} {
		if text := diagnosis.Clean(f.mask(field.text), maxLoggedText); text != "" {
			enc.AddString(field.key, text)
		}
	}
	if f.Suspected {
		enc.AddBool("suspected", true)
	}
	return nil
}

// addressLike is what looks like an address within a sentence, an ARN or a policy.
var addressLike = regexp.MustCompile(anAddress)

const anAddress = `(?:identity/)?[\pL\pN.!#$%&'*+/=?^_{|}~\\-]+@[\pL\pN.*?_-]+`

// masker writes the addresses in a text as the log shows them: what looks like
// one, and those of the event that do not. A pattern for whole domains
// (*@example.com) names nobody and stays.
func (l *Log) masker(e Event) func(string) string {
	if !l.masks() {
		return func(text string) string { return text }
	}
	addresses := addressLike
	if odd := oddAddresses(e); len(odd) > 0 {
		addresses = regexp.MustCompile(strings.Join(append(odd, anAddress), "|"))
	}
	return func(text string) string {
		return addresses.ReplaceAllStringFunc(text, l.inText)
	}
}

// oddAddresses are patterns for the addresses of an event that do not look like
// one, the longest first. One without a domain could be any word, and is an address
// in angle brackets only.
func oddAddresses(e Event) []string {
	all := slices.Concat([]string{e.MailFrom, e.HeaderFrom}, e.Recipients, e.Refused)
	for _, f := range e.Findings {
		all = append(all, f.Recipients...)
	}
	var odd []string
	for _, address := range all {
		if address == "" || addressLike.FindString(address) == address {
			continue
		}
		if !strings.Contains(address, "@") {
			address = "<" + address + ">"
		}
		odd = append(odd, "(?i:"+regexp.QuoteMeta(strings.ToValidUTF8(address, "\ufffd"))+")")
	}
	slices.SortFunc(odd, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(odd)
}

// inText is an address within a text as the log shows it.
func (l *Log) inText(address string) string {
	if name, ok := strings.CutPrefix(address, "identity/"); ok {
		return "identity/" + l.inText(name) // the resource of an ARN
	}
	switch {
	case strings.HasPrefix(address, "*@"):
		return address
	case !strings.Contains(address, "@"):
		return "<->"
	}
	return l.Mask(address)
}
