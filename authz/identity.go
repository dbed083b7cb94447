package authz

import (
	"fmt"
	"slices"
	"strings"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
)

// resolved is what an address resolves to among the identities of the account.
type resolved struct {
	address string
	name    string // of the identity; "" if it is not known which
	fact    facts.Identity
	exists  bool     // name exists; otherwise there is none, and name is the address
	maybe   []string // names it may be where name is ""
}

// resolve finds the identity of an address: the first of address, address
// without label, domain and parent domains that exists, whether verified or not;
// else the address itself.
// https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
func resolve(snap *facts.Snapshot, address string) resolved {
	r := resolved{address: address}
	for _, name := range snap.Candidates(address) {
		fact := snap.Identities[name]
		switch {
		case !fact.Known():
			r.maybe = append(r.maybe, name)
		case fact.Value.Exists && len(r.maybe) == 0:
			r.name, r.fact, r.exists = name, fact.Value, true
			return r
		case fact.Value.Exists:
			r.maybe = append(r.maybe, name)
			return r
		}
	}
	switch {
	case len(r.maybe) == 0:
		r.name = address
	case r.maybe[0] != address:
		r.maybe = append(r.maybe, address)
	}
	return r
}

// resolve is resolve, done once for the sender.
func (j *judgement) resolve(address string) resolved {
	if address == j.sender.address {
		return j.sender
	}
	return resolve(j.snap, address)
}

// from judges the identity of the header's From.
func (j *judgement) from() {
	if id := j.named(); j.ofOther(id) {
		j.owned(id)
		return
	}
	if !j.fromKnown() {
		return
	}
	j.sender = resolve(j.snap, j.req.Header.From)
	if named := j.named(); named.text != "" {
		j.sender = j.asNamed(named)
	}
	if j.sender.name == "" {
		j.unsure = true
		return
	}
	j.verified(j.sender, asSender)
	j.mailFrom()
}

// named is the identity that the route names for the sender; the zero value is
// none.
func (j *judgement) named() identityARN { return parseIdentityARN(j.req.Route.IdentityARN) }

// asNamed is the sender where the route names an identity of the own account,
// whatever others would cover the address.
func (j *judgement) asNamed(id identityARN) resolved {
	fact := j.snap.Identities[id.name]
	if !fact.Known() {
		return resolved{address: j.req.Header.From, maybe: []string{id.name}}
	}
	return resolved{address: j.req.Header.From, name: id.name, fact: fact.Value, exists: fact.Value.Exists}
}

// fromKnown reports whether the header has come, with a From that can be read.
func (j *judgement) fromKnown() bool { return j.req.Header != nil && j.req.Header.From != "" }

// verified judges the status of an identity that a sender address resolves to.
// Those of other addresses than From's have a code of their own.
func (j *judgement) verified(r resolved, u use) {
	if r.fact.VerifiedToSend {
		return
	}
	region := j.snap.Region
	f := diagnosis.Finding{Layer: layerSES, Source: "identity " + r.name, Resource: j.identityARN(r.name)}
	switch {
	case !r.exists && j.otherCase(r.address) != "":
		f.Code = diagnosis.IDCase
		f.Title = fmt.Sprintf("%s is an identity in %s only in other letter case", r.address, region)
		f.Detail = fmt.Sprintf("the identity is %s: SES tells local parts apart by case", j.otherCase(r.address))
		f.Fix = fmt.Sprintf("send from %s, or verify %s", j.otherCase(r.address), r.address)
		j.suspect(facts.KindIdentity|facts.KindIndex, f)
		return
	case !r.exists:
		j.notVerified(f, r, diagnosis.IDNone, "there is no identity for it or its domain", j.create(r.address), u)
		return
	case r.fact.Status == "SUCCESS":
		f.Code = diagnosis.IDDisabled
		f.Title = fmt.Sprintf("identity %s may not send in %s", r.name, region)
		f.Detail = "GetEmailIdentity: verified, but VerifiedForSendingStatus is false"
		f.Fix = "look at the identity's reputation findings in the SES console"
		j.block(facts.KindIdentity, f)
		return
	}
	if domain := j.shadowed(r); domain != "" {
		f.Code = diagnosis.IDShadow
		f.Title = fmt.Sprintf("identity %s is not verified in %s and hides its verified domain %s", r.name, region, domain)
		f.Detail = fmt.Sprintf("GetEmailIdentity %s: VerificationStatus is %s; SES takes the most specific identity", r.name, r.fact.Status)
		f.Fix = fmt.Sprintf("verify %s, or delete it: aws sesv2 delete-email-identity --email-identity %s --region %s", r.name, r.name, region)
		j.suspect(facts.KindIdentity, f)
		return
	}
	code := diagnosis.IDPending
	if r.fact.Status == "FAILED" { // a TEMPORARY_FAILURE is tried again by SES
		code = diagnosis.IDFailed
	}
	detail := fmt.Sprintf("GetEmailIdentity %s: VerificationStatus is %s", r.name, r.fact.Status)
	if r.fact.ErrorType != "" {
		detail += " (" + r.fact.ErrorType + ")"
	}
	j.notVerified(f, r, code, detail, j.finish(r), u)
}

