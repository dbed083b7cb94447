package diagnosis

import (
	"fmt"
	"io"
	"strings"
)

const (
	width  = 80 // of a terminal
	indent = 14 // of the texts beside their labels
)

// Explain writes what the entry says, for a terminal of 80 columns: what
// sesgate explain CODE prints.
func (e Entry) Explain(w io.Writer) error {
	var b strings.Builder
	paragraph(&b, "", string(e.Code)+": "+e.Title)
	b.WriteByte('\n')
	paragraph(&b, "SMTP reply", e.replyInWords())
	paragraph(&b, "Retry", e.retryInWords())
	paragraph(&b, "Cause", e.Cause)
	paragraph(&b, "How to tell", e.Tell)
	paragraph(&b, "Fix", e.Fix)
	if len(e.AWS) > 0 {
		paragraph(&b, "AWS says", e.AWS[0])
	}
	paragraph(&b, "Known", e.evidenceInWords())
	paragraph(&b, "More", e.Source)
	_, err := io.WriteString(w, b.String())
	return err
}

// Explain writes the case, then what its entry says: what sesgate explain
// prints about a pasted text.
func (f Finding) Explain(w io.Writer) error {
	var b strings.Builder
	paragraph(&b, "", f.Title)
	b.WriteByte('\n')
	paragraph(&b, "Detail", f.Detail)
	paragraph(&b, "Layer", f.Layer)
	paragraph(&b, "Source", f.Source)
	paragraph(&b, "Resource", f.Resource)
	paragraph(&b, "Recipients", strings.Join(f.Recipients, ", "))
	paragraph(&b, "Fix here", f.Fix)
	b.WriteByte('\n')
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	e, ok := Lookup(f.Code)
	if !ok {
		e, _ = Lookup(SvcUnknown)
	}
	return e.Explain(w)
}

func (e Entry) replyInWords() string {
	reply := fmt.Sprintf("%d %s", e.Reply, e.Enhanced)
	if e.Warning {
		return "none by itself: it is noted; " + reply + " where it is refused"
	}
	return reply
}

func (e Entry) retryInWords() string {
	if e.Retry {
		return "the same message may pass later"
	}
	return "the same message is refused again until the cause is removed"
}

func (e Entry) evidenceInWords() string {
	switch {
	case e.Evidence == Inferred:
		return "inferred, not confirmed"
	case e.Evidence == Reported:
		return "from reports of users"
	case e.Source != "":
		return "from documentation"
	}
	return "" // a rule of mail's or of sesgate's
}

// paragraph writes text beside its label, wrapped. Words longer than a line,
// such as addresses, are left whole. An empty text writes nothing.
func paragraph(b *strings.Builder, label, text string) {
	if text == "" {
		return
	}
	hang := indent
	if label == "" {
		hang = 0
	}
	fmt.Fprintf(b, "%-*s", hang, label)
	column := hang
	for i, word := range strings.Fields(text) {
		if i > 0 && column+1+len(word) > width {
			fmt.Fprintf(b, "\n%*s", hang, "")
			column = hang
		} else if i > 0 {
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	b.WriteByte('\n')
}
