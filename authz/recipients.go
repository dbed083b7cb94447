package authz

import (
	"fmt"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

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
		case r.name == "", !r.exists && j.otherCase(to) != "", j.perhapsOtherCase(r),
			!r.fact.VerifiedToSend && (j.shadowed(r) != "" || j.perhapsShadowed(r)):
			j.unsure = true
		case !r.fact.VerifiedToSend:
			refused = append(refused, to)
		}
	}
	if len(refused) == 0 {
		return
	}
	f := diagnosis.Finding{
		Code:       diagnosis.SbxRcpt,
		Title:      fmt.Sprintf("the SES sandbox in %s does not send to %s", j.snap.Region, some(refused)),
		Detail:     "GetAccount: ProductionAccessEnabled is false, so recipients must be verified, and this is not",
		Fix:        fmt.Sprintf("ask for production access in the SES console of %s, verify the recipient, or send to success@simulator.amazonses.com", j.snap.Region),
		Layer:      layerSES,
		Source:     fmt.Sprintf("SES of %s in %s", j.who.accountLabel(), j.snap.Region),
		Recipients: refused,
	}
	if id := j.named(); j.ofOther(id) {
		f.Code = diagnosis.XAccSandbox
		f.Title = fmt.Sprintf("the SES sandbox of account %s in %s does not send to %s", j.who.account, j.snap.Region, some(refused))
		f.Fix = fmt.Sprintf("ask for production access for account %s, in its SES console of %s, or verify the recipient there", j.who.account, j.snap.Region)
		f.Detail = fmt.Sprintf("GetAccount: ProductionAccessEnabled is false for account %s, which sends; that of the identity's owner, account %s, does not count for it", j.who.account, id.account)
	}
	j.block(facts.KindAccount|facts.KindIdentity|facts.KindIndex, f)
}

// suppressed notes recipients on the account's suppression list: SES takes mail to
// them, does not send it, and counts it.
// https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
func (j *judgement) suppressed() {
	var on []string
	reason := ""
	for _, to := range j.req.Recipients {
		fact, asked := j.snap.Suppressed[to]
		switch {
		case !fact.Known():
			j.unsure = j.unsure || asked && j.strict
		case fact.Value.Suppressed:
			on, reason = append(on, to), fact.Value.Reason
		}
	}
	if len(on) == 0 {
		return
	}
	j.block(facts.KindSuppression, diagnosis.Finding{
		Code:       diagnosis.Supp,
		Title:      fmt.Sprintf("SES in %s takes mail to %s and does not send it: suppressed", j.snap.Region, some(on)),
		Detail:     fmt.Sprintf("GetSuppressedDestination %s: Reason is %s", on[len(on)-1], reason),
		Fix:        fmt.Sprintf("if the address works again: aws sesv2 delete-suppressed-destination --email-address %s --region %s", on[0], j.snap.Region),
		Layer:      layerSES,
		Source:     fmt.Sprintf("suppression list of %s in %s", j.who.accountLabel(), j.snap.Region),
		Recipients: on,
		Strict:     j.strict,
	})
}
