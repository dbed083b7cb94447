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
		f.Detail = fmt.Sprintf("GetAccount: ProductionAccessEnabled is false for account %s, which sends; that of the identity's owner, account %s, does not count for it", j.who.account, id.account)
	}
	j.block(facts.KindAccount|facts.KindIdentity|facts.KindIndex, f)
}
