package status

import (
	"net/http"

	"sesgate/authz/diagnosis"
)

// serveCodes lists the catalogue, as docs/refusals.md does.
func (b *Board) serveCodes(w http.ResponseWriter, _ *http.Request) {
	b.write(w, http.StatusOK, "codes.html", "reasons for refusals", diagnosis.All())
}

// serveCode is the page of one code.
func (b *Board) serveCode(w http.ResponseWriter, r *http.Request) {
	entry, ok := diagnosis.Lookup(diagnosis.Code(r.PathValue("code")))
	if !ok {
		b.write(w, http.StatusNotFound, "missing.html", "not found", "There is no such code.")
		return
	}
	b.write(w, http.StatusOK, "code.html", string(entry.Code), entry)
}
