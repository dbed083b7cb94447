package diagnosis

import (
	"fmt"
	"strings"
)

// Clean returns s as one line of printable ASCII of at most limit octets, fit for
// an SMTP reply or a log line. White space and control bytes become single
// spaces, other runes outside ASCII their escape (\u00e9), bytes that are not
// UTF-8 \ufffd. What is too long ends in "..."; a limit below 3 leaves as
// many dots, a negative one counts as 0.
func Clean(s string, limit int) string {
	limit = max(limit, 0)
	var b strings.Builder
	space := false
	for _, r := range s {
		if b.Len() > limit {
			break
		}
		if r <= ' ' || r == 0x7f {
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		writeASCII(&b, r)
	}
	return shorten(b.String(), limit)
}

func writeASCII(b *strings.Builder, r rune) {
	switch {
	case r < 0x7f:
		b.WriteRune(r)
	case r > 0xffff:
		fmt.Fprintf(b, `\U%08x`, r)
	default:
		fmt.Fprintf(b, `\u%04x`, r)
	}
}

func shorten(s string, limit int) string {
	const dots = "..."
	switch {
	case len(s) <= limit:
		return s
	case limit < len(dots):
		return dots[:limit]
	}
	return s[:limit-len(dots)] + dots
}
