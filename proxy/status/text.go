package status

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sesgate/authz/diagnosis"
	"sesgate/proxy"
)

// longest bounds one value on the page, in characters.
const longest = 4000

// printable writes out what has no picture of its own: control characters, and
// those that turn the direction of text so that it reads as something else.
func printable(s string) string {
	var b strings.Builder
	n := 0
	for i, r := range s {
		if n++; n > longest {
			b.WriteString("…")
			break
		}
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n' || unicode.IsGraphic(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
	}
	return b.String()
}

// arnPart is a part of an ARN with what ends it; two colons are one end.
var arnPart = regexp.MustCompile(`[^:/]*[:/]+|[^:/]+`)

// pieces splits s where a line may end within a word: between the parts of an ARN.
func pieces(s string) []string {
	list := []string{""}
	for _, word := range strings.SplitAfter(s, " ") {
		parts := []string{word}
		if strings.Contains(word, "arn:") {
			parts = arnPart.FindAllString(word, -1)
		}
		list[len(list)-1] += parts[0]
		list = append(list, parts[1:]...)
	}
	return list
}

// cut reports whether [printable] leaves out the end of s.
func cut(s string) bool {
	return utf8.RuneCountInString(s) > longest
}

// masker writes the addresses of one event as the log does, also where they turn
// up in sentences. Its zero value shows them.
type masker struct {
	mask     func(string) string
	replacer *strings.Replacer
}

func newMasker(e proxy.Event, mask func(string) string) masker {
	if mask == nil {
		return masker{}
	}
	known := slices.Concat([]string{e.MailFrom, e.HeaderFrom}, e.Recipients, e.Refused)
	for _, f := range e.Findings {
		known = append(known, f.Recipients...)
	}
	slices.SortFunc(known, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var pairs []string
	for _, address := range slices.Compact(known) {
		if address != "" {
			pairs = append(pairs, address, mask(address), strings.ToLower(address), mask(address))
		}
	}
	return masker{mask: mask, replacer: strings.NewReplacer(pairs...)}
}

func (m masker) text(s string) string {
	if m.replacer == nil {
		return s
	}
	return m.replacer.Replace(s)
}

func (m masker) address(s string) string {
	if m.mask == nil || s == "" {
		return s
	}
	return m.mask(s)
}

func (m masker) addresses(list []string) string {
	return strings.Join(m.each(list), ", ")
}

func (m masker) each(list []string) []string {
	shown := make([]string, len(list))
	for i, address := range list {
		shown[i] = m.address(address)
	}
	return shown
}

// identity masks one that is an address; a domain names nobody.
func (m masker) identity(s string) string {
	if strings.Contains(s, "@") {
		return m.address(s)
	}
	return s
}

// sender is the address that people know a message by.
func (m masker) sender(e proxy.Event) string {
	switch {
	case e.HeaderFrom != "":
		return m.address(e.HeaderFrom)
	case e.MailFrom != "":
		return m.address(e.MailFrom)
	}
	return "<>"
}

// list names the first recipient and counts the others.
func (m masker) list(accepted, refused []string) string {
	all := slices.Concat(accepted, refused)
	switch len(all) {
	case 0:
		return "nobody"
	case 1:
		return m.address(all[0])
	}
	return fmt.Sprintf("%s and %d more", m.address(all[0]), len(all)-1)
}

func (m masker) finding(f diagnosis.Finding) diagnosis.Finding {
	f.Title, f.Detail, f.Fix = m.text(f.Title), m.text(f.Detail), m.text(f.Fix)
	f.Source, f.Statement, f.Resource = m.text(f.Source), m.text(f.Statement), m.text(f.Resource)
	f.Recipients = m.each(f.Recipients)
	return f
}
