package status

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// contentPolicy lets a page load its own style sheet and nothing else: no script,
// no image, no form, no frame.
const contentPolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// ServeHTTP serves
//
//	/                    the page
//	/transactions        the transactions that are remembered
//	/transactions/{ref}  one transaction, by the reference that the client was given
//	/messages            captured mail, while SES is simulated
//	/messages/{id}       one captured message as it was sent, as plain text
//	/messages/{id}/view  the same for people, with its envelope
//	/livez, /readyz      probes
//	/status.json         a summary for programs
func (b *Board) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.once.Do(func() { b.handler = b.routes() })
	guardHeader(w.Header())
	switch {
	case !b.answersTo(r.Host):
		http.Error(w, "the status page does not answer to this name; ask for it as localhost or by its configured address", http.StatusMisdirectedRequest)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "the status page is only read", http.StatusMethodNotAllowed)
	default:
		b.handler.ServeHTTP(w, r)
	}
}

func (b *Board) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", b.serveOverview)
	mux.HandleFunc("GET /transactions", b.serveTransactions)
	mux.HandleFunc("GET /transactions/{ref}", b.serveTransaction)
	mux.HandleFunc("GET /messages", b.serveMessages)
	mux.HandleFunc("GET /messages/{id}", b.serveMessage)
	mux.HandleFunc("GET /messages/{id}/view", b.serveEnvelope)
	mux.HandleFunc("GET /livez", serveLive)
	mux.HandleFunc("GET /readyz", b.serveReady)
	mux.HandleFunc("GET /status.json", b.serveSummary)
	mux.HandleFunc("GET /style.css", serveStyle)
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

// answersTo tells the board's own names from those that somebody else pointed at
// its address: a page from evil.example whose name is rebound to 127.0.0.1 still
// sends Host: evil.example.
func (b *Board) answersTo(host string) bool {
	name := hostName(host)
	addr, err := netip.ParseAddr(name)
	isAddress := err == nil
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || isAddress && addr.Unmap().IsLoopback() {
		return true
	}
	for _, own := range b.Hosts {
		ownAddr, err := netip.ParseAddr(hostName(own))
		switch {
		case err == nil && isAddress:
			if ownAddr.IsUnspecified() || ownAddr.Unmap() == addr.Unmap() {
				return true
			}
		case err != nil && !isAddress && name != "" && hostName(own) == name:
			return true
		}
	}
	return false
}

// hostName is the name or address of a Host header, without port and brackets.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
