package diagnosis

import (
	"regexp"
	"strings"
)

// maxText bounds what is read of a text, in octets. The longest that SES sends
// lists identities and stays below 4 KB.
const maxText = 16 << 10

// continuation is what an SMTP client shows before each line of a reply.
var continuation = regexp.MustCompile(`(?m)^[ \t>]*(?:S: )?[245]\d\d-(?:[245]\.\d{1,3}\.\d{1,3} )?`)

// unescape undoes what JSON, HTML and word processors do to quotes, so that one
// pattern fits a text wherever it was pasted from.
var unescape = strings.NewReplacer(
	`\n`, " ", `\r`, " ", `\t`, " ", `\"`, `"`, `\'`, `'`, `\/`, `/`,
	`\u0022`, `"`, `\u0027`, `'`, `\u0060`, "`", `\u003c`, "<", `\u003C`, "<", `\u003e`, ">", `\u003E`, ">",
	"&quot;", `"`, "&#34;", `"`, "&#39;", "'", "&apos;", "'", "&#96;", "`", "&lt;", "<", "&gt;", ">",
	"\u2018", "`", "\u2019", "'", "\u201c", `"`, "\u201d", `"`, "\u00a0", " ",
)

// plain returns text as one line of printable ASCII, bounded, without the
// escapes of what it was copied from.
func plain(text string) string {
	if len(text) > 2*maxText {
		text = text[:2*maxText]
	}
	return Clean(unescape.Replace(continuation.ReplaceAllString(text, "")), maxText)
}
