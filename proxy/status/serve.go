package status

import (
	"crypto/rand"
	"net/http"
)

// contentPolicy lets a page load its own script, style sheet and icon, ask its own
// address and send its form there, and nothing else.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// ServeHTTP serves
//
//	/                    the page
//	/check               the check form; the one thing that takes POST
//	/transactions        the transactions that are remembered
//	/transactions/{ref}  one transaction, by the reference that the client was given
//	/codes, /codes/{code}  what the codes of refusals mean
//	/messages            captured mail, while SES is simulated
//	/messages/{id}       one captured message as it was sent, as plain text
//	/messages/{id}/view  the same for people, with its envelope
//	/livez, /readyz      probes
//	/status.json         a summary for programs
func (b *Board) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.once.Do(b.open)
	guardHeader(w.Header())
	switch {
	case !b.answersTo(r.Host):
		http.Error(w, "the status page does not answer to this name; ask for it as localhost, by its configured address or by a name of status.hosts", http.StatusMisdirectedRequest)
	case !b.admits(r) && !isProbe(r.URL.Path):
		w.Header().Set("WWW-Authenticate", `Basic realm="sesgate: the token as the password", charset="UTF-8"`)
		w.Header().Add("WWW-Authenticate", "Bearer")
		http.Error(w, "the status page asks for the token of status.token_file", http.StatusUnauthorized)
	case r.Method == http.MethodPost && r.URL.Path == "/check" && b.Check != nil:
		if err := b.origin.Check(r); err != nil {
			http.Error(w, "the check form is only taken from its own page", http.StatusForbidden)
			return
		}
		b.serveCheck(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "the status page is only read", http.StatusMethodNotAllowed)
	default:
		b.handler.ServeHTTP(w, r)
	}
}

// open prepares what requests need.
func (b *Board) open() {
	b.handler = b.routes()
	b.formToken = rand.Text()
	b.checking = make(chan struct{}, looks)
}

func (b *Board) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", b.serveOverview)
	mux.HandleFunc("GET /check", b.serveForm)
	mux.HandleFunc("GET /transactions", b.serveTransactions)
	mux.HandleFunc("GET /transactions/{ref}", b.serveTransaction)
	mux.HandleFunc("GET /codes", b.serveCodes)
	mux.HandleFunc("GET /codes/{code}", b.serveCode)
	mux.HandleFunc("GET /messages", b.serveMessages)
	mux.HandleFunc("GET /messages/{id}", b.serveMessage)
	mux.HandleFunc("GET /messages/{id}/view", b.serveEnvelope)
	mux.HandleFunc("GET /livez", serveLive)
	mux.HandleFunc("GET /readyz", b.serveReady)
	mux.HandleFunc("GET /status.json", b.serveSummary)
	for _, name := range []string{"style.css", "script.js", "icon.svg"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, name) })
	}
	return mux
}

func guardHeader(h http.Header) {
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}
