package status

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"sesgate/proxy"
)

//go:embed *.html style.css script.js icon.svg
var files embed.FS

// pages are parsed once; html/template writes every value as text, never as markup.
var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"text": printable, "pieces": pieces, "passages": passages, "path": url.PathEscape, "cut": cut, "indented": indented,
}).ParseFS(files, "*.html"))

// listed is how many transactions the overview shows. The others that are kept
// are on a page of their own.
const listed = 25

// page is what every template gets.
type page struct {
	Title    string
	Now      time.Time
	Info     Info
	Captures bool // there is captured mail to look at
	Checks   bool // there is a check form
	Content  any
}

type overview struct {
	NotReady     []string
	Totals       []count
	Transactions []transaction
	More         int // transactions that are kept besides
	Unknown      *unknown
	Standing     *standing
	Chart        chart
}

func (b *Board) serveOverview(w http.ResponseWriter, _ *http.Request) {
	events := b.events()
	latest := events[:min(len(events), listed)]
	b.write(w, http.StatusOK, "overview.html", "overview", overview{
		NotReady: b.reasons(), Totals: counts(b.counted()), Unknown: newUnknown(b.gaps()),
		Transactions: b.transactions(latest), More: len(events) - len(latest),
		Standing: b.standing(), Chart: b.chart(),
	})
}

func (b *Board) serveTransactions(w http.ResponseWriter, _ *http.Request) {
	b.write(w, http.StatusOK, "transactions.html", "transactions", b.transactions(b.events()))
}

func (b *Board) transactions(events []proxy.Event) []transaction {
	list := make([]transaction, len(events))
	for i, e := range events {
		list[i] = newTransaction(b.seen(e))
	}
	return list
}

// seen is an event as the page may show it.
func (b *Board) seen(e proxy.Event) proxy.Event {
	if b.Masked == nil {
		return e
	}
	return b.Masked(e)
}

func (b *Board) serveTransaction(w http.ResponseWriter, r *http.Request) {
	e, ok := b.event(r.PathValue("ref"))
	if !ok {
		b.write(w, http.StatusNotFound, "missing.html", "not found",
			"No such transaction. Only the latest are kept here; the log has them all under the same reference.")
		return
	}
	shown := newTransaction(b.seen(e))
	if b.captured(e.SESMessageID) {
		shown.Message = e.SESMessageID
	}
	b.write(w, http.StatusOK, "transaction.html", "transaction "+shown.Ref, shown)
}

// write renders a whole page before the first octet of it goes out, so that a
// page is right or an error, and not half of one.
func (b *Board) write(w http.ResponseWriter, status int, name, title string, content any) {
	var buf bytes.Buffer
	err := pages.ExecuteTemplate(&buf, name, page{Title: title, Now: time.Now(), Info: b.info(), Captures: b.Captured != nil, Checks: b.Check != nil, Content: content})
	if err != nil {
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = buf.WriteTo(w)
}
