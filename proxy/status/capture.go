package status

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// capture is a captured message as the page shows it.
type capture struct {
	ID   string
	Time time.Time
	From string
	To   string   // the first recipient, and how many more
	All  []string // the recipients of the envelope
	Size string
	Text string
}

func newCapture(c Captured, mask func(string) string) capture {
	m := masker{mask: mask}
	return capture{
		ID: c.ID, Time: c.Time, From: m.address(c.From), To: m.list(c.To, nil), All: m.each(c.To),
		Size: size(int64(len(c.Data))), Text: strings.ReplaceAll(string(c.Data), "\r\n", "\n"),
	}
}

func (b *Board) serveMessages(w http.ResponseWriter, _ *http.Request) {
	if b.Captured == nil {
		b.noMessages(w)
		return
	}
	var captured []capture
	for _, c := range slices.Backward(b.Captured()) {
		captured = append(captured, newCapture(c, b.Mask))
	}
	b.write(w, http.StatusOK, "messages.html", "captured mail", captured)
}

// serveMessage sends a message as it is, for programs.
func (b *Board) serveMessage(w http.ResponseWriter, r *http.Request) {
	c, ok := b.message(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(c.Data)
}

// serveEnvelope shows a message to people: its envelope, and its text as the text
// that it is. It is not rendered: mail is a stranger's HTML.
func (b *Board) serveEnvelope(w http.ResponseWriter, r *http.Request) {
	if c, ok := b.message(w, r); ok {
		b.write(w, http.StatusOK, "message.html", "captured message "+c.ID, newCapture(c, b.Mask))
	}
}

// message finds the message that is asked for, or says that there is none.
func (b *Board) message(w http.ResponseWriter, r *http.Request) (Captured, bool) {
	if b.Captured == nil {
		b.noMessages(w)
		return Captured{}, false
	}
	captured := b.Captured()
	i := slices.IndexFunc(captured, func(c Captured) bool { return c.ID == r.PathValue("id") })
	if i < 0 {
		b.write(w, http.StatusNotFound, "missing.html", "not found", "No such message. Only the latest are kept.")
		return Captured{}, false
	}
	return captured[i], true
}

func (b *Board) noMessages(w http.ResponseWriter) {
	b.write(w, http.StatusNotFound, "missing.html", "not found", "Nothing is captured: mail really goes to SES.")
}

// captured reports whether there is a captured message of that id to look at.
func (b *Board) captured(id string) bool {
	return id != "" && b.Captured != nil && slices.ContainsFunc(b.Captured(), func(c Captured) bool { return c.ID == id })
}
