package authz

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// identityARN is the ARN of an SES identity taken apart.
type identityARN struct {
	text, region, account, name string
}

// parseIdentityARN takes the ARN of an SES identity apart; the zero value is none.
func parseIdentityARN(arn string) identityARN {
	if arn == "" {
		return identityARN{} // with most messages: not worth an allocation
	}
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[2] != "ses" {
		return identityARN{}
	}
	name, ok := strings.CutPrefix(parts[5], "identity/")
	if !ok {
		return identityARN{}
	}
	return identityARN{text: arn, region: parts[3], account: parts[4], name: name}
}

// ofOther reports whether the identity belongs to another account than the
// caller's: whose policies say whether it may be used, only its owner can read.
func (j *judgement) ofOther(id identityARN) bool {
	return id.text != "" && j.who.known && id.account != j.who.account
}

// owned judges the sender's identity where the route names one of another account.
// https://docs.aws.amazon.com/ses/latest/dg/sending-authorization-delegate-sender-tasks-email.html
func (j *judgement) owned(id identityARN) {
	f := diagnosis.Finding{Layer: layerSES, Source: "identity " + id.name + " of account " + id.account, Resource: id.text}
	if id.region != "*" && id.region != j.snap.Region {
		f.Code = diagnosis.XAccRegion
		f.Title = fmt.Sprintf("identity %s of account %s is in %s, and mail is sent in %s", id.name, id.account, id.region, j.snap.Region)
		f.Detail = "sending authorization works only in the region of the identity: " + id.text
		f.Fix = fmt.Sprintf("send these mails in %s (region of their route, or aws.region)", id.region)
		j.block(0, f)
		return
	}
	if j.fromKnown() && !slices.Contains(j.snap.Candidates(j.req.Header.From), id.name) {
		f.Code = diagnosis.IDNone
		f.Title = fmt.Sprintf("%s is not covered by identity %s, which its route names", j.req.Header.From, id.name)
		f.Fix = "name the identity of the address or its domain, or send from an address of " + id.name
		j.suspect(0, f)
	}
	switch fact := j.snap.Identities[id.text]; {
	case !fact.Known():
		j.unsure = true
	case !fact.Value.VerifiedToSend:
		f.Code = diagnosis.IDPending
		f.Title = fmt.Sprintf("identity %s of account %s is not verified in %s", id.name, id.account, j.snap.Region)
		f.Detail = "as its owner exported it"
		f.Fix = "ask its owner to finish the verification"
		j.block(facts.KindIdentity, f)
	}
}

// ownersForm is the resource of an identity of another account.
func (j *judgement) ownersForm(id identityARN) form {
	fact := j.snap.Identities[id.text]
	documents, all := readable(fact.Value.Policies)
	return form{arn: id.text, account: id.account, policies: documents, unreadable: !fact.Known() || fact.Value.Listed || !all}
}

// notAdmitted finishes the finding that the policy of an identity of another
// account does not let the caller send: with the text for its owner.
func (j *judgement) notAdmitted(c call, f diagnosis.Finding) diagnosis.Finding {
	id := parseIdentityARN(c.forms[0].arn)
	f.Code, f.Layer = diagnosis.XAccNoPolicy, policy.Resource.String()
	if f.Title == "" {
		f.Title = fmt.Sprintf("account %s does not let %s send as its identity %s in %s", id.account, j.who.label, id.name, j.snap.Region)
	}
	if f.Detail == "" {
		f.Detail = fmt.Sprintf("no statement of the sending authorization policies of %s, which belongs to account %s, allows it", id.name, id.account)
	}
	region := j.snap.Region
	if id.region != "*" {
		region = id.region
	}
	f.Fix = fmt.Sprintf("ask the owner, account %s, to run: aws sesv2 create-email-identity-policy --region %s --email-identity %s --policy-name sesgate-%s --policy '%s'",
		id.account, region, id.name, j.who.account, j.admission(id.text))
	return f
}

// admission is a sending authorization policy that lets the caller send.
// https://docs.aws.amazon.com/ses/latest/dg/sending-authorization-policy-examples.html
func (j *judgement) admission(arn string) string {
	type statement struct {
		Effect    string
		Principal map[string]string
		Action    []string
		Resource  string
	}
	text, _ := json.Marshal(struct { // strings cannot fail
		Version   string
		Statement []statement
	}{"2012-10-17", []statement{{"Allow", map[string]string{"AWS": j.principalARN()}, []string{"ses:SendEmail", sendAction}, arn}}})
	return string(text)
}

// doubtOwner says that only the owner of an identity knows whether the caller may
// use it.
func (j *judgement) doubtOwner(c call) {
	id := parseIdentityARN(c.forms[0].arn)
	f := diagnosis.Finding{Resource: id.text, Source: "identity " + id.name + " of account " + id.account}
	f.Title = fmt.Sprintf("account %s may not let %s send as its identity %s", id.account, j.who.label, id.name)
	f.Detail = "only the owner can read the policies of " + id.text
	j.add(c, j.notAdmitted(c, f))
}

// elsewhereOwned is an identity of another account, in this region, that covers
// address and that a policy of the principal names; the zero value if there is
// none. Who wrote it knew where the identity is.
func (j *judgement) elsewhereOwned(address string) identityARN {
	names := j.snap.Candidates(address)
	for _, d := range j.who.set.Identity {
		for _, s := range d.Statements {
			for _, arn := range s.Resources {
				id := parseIdentityARN(arn)
				if s.Effect == policy.EffectAllow && j.ofOther(id) && isAccountID(id.account) &&
					(id.region == j.snap.Region || id.region == "*") && slices.Contains(names, id.name) {
					return id
				}
			}
		}
	}
	return identityARN{}
}
