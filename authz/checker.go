package authz

import (
	"context"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
)

// Facts gathers what is known for a message. Snapshot never fails: what cannot
// be had within ctx is a gap. Both methods are safe for concurrent use.
type Facts interface {
	Snapshot(ctx context.Context, q facts.Query) *facts.Snapshot
	Forget(snap *facts.Snapshot)
}

// Checker turns requests into verdicts. Its fields are not changed once it is in
// use; its methods are safe for concurrent use.
type Checker struct {
	Facts        Facts
	Region       string       // where mail is sent
	OtherRegions []string     // where else to look for an identity that is missing
	Simulator    bool         // ask IAM's policy simulator where service control policies cannot be read
	Expected     string       // ARN of the principal that should send, with * and ?; "": any
	Egress       []netip.Addr // addresses under which AWS sees this machine; nil: not known
	Suppression  bool         // look recipients up on the suppression list, at one a second in all
	// RefuseSuppressed has recipients refused that are on it; else they are noted:
	// SES takes mail to them and does not send it.
	RefuseSuppressed bool
	MaxAge           time.Duration // facts older than this are read again before mail is refused; 0: 10 s

	forgot     atomic.Pointer[time.Time] // when facts were last dropped; nil: never
	principals remembered
}

// Check says whether SES will take the message. It has no error: what is not
// known makes the verdict Unknown. How long it waits for facts ctx says.
//
// A refusal never rests on old facts: those concerned are read again once, and
// if that fails the verdict is Unknown.
func (c *Checker) Check(ctx context.Context, req Request) Verdict {
	if req.Route.Region == "" {
		req.Route.Region = c.Region
	}
	q := c.query(req)
	snap := c.Facts.Snapshot(ctx, q)
	v, blockers := c.judge(req, snap, time.Now(), !q.Full)
	if c.Simulator && v.Decision != Deny {
		if q.Simulation = v.of.simulation(); q.Simulation != nil {
			snap = c.Facts.Snapshot(ctx, q)
			v, blockers = c.judge(req, snap, time.Now(), !q.Full)
		}
	}
	if v.Decision == Deny {
		q, again := c.recheck(q, blockers, snap)
		if again {
			snap = c.Facts.Snapshot(ctx, q)
			v, blockers = c.judge(req, snap, time.Now(), false)
		}
		v.doubtOld(blockers, snap, c.maxAge())
	}
	if v.Decision == Deny && req.Header == nil {
		c.presume(&v, req, snap)
	}
	survey := snap.Survey()
	v.Gaps = gaps(survey.Gaps, snap)
	v.Cache = survey.Cache.String()
	if !survey.Oldest.IsZero() {
		v.Age = time.Since(survey.Oldest)
	}
	v.regions = c.OtherRegions
	return v
}

// presume adds to a refusal before DATA what else is likely to stand in the way:
// what would, if From is the reverse-path, as it nearly always is.
func (c *Checker) presume(v *Verdict, req Request, snap *facts.Snapshot) {
	if req.MailFrom == "" {
		return
	}
	req.Header = &Header{From: req.MailFrom}
	whole, _ := c.judge(req, snap, time.Now(), false)
	for _, f := range whole.Findings {
		f.Suspected = false
		if !refuses(f) || slices.ContainsFunc(v.Findings, func(g diagnosis.Finding) bool {
			return f.Code == g.Code || f.Layer == g.Layer && f.Source == g.Source && f.Statement == g.Statement
		}) {
			continue
		}
		f.Suspected = true
		v.Findings = append(v.Findings, f)
	}
}

// Forget drops the facts that a verdict rests on, because SES has decided
// otherwise. Behind an Unknown verdict facts are dropped only if they are a minute
// old: SES refusing what could not be judged does not contradict them. In any case
// they are dropped once within MaxAge, as everybody waits while they are read
// again: one sender that SES refuses must not slow all mail down.
func (c *Checker) Forget(v Verdict) {
	const changing = facts.KindPrincipal | facts.KindAccount | facts.KindIdentity | facts.KindConfigurationSet
	if v.of == nil || v.Decision == Unknown && olderThan(v.of.snap, time.Minute, changing) == 0 {
		return
	}
	now, last := time.Now(), c.forgot.Load()
	if last != nil && now.Sub(*last) < c.maxAge() || !c.forgot.CompareAndSwap(last, &now) {
		return
	}
	c.Facts.Forget(v.of.snap)
}

func (c *Checker) maxAge() time.Duration {
	if c.MaxAge == 0 {
		return 10 * time.Second
	}
	return c.MaxAge
}

// query asks for what a message is judged by.
func (c *Checker) query(req Request) facts.Query {
	route := &req.Route
	q := facts.Query{
		Region: route.Region, Recipients: req.Recipients, ConfigurationSet: route.ConfigurationSet,
		Tenant: route.Tenant, EndpointID: route.EndpointID, Suppression: c.Suppression, Full: req.Suspects,
	}
	for _, arn := range []string{route.IdentityARN, route.ReturnPathARN} {
		if arn != "" {
			q.IdentityARNs = append(q.IdentityARNs, arn)
		}
	}
	switch h := req.Header; {
	case h != nil:
		if h.From != "" {
			q.Senders = append(q.Senders, h.From)
		}
		if h.ReturnPath != "" && h.ReturnPath != h.From {
			q.Senders = append(q.Senders, h.ReturnPath)
		}
		if h.Sender != "" && h.Sender != h.From {
			q.Senders = append(q.Senders, h.Sender)
		}
	case req.MailFrom != "":
		q.Senders = append(q.Senders, req.MailFrom)
	}
	if route.FeedbackAddress != "" && route.ReturnPathARN == "" && len(q.Senders) > 0 {
		q.Senders = append(q.Senders, route.FeedbackAddress)
	}
	return q
}

// recheck says whether to gather facts once more before refusing: because those
// concerned are old, or because the identity may be verified in another region.
func (c *Checker) recheck(q facts.Query, blockers []blocker, snap *facts.Snapshot) (facts.Query, bool) {
	var stale facts.Kinds
	missing, full := false, q.Full
	for _, b := range blockers {
		stale |= olderThan(snap, c.maxAge(), b.on)
		missing = missing || b.elsewhere
		q.Full = q.Full || b.listed
	}
	if stale != 0 {
		q.Fresh, q.MaxAge = stale, c.maxAge()
	}
	if missing && len(q.Elsewhere) == 0 {
		q.Elsewhere = c.OtherRegions
	}
	return q, stale != 0 || len(q.Elsewhere) > 0 || q.Full && !full
}

// doubtOld makes suspicions of the reasons that rest on facts that could not be
// read again. A refusal that has no other reason is taken back.
func (v *Verdict) doubtOld(blockers []blocker, snap *facts.Snapshot, maxAge time.Duration) {
	for i, b := range blockers {
		if refuses(b.Finding) && olderThan(snap, maxAge, b.on) != 0 {
			v.Findings[i].Suspected = true
		}
	}
	if !slices.ContainsFunc(v.Findings, refuses) {
		for i := range v.Findings {
			v.Findings[i].Suspected = v.Findings[i].Suspected || explains(v.Findings[i])
		}
	}
	slices.SortStableFunc(v.Findings, decisiveFirst)
	if v.Decision == Deny && !slices.ContainsFunc(v.Findings, refuses) {
		v.Decision = Unknown
	}
}
