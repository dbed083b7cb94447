package status

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
)

// Draft is a message that is not sent: what somebody asks about in the check form.
type Draft struct {
	From string
	Name string // display name; may also stand in From
	To   []string
}

// Limits of the check form.
const (
	longestForm = 16 << 10         // octets
	longestLook = 15 * time.Second // for facts that are not at hand
	looks       = 4                // checks at a time: the facts of a stranger's domain cost calls to AWS
)

// inquiry is the check form, filled in, and what came of it.
type inquiry struct {
	Token          string // that shows that the form is ours
	From, Name, To string
	Mistake        string
	Answer         *answer
}

// answer is a verdict as the page shows it.
type answer struct {
	Class, Word string
	Principal   string
	Region      string
	Age         string
	Steps       []step
	Findings    []diagnosis.Finding
	Unknown     *unknown
}

// step is an [authz.Step] as the page shows it.
type step struct {
	Name, Of, Text string
	Class, Word    string
	Codes          []diagnosis.Code
	Steps          []step
}

// serveForm shows the empty form, or one that a link has filled in. Nothing is
// asked before it is sent.
func (b *Board) serveForm(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	b.writeForm(w, http.StatusOK, inquiry{From: q.Get("from"), Name: q.Get("name"), To: q.Get("to")})
}

func (b *Board) serveCheck(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, longestForm)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form is too long, or none", http.StatusBadRequest)
		return
	}
	in := inquiry{From: r.PostForm.Get("from"), Name: r.PostForm.Get("name"), To: r.PostForm.Get("to")}
	if subtle.ConstantTimeCompare([]byte(r.PostForm.Get("token")), []byte(b.formToken)) != 1 {
		in.Mistake = "This form is of an earlier run of sesgate, or of another page. Check again."
		b.writeForm(w, http.StatusForbidden, in)
		return
	}
	select {
	case b.checking <- struct{}{}:
		defer func() { <-b.checking }()
	default:
		in.Mistake = "Others are checking already. Check again in a moment."
		b.writeForm(w, http.StatusServiceUnavailable, in)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), longestLook)
	defer cancel()
	v, err := b.Check(ctx, Draft{From: strings.TrimSpace(in.From), Name: in.Name, To: addresses(in.To)})
	if err != nil {
		in.Mistake = err.Error()
		b.writeForm(w, http.StatusUnprocessableEntity, in)
		return
	}
	in.Answer = b.answer(v)
	b.writeForm(w, http.StatusOK, in)
}

// addresses are those of a field: separated by commas, semicolons or space.
func addresses(field string) []string {
	return strings.FieldsFunc(field, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' || r == '\t' })
}

func (b *Board) writeForm(w http.ResponseWriter, status int, in inquiry) {
	if b.Check == nil {
		b.write(w, http.StatusNotFound, "missing.html", "not found", "There is no pre-flight check: preflight.mode is off.")
		return
	}
	in.Token = b.formToken
	b.write(w, status, "check.html", "check a message", in)
}

func (b *Board) answer(v authz.Verdict) *answer {
	a := &answer{Principal: v.Principal, Region: v.Region, Steps: b.steps(v.Steps()), Unknown: newUnknown(b.shown(v.Gaps))}
	a.Class, a.Word = verdictOf(v.Decision)
	a.Age = age(v.Age)
	for _, f := range v.Findings {
		a.Findings = append(a.Findings, b.finding(f))
	}
	return a
}

// finding is a finding that no event has: what looks like an address is masked.
func (b *Board) finding(f diagnosis.Finding) diagnosis.Finding {
	f.Title, f.Detail, f.Fix = b.masked(f.Title), b.masked(f.Detail), b.masked(f.Fix)
	f.Source, f.Statement, f.Resource = b.masked(f.Source), b.masked(f.Statement), b.masked(f.Resource)
	f.Recipients = masker{mask: b.Mask}.each(f.Recipients)
	return f
}

func (b *Board) steps(list []authz.Step) []step {
	steps := make([]step, len(list))
	for i, s := range list {
		steps[i] = step{Name: layerName(s.Name), Of: b.masked(s.Of), Text: b.masked(s.Text), Steps: b.steps(s.Steps)}
		steps[i].Class, steps[i].Word = stepOf(s.Decision)
		for _, f := range s.Findings {
			steps[i].Codes = append(steps[i].Codes, f.Code)
		}
	}
	return steps
}

// stepOf is a step's decision as a class of the style sheet, and in words.
func stepOf(d authz.Decision) (class, word string) {
	switch d {
	case authz.Allow:
		return "sent", "✓ passes"
	case authz.Deny:
		return "refused", "✗ refuses"
	}
	return "unsure", "? not known"
}

// layerName is what people call a layer of policies.
func layerName(name string) string {
	switch name {
	case "identity":
		return "policies of the principal"
	case "boundary":
		return "permissions boundary"
	case "session":
		return "session policy"
	case "resourcePolicy":
		return "policies of the identity"
	case "scp":
		return "service control policies"
	case "rcp":
		return "resource control policies"
	case "endpoint":
		return "VPC endpoint policy"
	}
	return name
}
