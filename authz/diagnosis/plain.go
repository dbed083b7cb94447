package diagnosis

import (
	"regexp"
	"strings"
)

// maxText bounds what is read of a text, in octets. The longest that SES sends
// lists identities and stays below 4 KB.
const maxText = 16 << 10

// replyLine is how a line of an SMTP reply begins, as clients and logs show it.
var replyLine = regexp.MustCompile(`^[ \t<>]*(?:S: )?([245]\d\d)([- ])(?:[245]\.\d{1,3}\.\d{1,3} )?`)

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
	return Clean(unescape.Replace(joinReply(text)), maxText)
}

// joinReply takes the codes off the further lines of replies that have several
// (RFC 5321 section 4.2.1), so that a sentence broken into lines is whole again.
func joinReply(text string) string {
	var b strings.Builder
	open := "" // code of the reply that goes on
	for line := range strings.Lines(text) {
		m := replyLine.FindStringSubmatch(line)
		if m != nil && m[1] == open {
			line = line[len(m[0]):]
		}
		open = ""
		if m != nil && m[2] == "-" {
			open = m[1]
		}
		b.WriteString(line)
	}
	return b.String()
}
