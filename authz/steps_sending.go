package authz

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sesgate/authz/policy"
)

func (w *walk) ofSet() Step {
	name, byDefault, known := w.setInUse()
	s := Step{Name: "configuration set", Of: name, Decision: Allow, Text: "the message names it"}
	fact := w.snap.ConfigurationSets[name]
	switch {
	case !known:
		s.Decision, s.Text = Unknown, "which one applies is not known"
	case name == "":
		s.Text = "none applies"
	case !fact.Known():
		s.Decision, s.Text = Unknown, notKnown(fact.Gap)
	case byDefault:
		s.Text = "the default of the identity"
	}
	return withFindings(s, w.ofCode("cs-"))
}

func (w *walk) ofRecipients() Step {
	s := Step{Name: "recipients", Of: some(w.req.Recipients), Decision: Allow, Text: "the account may send to everybody"}
	switch w.sandbox {
	case policy.Yes:
		s.Text = "the account is in the sandbox, which sends to verified recipients only"
	case policy.Maybe:
		s.Decision, s.Text = Unknown, "whether the account is in the sandbox is not known"
	}
	findings := w.ofCode("sbx-", "xacc-sandbox")
	if w.sandbox == policy.Yes && len(findings) == 0 && slices.ContainsFunc(w.req.Recipients, func(to string) bool {
		return !ofSimulator(to) && !resolve(w.snap, to).fact.VerifiedToSend
	}) {
		s.Decision = Unknown
	}
	return withFindings(s, findings)
}

// ofTenant is the tenant of the route, no step if it names none.
func (w *walk) ofTenant() []Step {
	name, fact := w.req.Route.Tenant, w.snap.Tenant
	if name == "" {
		return nil
	}
	s := Step{Name: "tenant", Of: name, Decision: Allow}
	switch gap := cmp.Or(fact.Gap, fact.Value.ResourcesGap); {
	case !fact.Known() || gap != nil:
		s.Decision, s.Text = Unknown, notKnown(gap)
	case !fact.Value.Exists:
		s.Text = "there is none of that name"
	default:
		s.Text = fmt.Sprintf("%s, with %d identities, configuration sets and templates", strings.ToLower(fact.Value.Status), len(fact.Value.Resources))
	}
	return []Step{withFindings(s, w.ofCode("ten-"))}
}

// ofEndpoint is the multi-region endpoint of the route, no step if it names none.
func (w *walk) ofEndpoint() []Step {
	id, fact := w.req.Route.EndpointID, w.snap.GlobalEndpoint
	if id == "" {
		return nil
	}
	s := Step{Name: "multi-region endpoint", Of: id, Decision: Allow}
	switch {
	case !fact.Known():
		s.Decision, s.Text = Unknown, notKnown(fact.Gap)
	case !fact.Value.Exists:
		s.Text = "there is none of that id"
	default:
		s.Text = fmt.Sprintf("%s, %s, sends from %s", fact.Value.Name, strings.ToLower(fact.Value.Status), strings.Join(fact.Value.Regions, " and "))
	}
	return []Step{withFindings(s, w.ofCode("mre-"))}
}

// ofSuppressed is the suppression list, no step if it is not looked at. Unless
// those on it are refused it stands in no message's way.
func (w *walk) ofSuppressed() []Step {
	if len(w.snap.Suppressed) == 0 {
		return nil
	}
	s := Step{Name: "suppression list", Decision: Allow, Text: "none of the recipients is on it"}
	for _, to := range w.req.Recipients {
		switch fact := w.snap.Suppressed[to]; {
		case !fact.Known():
			s.Text = notKnown(fact.Gap)
			if w.strict {
				s.Decision = Unknown
			}
		case fact.Value.Suppressed:
			s.Text = "SES takes mail to some of the recipients and does not send it"
		}
	}
	return []Step{withFindings(s, w.ofCode("supp"))}
}
