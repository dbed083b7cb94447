package status

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

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

// masker writes addresses as the log does. Its zero value shows them.
type masker struct {
	mask func(string) string
}

func (m masker) address(s string) string {
	if m.mask == nil || s == "" {
		return s
	}
	return m.mask(s)
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

// knownBy is the address that people know a message by.
func knownBy(e proxy.Event) string {
	return cmp.Or(e.HeaderFrom, e.MailFrom, "<>")
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
