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

// caller judges the credentials. Only an answer about the credentials themselves
// counts: that STS cannot be reached says nothing about SES.
func (j *judgement) caller() {
	gap := j.snap.Caller.Gap
	if gap == nil {
		return
	}
	j.unsure = true
	f := diagnosis.FromAPI(gap.Err)
	if !strings.HasPrefix(string(f.Code), "cred-") {
		return
	}
	j.block(facts.KindCaller, f)
}

// account applies what SES says of the account in the region.
func (j *judgement) account() {
	if !j.snap.Account.Known() {
		j.unsure = true
		j.sandbox = policy.Maybe
		return
	}
	account, region := j.snap.Account.Value, j.snap.Region
	j.sandbox = policy.No
	if account.Sandbox {
		j.sandbox = policy.Yes
	}
	overQuota := account.Max24HourSend >= 0 && account.SentLast24Hours+float64(len(j.req.Recipients)) > account.Max24HourSend
	if account.Enforcement == "HEALTHY" && account.SendingEnabled && !overQuota {
		return
	}
	f := diagnosis.Finding{Layer: layerSES, Source: fmt.Sprintf("SES of %s in %s", j.who.accountLabel(), region)}
	switch {
	case account.Enforcement == "SHUTDOWN":
		f.Code = diagnosis.AcctShutdown
		f.Title = fmt.Sprintf("SES has shut down sending for %s in %s", j.who.accountLabel(), region)
		f.Detail = "GetAccount: EnforcementStatus is SHUTDOWN"
		f.Fix = "answer the case that AWS opened in the support center; no setting here brings it back"
		j.block(facts.KindAccount, f)
	case !account.SendingEnabled:
		f.Code = diagnosis.AcctPaused
		f.Title = fmt.Sprintf("sending is paused for %s in %s", j.who.accountLabel(), region)
		f.Detail = "GetAccount: SendingEnabled is false"
		f.Fix = fmt.Sprintf("aws sesv2 put-account-sending-attributes --sending-enabled --region %s", region)
		j.block(facts.KindAccount, f)
	case account.Enforcement == "PROBATION":
		f.Code = diagnosis.AcctProbation
		f.Title = fmt.Sprintf("%s is on probation in %s", j.who.accountLabel(), region)
		f.Detail = "GetAccount: EnforcementStatus is PROBATION; SES still sends"
		f.Fix = "look at the bounce and complaint rates in the SES console before sending is paused"
		j.block(facts.KindAccount, f)
	}
	if overQuota {
		f.Code = diagnosis.QDaily
		f.Title = fmt.Sprintf("the daily sending quota in %s is used up", region)
		f.Detail = fmt.Sprintf("GetAccount: %.0f of %.0f recipients in the last 24 hours", account.SentLast24Hours, account.Max24HourSend)
		f.Fix = "wait: the window is a rolling 24 hours; or ask AWS for a higher quota in Service Quotas"
		j.suspect(facts.KindAccount, f)
	}
}

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
	if !j.fromKnown() {
		return
	}
	j.sender = resolve(j.snap, j.req.Header.From)
	if j.sender.name == "" {
		j.unsure = true
		return
	}
	j.verified(j.sender, false)
	j.mailFrom()
}

// fromKnown reports whether the header has come, with a From that can be read.
func (j *judgement) fromKnown() bool { return j.req.Header != nil && j.req.Header.From != "" }

// verified judges the status of an identity that a sender address resolves to.
// The Return-Path's identity has a code of its own.
func (j *judgement) verified(r resolved, returnPath bool) {
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
		j.notVerified(f, r, diagnosis.IDNone, "there is no identity for it or its domain", j.create(r.address), returnPath)
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
	j.notVerified(f, r, code, detail, j.finish(r), returnPath)
}

