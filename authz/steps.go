package authz

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// Step is one of the things that SES and IAM look at before a message is sent,
// and what it means for the message.
type Step struct {
	Name     string // "credentials", "permission", …; a layer's is that of [policy.Layer]
	Of       string // what is looked at: an ARN, an identity; "" if the name says it
	Decision Decision
	Text     string              // what was found, no capital, no full stop
	Findings []diagnosis.Finding // those of the verdict that belong here
	Steps    []Step              // what it consists of
}

// Steps goes the way of the message once more, for people: first what SES itself
// asks for, then each permission through every layer of policies. Every finding
// of the verdict is in one of them. A step that is not Allow is no more certain
// than the verdict: where the verdict is Unknown, SES decides.
func (v Verdict) Steps() []Step {
	if v.of == nil {
		return nil
	}
	j := *v.of
	j.arns = nil
	w := walk{judgement: &j, left: slices.Clone(v.Findings)}
	others := w.ofOthers()
	steps := []Step{w.credentials(), w.ofAccount(), w.ofSender()}
	steps = append(append(steps, others...), w.ofSet())
	steps = append(append(steps, w.ofTenant()...), w.ofEndpoint()...)
	steps = append(append(steps, w.ofRecipients()), w.ofSuppressed()...)
	steps = append(steps, w.permissions()...)
	for _, f := range w.left {
		steps = append(steps, withFindings(Step{Name: "other rules", Decision: Allow, Text: f.Title}, []diagnosis.Finding{f}))
	}
	return steps
}

// walk is one way through the steps. Its methods ask for their own judgement's
// view of the facts.
type walk struct {
	*judgement
	left []diagnosis.Finding // that no step has taken yet
}

// take moves the findings that belong to a step out of those that are left.
func (w *walk) take(belongs func(diagnosis.Finding) bool) []diagnosis.Finding {
	var taken []diagnosis.Finding
	w.left = slices.DeleteFunc(w.left, func(f diagnosis.Finding) bool {
		if belongs(f) {
			taken = append(taken, f)
			return true
		}
		return false
	})
	return taken
}

// ofCode takes SES's own findings by the beginning of their codes.
func (w *walk) ofCode(prefixes ...string) []diagnosis.Finding {
	return w.take(func(f diagnosis.Finding) bool {
		return !isLayer(f.Layer) && slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(string(f.Code), p) })
	})
}

func isLayer(name string) bool {
	return slices.ContainsFunc(policyLayers, func(l policy.Layer) bool { return l.String() == name })
}

// withFindings lets findings decide: one that refuses denies, a suspected one
// leaves the step open, a warning changes nothing.
func withFindings(s Step, findings []diagnosis.Finding) Step {
	s.Findings = findings
	for _, f := range findings {
		switch {
		case refuses(f):
			s.Decision = Deny
		case f.Suspected && s.Decision == Allow:
			s.Decision = Unknown
		}
	}
	return s
}

func (w *walk) credentials() Step {
	s := Step{Name: "credentials", Of: w.snap.Caller.Value.ARN, Decision: Allow, Text: "AWS knows them"}
	if gap := w.snap.Caller.Gap; gap != nil || !w.snap.Caller.Known() {
		s.Decision, s.Text = Unknown, notKnown(gap)
	} else if from := w.snap.Caller.Value.Credentials; from != "" {
		s.Text = "they come from " + from
	}
	return withFindings(s, w.ofCode("cred-"))
}

func (w *walk) ofAccount() Step {
	s := Step{Name: "account", Of: w.who.account}
	if !w.snap.Account.Known() {
		s.Text = notKnown(w.snap.Account.Gap)
		return withFindings(s, w.ofCode("acct-", "q-"))
	}
	a := w.snap.Account.Value
	s.Decision = Allow
	s.Text = fmt.Sprintf("sending is enabled in %s and %s", w.snap.Region, strings.ToLower(a.Enforcement))
	if !a.SendingEnabled {
		s.Text = "sending is paused in " + w.snap.Region
	}
	if a.Max24HourSend >= 0 {
		s.Text += fmt.Sprintf("; %.0f of %.0f recipients in 24 hours are used", a.SentLast24Hours, a.Max24HourSend)
	}
	return withFindings(s, w.ofCode("acct-", "q-"))
}

func (w *walk) ofSender() Step {
	s := Step{Name: "sender identity", Of: cmp.Or(w.sender.name, w.sender.address)}
	switch {
	case !w.fromKnown():
		s.Text = "the message's From is not known"
	case w.sender.name == "":
		s.Text = "it is not known which of " + some(w.sender.maybe) + " exists"
	case w.sender.fact.VerifiedToSend:
		s.Decision, s.Text = Allow, "verified in "+w.snap.Region
	default:
		s.Text = "not verified in " + w.snap.Region
	}
	return withFindings(s, w.ofCode("id-", "reg-", "mf-", "xacc-no", "xacc-region"))
}

// ofOthers is the addresses that SES wants verified besides From.
func (w *walk) ofOthers() []Step {
	h := w.req.Header
	if h == nil {
		return nil
	}
	var steps []Step
	add := func(name, address, code string) {
		if address == "" || address == h.From {
			return
		}
		s := Step{Name: name, Of: address, Text: "whether it is verified is not known"}
		if r := resolve(w.snap, address); r.name != "" {
			s.Decision, s.Text = Allow, "not verified in "+w.snap.Region
			if r.fact.VerifiedToSend {
				s.Text = "verified in " + w.snap.Region
			}
		}
		steps = append(steps, withFindings(s, w.ofCode(code)))
	}
	add("Return-Path", h.ReturnPath, string(diagnosis.IDRetPath))
	add("Sender", h.Sender, string(diagnosis.IDSender))
	return steps
}

// notKnown says why a fact is not there.
func notKnown(gap *facts.Gap) string {
	if gap == nil {
		return "not known"
	}
	return gap.What + " not known"
}
