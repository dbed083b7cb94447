package status

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
)

//go:embed *.html style.css
var files embed.FS

// pages are parsed once; html/template writes every value as text, never as markup.
var pages = template.Must(template.New("").Funcs(template.FuncMap{"text": printable, "path": url.PathEscape}).ParseFS(files, "*.html"))

// page is what every template gets.
type page struct {
	Title    string
	Info     Info
	Captures bool // there is captured mail to look at
	Content  any
}

type overview struct {
	NotReady     []string
	Totals       []count
	Transactions []transaction
}

func (b *Board) serveOverview(w http.ResponseWriter, _ *http.Request) {
	content := overview{NotReady: b.reasons(), Totals: counts(b.counted())}
	for _, e := range b.events() {
		content.Transactions = append(content.Transactions, newTransaction(e, b.Mask))
	}
	b.write(w, http.StatusOK, "overview.html", "overview", content)
}

func (b *Board) serveTransaction(w http.ResponseWriter, r *http.Request) {
	e, ok := b.event(r.PathValue("ref"))
	if !ok {
		b.write(w, http.StatusNotFound, "missing.html", "not found",
			"No such transaction. Only the latest are kept here; the log has them all under the same reference.")
		return
	}
	shown := newTransaction(e, b.Mask)
	shown.Open = true
	b.write(w, http.StatusOK, "transaction.html", "transaction "+shown.Ref, shown)
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

// serveMessage shows a message as the text that it is. It is not rendered: mail
// is a stranger's HTML.
func (b *Board) serveMessage(w http.ResponseWriter, r *http.Request) {
	if b.Captured == nil {
		b.noMessages(w)
		return
	}
	for _, c := range b.Captured() {
		if c.ID == r.PathValue("id") {
			w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write(c.Data)
			return
		}
	}
	b.write(w, http.StatusNotFound, "missing.html", "not found", "No such message. Only the latest are kept.")
}

func (b *Board) noMessages(w http.ResponseWriter) {
	b.write(w, http.StatusNotFound, "missing.html", "not found", "Nothing is captured: mail really goes to SES.")
}

// write renders a whole page before the first octet of it goes out, so that a
// page is right or an error, and not half of one.
func (b *Board) write(w http.ResponseWriter, status int, name, title string, content any) {
	var buf bytes.Buffer
	err := pages.ExecuteTemplate(&buf, name, page{Title: title, Info: b.info(), Captures: b.Captured != nil, Content: content})
	if err != nil {
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = buf.WriteTo(w)
}

func serveStyle(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, files, "style.css")
}
