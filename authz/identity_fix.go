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

// addressOverDomain says, where the principal's own policies do not let it send as
// an address that is an identity, that policies of its domain do not count: that
// is where the statement may be that was meant to.
// https://docs.aws.amazon.com/ses/latest/dg/sending-authorization-identity-owner-tasks-policy.html
func (j *judgement) addressOverDomain(c call) {
	nothingNear := slices.ContainsFunc(j.blockers, func(b blocker) bool { return b.Code == diagnosis.IAMNoAllow && b.use == asSender })
	if c.use != asSender || !nothingNear || !j.sender.exists || !strings.Contains(j.sender.name, "@") {
		return
	}
	domain := domainOf(j.sender.name)
	if !slices.ContainsFunc(j.snap.Index.Value.Identities, func(e facts.IndexEntry) bool { return strings.EqualFold(e.Name, domain) }) {
		return
	}
	f := diagnosis.Finding{Code: diagnosis.ResAddrOverDomain, Layer: policy.Resource.String(), Source: "identity " + j.sender.name}
	f.Title = fmt.Sprintf("a policy of identity %s does not count for %s, which is an identity itself", domain, j.sender.name)
	f.Detail = "if the statement that lets " + j.who.label + " send is in a sending authorization policy of the domain, it has no effect here"
	f.Fix = fmt.Sprintf("copy it to %s, or delete that identity: aws sesv2 delete-email-identity --email-identity %s --region %s", j.sender.name, j.sender.name, j.snap.Region)
	f.Suspected = true
	j.block(facts.KindIdentity|facts.KindIndex, f)
}
