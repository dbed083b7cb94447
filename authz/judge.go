package authz

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// judgement works out one verdict. It is pure: request and facts in, blockers
// out. What the facts do not say leaves it unsure, never against the message.
type judgement struct {
	req  Request
	snap *facts.Snapshot
	now  time.Time

	// provisional is a first look: an identity of which only name and status are
	// known is taken to have no policies of its own.
	provisional bool

	settings
	who      *who
	sender   resolved // of the header's From; the zero value before the header has come
	sandbox  policy.Truth
	keys     []string // condition keys that policies mention, in lower case
	blockers []blocker
	unsure   bool
	arns     []string // resources that SES authorises
	noAllow  []string // resources for which no statement comes near to allowing
	lent     bool     // the sender's identity is another account's, and the route is to name it
}

// settings are what a Checker knows that facts do not say.
type settings struct {
	expected string       // pattern of the ARN of the principal that should send; "": any
	strict   bool         // recipients on the suppression list are refused
	egress   []netip.Addr // addresses under which AWS sees this machine; nil: not known
}

// blocker is a finding with what it rests on.
type blocker struct {
	diagnosis.Finding
	on        facts.Kinds
	use       use
	listed    bool // an identity is known by name and status only, and taken to have no policies
	elsewhere bool // the sender's identity may be verified in another region
}

// judge turns facts into a verdict.
func (c *Checker) judge(req Request, snap *facts.Snapshot, now time.Time, provisional bool) (Verdict, []blocker) {
	j := &judgement{req: req, snap: snap, now: now, provisional: provisional, who: c.principals.who(snap)}
	j.settings = settings{expected: c.Expected, strict: c.RefuseSuppressed, egress: c.Egress}
	j.caller()
	j.account()
	j.from()
	j.configurationSet()
	j.tenant()
	j.globalEndpoint()
	j.recipients()
	j.suppressed()
	j.secondary()
	j.permissions()
	j.opinion()
	return j.verdict()
}

// block notes a proven reason against the message.
func (j *judgement) block(on facts.Kinds, f diagnosis.Finding) {
	j.blockers = append(j.blockers, blocker{Finding: f, on: on})
}

// suspect notes a likely reason; it leaves the answer unsure.
func (j *judgement) suspect(on facts.Kinds, f diagnosis.Finding) {
	f.Suspected = true
	j.unsure = true
	j.block(on, f)
}

func (j *judgement) verdict() (Verdict, []blocker) {
	v := Verdict{of: j, Region: j.snap.Region, Principal: j.snap.Caller.Value.ARN, Identity: j.sender.name, Resources: j.arns}
	j.principal(slices.ContainsFunc(j.blockers, func(b blocker) bool { return lasts(b.Finding) }))
	slices.SortStableFunc(j.blockers, func(a, b blocker) int { return decisiveFirst(a.Finding, b.Finding) })
	for _, b := range j.blockers {
		v.Findings = append(v.Findings, b.Finding)
	}
	switch {
	case slices.ContainsFunc(v.Findings, refuses):
		v.Decision = Deny
	case j.unsure || !j.fromKnown():
		v.Decision = Unknown
	default:
		v.Decision = Allow
	}
	return v, j.blockers
}

// refuses reports whether the finding alone is reason enough to refuse.
func refuses(f diagnosis.Finding) bool {
	entry, _ := diagnosis.Lookup(f.Code)
	return !f.Suspected && (!entry.Warning || f.Strict) && !explains(f)
}

// lasts reports whether the finding refuses what no retry gets past.
func lasts(f diagnosis.Finding) bool {
	entry, _ := diagnosis.Lookup(f.Code)
	return refuses(f) && !entry.Retry
}

// explains reports whether the finding is why others are there: the wrong
// principal.
func explains(f diagnosis.Finding) bool {
	return !f.Suspected && (f.Code == diagnosis.CredPrincipal || f.Code == diagnosis.CredWrongAcct)
}

// decisiveFirst orders findings: what explains the others, proven before suspected, those that no retry
// gets past before those that pass, then credentials, account, explicit denials,
// identities, missing permissions and the rest.
func decisiveFirst(a, b diagnosis.Finding) int {
	return slices.Compare(weight(a), weight(b))
}

func weight(f diagnosis.Finding) []int {
	w := []int{0, 0, len(ranks)}
	entry, _ := diagnosis.Lookup(f.Code)
	switch {
	case explains(f):
		w[0] = -1
	case !refuses(f):
		w[0] = 1
	}
	if entry.Retry && !strings.HasPrefix(string(f.Code), "cred-") {
		w[1] = 1
	}
	for i, prefixes := range ranks {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(string(f.Code), p) }) {
			w[2] = i
			break
		}
	}
	return w
}

// ranks is the order of decisiveFirst by beginnings of codes.
var ranks = [][]string{
	{"cred-"},
	{"acct-"},
	{"scp-expl", "scp-region"},
	{"res-", "iam-deny", "iam-bound-expl", "iam-c-"},
	{"reg-", "xacc-noarn", "xacc-region"},
	{"id-"},
	{"scp-", "iam-bound", "session", "iam-", "xacc-nopolicy"},
	{"ten-", "mre-"},
	{"cs-", "mf-"},
	{"sbx-", "xacc-sandbox", "supp"},
}
