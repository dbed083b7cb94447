package status

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sesgate/authz/diagnosis"
	"sesgate/cache"
	"sesgate/proxy"
)

// transaction is an event in the words of the page.
type transaction struct {
	Ref      string
	Time     time.Time
	Outcome  string // sent, later, refused, ended: a class of the style sheet
	Word     string // the same for people
	From     string
	To       string
	Reply    string
	Notes    []string
	Findings []diagnosis.Finding
	Rows     []row
	Message  string // id of the captured message, if it can be looked at
}

type row struct{ Name, Value string }

type count struct {
	Name  string
	Value uint64
	Class string
}

// newTransaction shows an event as it is: masked, if it is to be.
func newTransaction(e proxy.Event) transaction {
	t := transaction{Ref: e.Ref, Time: e.Time, From: knownBy(e), To: masker{}.list(e.Recipients, e.Refused), Reply: e.Reply, Findings: e.Findings}
	t.Outcome, t.Word = outcome(e.Code)
	t.Notes = notes(e)
	t.Rows = rows(e)
	return t
}

func outcome(code int) (class, word string) {
	switch code / 100 {
	case 2:
		return "sent", "✓ sent"
	case 4:
		return "later", "↻ try later"
	case 5:
		return "refused", "✗ refused"
	}
	return "ended", "– ended"
}

func notes(e proxy.Event) []string {
	var notes []string
	if e.Ambiguous {
		notes = append(notes, "SES may have taken this message although its answer did not arrive: if the client sends it again, there may be two copies.")
	}
	if e.Contradicted {
		notes = append(notes, "SES disagreed with the pre-flight check. The facts that it rested on were dropped and are read anew.")
	}
	if !e.Checked {
		notes = append(notes, "There was no pre-flight check.")
	}
	return notes
}

// rows lists what is left of an event. What does not apply is left out.
func rows(e proxy.Event) []row {
	decision := ""
	if e.Checked {
		decision = e.Decision.String()
	}
	all := []row{
		{"Client", e.Client},
		{"Listener", e.Listener},
		{"Reverse-path", e.MailFrom},
		{"From header", e.HeaderFrom},
		{"Recipients", strings.Join(e.Recipients, ", ")},
		{"Refused recipients", strings.Join(e.Refused, ", ")},
		{"Size", size(e.Size)},
		{"Pre-flight", decision},
		{"Facts about AWS", freshness(e.Cache)},
		{"Facts not known", number(e.Gaps)},
		{"Pre-flight took", duration(e.Preflight)},
		{"Principal", e.Principal},
		{"Region", e.Region},
		{"Identity", e.Identity},
		{"SES took", duration(e.SES)},
		{"Requests to SES", number(e.Attempts)},
		{"SES message id", e.SESMessageID},
		{"SES request id", e.SESRequestID},
		{"Headers taken out", strings.Join(e.Removed, ", ")},
	}
	shown := all[:0]
	for _, r := range all {
		if r.Value != "" {
			shown = append(shown, r)
		}
	}
	return shown
}

// freshness says how old the facts were that a verdict rests on.
func freshness(cached string) string {
	switch cached {
	case cache.Hit.String():
		return "cached"
	case cache.Stale.String():
		return "cached, being read anew"
	case cache.Miss.String():
		return "read now"
	}
	return cached
}

func counts(t Totals) []count {
	list := []count{
		{"transactions", t.Transactions, ""},
		{"sent", t.Relayed, "sent"},
		{"refused", t.Rejected, "refused"},
		{"try later", t.Deferred, "later"},
		{"ended by the client", t.Aborted, "ended"},
		{"perhaps sent", t.Ambiguous, "later"},
		{"SES disagreed with the check", t.Contradicted, "refused"},
	}
	for i := range list {
		if list[i].Value == 0 {
			list[i].Class = "none"
		}
	}
	return list
}

func size(n int64) string {
	switch {
	case n <= 0:
		return ""
	case n < 10_000:
		return fmt.Sprintf("%d octets", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

func duration(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
