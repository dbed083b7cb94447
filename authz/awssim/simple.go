package awssim

import (
	"mime"
	"strings"
)

// simpleContent is a message that the caller leaves to SES to write.
type simpleContent struct {
	Subject struct{ Data string }
	Body    struct{ Text, Html *struct{ Data string } }
}

// compose writes a simple message, as plainly as it can be done: of two bodies
// the text is kept.
func (in *sendInput) compose() []byte {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + strings.NewReplacer("\r", "", "\n", "").Replace(value) + "\r\n")
		}
	}
	line("From", in.FromEmailAddress)
	if d := in.Destination; d != nil {
		line("To", strings.Join(d.ToAddresses, ", "))
		line("Cc", strings.Join(d.CcAddresses, ", "))
	}
	line("Reply-To", strings.Join(in.ReplyToAddresses, ", "))
	simple := in.Content.Simple
	line("Subject", mime.QEncoding.Encode("utf-8", simple.Subject.Data))
	line("MIME-Version", "1.0")
	kind, body := "text/plain", ""
	switch {
	case simple.Body.Text != nil:
		body = simple.Body.Text.Data
	case simple.Body.Html != nil:
		kind, body = "text/html", simple.Body.Html.Data
	}
	line("Content-Type", kind+"; charset=utf-8")
	return []byte(b.String() + "\r\n" + body)
}