func (j *judgement) notVerified(f diagnosis.Finding, r resolved, code diagnosis.Code, detail, fix string, u use) {
	f.Code, f.Detail, f.Fix, f.Suspected = code, detail, fix, j.perhapsShadowed(r) || j.perhapsOtherCase(r)
	j.unsure = j.unsure || f.Suspected
	f.Title = fmt.Sprintf("%s is not verified in SES in %s", r.address, j.snap.Region)
	switch u {
	case asReturnPath:
		f.Code = diagnosis.IDRetPath
		f.Title = fmt.Sprintf("the Return-Path address %s is not verified in SES in %s", r.address, j.snap.Region)
		f.Fix = "take the Return-Path header out of the message, or verify its domain"
	case asFeedback:
		f.Code = diagnosis.IDRetPath
		f.Title = fmt.Sprintf("the feedback address %s is not verified in SES in %s", r.address, j.snap.Region)
		f.Fix = "take feedback_address out of the route, or verify its domain"
	default:
		j.otherPlace(r, &f)
	}
	j.blockers = append(j.blockers, blocker{Finding: f, on: facts.KindIdentity | facts.KindIndex, elsewhere: u == asSender})
}

// otherPlace changes a finding that the sender is not verified here where another
// region or another account has its identity.
func (j *judgement) otherPlace(r resolved, f *diagnosis.Finding) {
	if region, name := j.elsewhere(r.address); region != "" {
		f.Code = diagnosis.RegWrong
		f.Title = fmt.Sprintf("%s is not verified in %s, but %s is in %s", r.address, j.snap.Region, name, region)
		f.Fix = fmt.Sprintf("set aws.region to %s (or AWS_REGION, or --region), or verify %s in %s, too", region, name, j.snap.Region)
		return
	}
	if id := j.elsewhereOwned(r.address); !r.exists && id.text != "" {
		j.lent = true
		f.Code = diagnosis.XAccNoARN
		f.Title = fmt.Sprintf("%s is not verified in account %s, and the route does not name the identity of account %s", r.address, j.who.account, id.account)
		f.Detail = fmt.Sprintf("there is no identity for it or its domain here, and a policy of %s names %s", j.who.label, id.text)
		f.Fix = fmt.Sprintf("set identity_arn: %s in a route for this sender; its owner must allow it to %s", id.text, j.principalARN())
	}
}

// elsewhere looks for the address's identity, verified, in the other regions.
func (j *judgement) elsewhere(address string) (region, name string) {
	for _, region := range j.snap.ElsewhereRegions() {
		for _, name := range j.snap.Candidates(address) {
			fact := j.snap.Elsewhere[region][name]
			if fact.Known() && fact.Value.Exists && fact.Value.VerifiedToSend {
				return region, name
			}
		}
	}
	return "", ""
}

// otherCase finds an address identity that differs from address by case only.
func (j *judgement) otherCase(address string) string {
	if !j.snap.Index.Known() {
		return ""
	}
	for _, e := range j.snap.Index.Value.Identities {
		if strings.Contains(e.Name, "@") && e.Name != address && strings.EqualFold(e.Name, address) {
			return e.Name
		}
	}
	return ""
}

// perhapsOtherCase reports whether an address may be an identity in other letter
// case, which only the index would show.
func (j *judgement) perhapsOtherCase(r resolved) bool { return !r.exists && !j.snap.Index.Known() }

// shadowed returns a verified identity that would cover the address but for a more
// specific one that is not verified. What SES does then is not documented.
func (j *judgement) shadowed(r resolved) string {
	for _, name := range behind(j.snap, r) {
		fact := j.snap.Identities[name]
		if fact.Known() && fact.Value.Exists && fact.Value.VerifiedToSend {
			return name
		}
		for _, e := range j.snap.Index.Value.Identities {
			if strings.EqualFold(e.Name, name) && e.Sending {
				return e.Name
			}
		}
	}
	return ""
}

// perhapsShadowed reports whether it is not known if the identity hides another.
func (j *judgement) perhapsShadowed(r resolved) bool {
	return !j.snap.Index.Known() && slices.ContainsFunc(behind(j.snap, r), func(name string) bool {
		return !j.snap.Identities[name].Known()
	})
}

// behind lists the names under which SES would look on if the identity that r
// resolves to did not exist.
func behind(snap *facts.Snapshot, r resolved) []string {
	names := snap.Candidates(r.address)
	return names[1+slices.Index(names, r.name):]
}

// domainOf is what stands behind the last @ of an address.
func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// ofSimulator reports whether the address is of SES's mailbox simulator, which
// the sandbox serves.
// https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
func ofSimulator(address string) bool {
	return strings.EqualFold(domainOf(address), "simulator.amazonses.com")
}
