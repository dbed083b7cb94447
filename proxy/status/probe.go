package status

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// serveLive says that the process answers. Nothing of AWS bears on it: restarting
// a proxy because SES is away helps nobody.
func serveLive(w http.ResponseWriter, _ *http.Request) {
	writeLines(w, http.StatusOK, "live")
}

// serveReady gives the reasons to those who may see the page.
func (b *Board) serveReady(w http.ResponseWriter, r *http.Request) {
	if reasons := b.reasons(); len(reasons) > 0 {
		if !b.trusts(r) {
			reasons = []string{"not ready"}
		}
		writeLines(w, http.StatusServiceUnavailable, reasons...)
		return
	}
	writeLines(w, http.StatusOK, "ready")
}

func writeLines(w http.ResponseWriter, status int, lines ...string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	for _, line := range lines {
		fmt.Fprintln(w, printable(line))
	}
}

// summary is what /status.json says. Fields are only ever added.
type summary struct {
	Version   string     `json:"version,omitempty"`
	Started   *time.Time `json:"started,omitempty"`
	Principal string     `json:"principal,omitempty"`
	Account   string     `json:"account,omitempty"`
	Region    string     `json:"region,omitempty"`
	Mode      string     `json:"mode,omitempty"`
	Simulated bool       `json:"simulated"`
	Ready     bool       `json:"ready"`
	Reasons   []string   `json:"reasons,omitempty"` // why not ready
	Totals    Totals     `json:"totals"`
	Last      *time.Time `json:"last,omitempty"` // when the last transaction ended
	Gaps      []gap      `json:"gaps,omitempty"`
}

func (b *Board) serveSummary(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(b.summary()) // the reader went away: nobody to tell
}

func (b *Board) summary() summary {
	info, reasons := b.info(), b.reasons()
	s := summary{
		Version: info.Version, Principal: info.Principal, Account: info.Account, Region: info.Region,
		Mode: info.Mode, Simulated: info.Simulated, Ready: len(reasons) == 0, Reasons: reasons, Totals: b.counted(), Gaps: b.gaps(),
	}
	if !info.Started.IsZero() {
		s.Started = &info.Started
	}
	if events := b.events(); len(events) > 0 {
		s.Last = &events[0].Time
	}
	return s
}

func (b *Board) info() Info {
	if b.Info == nil {
		return Info{}
	}
	return b.Info()
}

func (b *Board) reasons() []string {
	if b.Ready == nil {
		return nil
	}
	return b.Ready()
}