func (j *judgement) notVerified(f diagnosis.Finding, r resolved, code diagnosis.Code, detail, fix string, returnPath bool) {
	f.Code, f.Detail, f.Fix, f.Suspected = code, detail, fix, j.perhapsShadowed(r)
	j.unsure = j.unsure || f.Suspected
	f.Title = fmt.Sprintf("%s is not verified in SES in %s", r.address, j.snap.Region)
	if returnPath {
		f.Code = diagnosis.IDRetPath
		f.Title = fmt.Sprintf("the Return-Path address %s is not verified in SES in %s", r.address, j.snap.Region)
		f.Fix = "take the Return-Path header out of the message, or verify its domain"
	}
	on := facts.KindIdentity | facts.KindIndex
	if !returnPath {
		if region, name := j.elsewhere(r.address); region != "" {
			f.Code = diagnosis.RegWrong
			f.Title = fmt.Sprintf("%s is not verified in %s, but %s is in %s", r.address, j.snap.Region, name, region)
			f.Fix = fmt.Sprintf("set aws.region to %s (or AWS_REGION, or --region), or verify %s in %s, too", region, name, j.snap.Region)
		}
	}
	j.blockers = append(j.blockers, blocker{Finding: f, on: on, elsewhere: !returnPath})
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

// create says how to get an identity, or what the address was meant to be.
func (j *judgement) create(address string) string {
	domain := domainOf(address)
	if !strings.Contains(domain, ".") {
		return fmt.Sprintf("set a real sender address in the application: %s is a name of its machine, not a domain on the Internet", domain)
	}
	if near := nearest(domain, j.snap.Index.Value.Identities); near != "" {
		return fmt.Sprintf("did you mean %s, which is an identity in %s? otherwise: aws sesv2 create-email-identity --email-identity %s --region %s",
			near, j.snap.Region, domain, j.snap.Region)
	}
	return fmt.Sprintf("aws sesv2 create-email-identity --email-identity %s --region %s, then publish the DKIM records it prints", domain, j.snap.Region)
}

// finish says what is left to do on an identity that exists.
func (j *judgement) finish(r resolved) string {
	if r.fact.Type == "EMAIL_ADDRESS" {
		return fmt.Sprintf("open the link in the mail that AWS sent to %s; to send it again, delete the identity and create it anew", r.name)
	}
	if len(r.fact.DKIMTokens) == 0 {
		return fmt.Sprintf("publish the DNS records that the SES console shows for %s", r.name)
	}
	zone := cmp.Or(r.fact.DKIMZone, "dkim.amazonses.com")
	records := make([]string, len(r.fact.DKIMTokens))
	for i, token := range r.fact.DKIMTokens {
		records[i] = fmt.Sprintf("%s._domainkey.%s CNAME %s.%s", token, r.name, token, zone)
	}
	return "publish in DNS: " + strings.Join(records, "; ")
}

// mailFrom judges the identity's custom MAIL FROM domain.
// https://docs.aws.amazon.com/ses/latest/dg/mail-from.html
func (j *judgement) mailFrom() {
	m := j.sender.fact.MailFrom
	if m.Domain == "" || m.Status != "FAILED" || !m.Reject {
		return
	}
	j.block(facts.KindIdentity, diagnosis.Finding{
		Code:   diagnosis.MFMX,
		Title:  fmt.Sprintf("the custom MAIL FROM domain %s of %s has no MX record", m.Domain, j.sender.name),
		Detail: "GetEmailIdentity: MailFromDomainStatus is FAILED and BehaviorOnMxFailure is REJECT_MESSAGE",
		Fix:    fmt.Sprintf("publish in DNS: %s MX 10 feedback-smtp.%s.amazonses.com", m.Domain, j.snap.Region),
		Layer:  layerSES,
		Source: "identity " + j.sender.name,
	})
}

// setInUse is the configuration set the message goes through: the one that the
// route names, else the identity's default. known is false if it depends
// on what has not been said or read.
func (j *judgement) setInUse() (name string, byDefault, known bool) {
	switch {
	case j.req.Route.ConfigurationSet != "":
		return j.req.Route.ConfigurationSet, false, true
	case !j.fromKnown() || j.sender.name == "":
		return "", true, false
	}
	return j.sender.fact.ConfigurationSet, true, true
}

func (j *judgement) configurationSet() {
	name, byDefault, known := j.setInUse()
	if !known || name == "" {
		return
	}
	fact := j.snap.ConfigurationSets[name]
	if !fact.Known() {
		j.unsure = true
		return
	}
	if fact.Value.Exists && fact.Value.SendingEnabled {
		return
	}
	why := "named in aws.configuration_set"
	if byDefault {
		why = "the default of identity " + j.sender.name
	}
	f := diagnosis.Finding{Layer: layerSES, Source: "configuration set " + name, Resource: j.setARN(name)}
	switch {
	case !fact.Value.Exists:
		f.Code = diagnosis.CSNone
		f.Title = fmt.Sprintf("configuration set %s does not exist in %s", name, j.snap.Region)
		f.Detail = "it is " + why
		f.Fix = fmt.Sprintf("aws sesv2 create-configuration-set --configuration-set-name %s --region %s, or name another", name, j.snap.Region)
		j.block(facts.KindConfigurationSet|facts.KindIdentity, f)
	default:
		f.Code = diagnosis.CSPaused
		f.Title = fmt.Sprintf("sending is paused for configuration set %s in %s", name, j.snap.Region)
		f.Detail = fmt.Sprintf("GetConfigurationSet: SendingEnabled is false; it is %s", why)
		f.Fix = fmt.Sprintf("aws sesv2 put-configuration-set-sending-options --configuration-set-name %s --sending-enabled --region %s", name, j.snap.Region)
		j.block(facts.KindConfigurationSet|facts.KindIdentity, f)
	}
}

// recipients applies the sandbox: only verified recipients and the mailbox
// simulator are served.
// https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
func (j *judgement) recipients() {
	if j.sandbox != policy.Yes {
		return
	}
	var refused []string
	for _, to := range j.req.Recipients {
		if ofSimulator(to) {
			continue
		}
		r := resolve(j.snap, to)
		switch {
		case r.name == "", !r.exists && j.otherCase(to) != "",
			!r.fact.VerifiedToSend && (j.shadowed(r) != "" || j.perhapsShadowed(r)):
			j.unsure = true
		case !r.fact.VerifiedToSend:
			refused = append(refused, to)
		}
	}
	if len(refused) == 0 {
		return
	}
	j.block(facts.KindAccount|facts.KindIdentity|facts.KindIndex, diagnosis.Finding{
		Code:       diagnosis.SbxRcpt,
		Title:      fmt.Sprintf("the SES sandbox in %s does not send to %s", j.snap.Region, some(refused)),
		Detail:     "GetAccount: ProductionAccessEnabled is false, so recipients must be verified, and this is not",
		Fix:        fmt.Sprintf("ask for production access in the SES console of %s, verify the recipient, or send to success@simulator.amazonses.com", j.snap.Region),
		Layer:      layerSES,
		Source:     fmt.Sprintf("SES of %s in %s", j.who.accountLabel(), j.snap.Region),
		Recipients: refused,
	})
}

// secondary judges the identities of Return-Path and Sender.
// https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html
func (j *judgement) secondary() {
	h := j.req.Header
	if h == nil {
		return
	}
	if h.ReturnPath != "" && h.ReturnPath != h.From {
		if r := resolve(j.snap, h.ReturnPath); r.name != "" {
			j.verified(r, true)
		} else {
			j.unsure = true
		}
	}
	if h.Sender == "" || h.Sender == h.From {
		return
	}
	r := resolve(j.snap, h.Sender)
	if r.name == "" {
		j.unsure = true
		return
	}
	if r.fact.VerifiedToSend {
		return
	}
	j.suspect(facts.KindIdentity|facts.KindIndex, diagnosis.Finding{
		Code:   diagnosis.IDSender,
		Title:  fmt.Sprintf("the Sender address %s is not verified in SES in %s", h.Sender, j.snap.Region),
		Fix:    "take the Sender header out of the message, or verify its domain",
		Layer:  layerSES,
		Source: "identity " + r.name,
	})
}

// domainOf is what stands behind the last @ of an address.
func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// ofSimulator reports whether the address is of SES's mailbox simulator, which
// the sandbox serves.
// https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
func ofSimulator(address string) bool {
	return strings.EqualFold(domainOf(address), "simulator.amazonses.com")
}
