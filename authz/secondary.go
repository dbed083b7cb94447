package authz

import (
	"fmt"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
)

// secondary judges the identities of Return-Path and Sender.
// https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html
func (j *judgement) secondary() {
	j.feedback()
	h := j.req.Header
	if h == nil {
		return
	}
	if h.ReturnPath != "" && h.ReturnPath != h.From {
		if r := resolve(j.snap, h.ReturnPath); r.name != "" {
			j.verified(r, asReturnPath)
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

// feedback judges the identity of the address to which the route has bounces sent.
func (j *judgement) feedback() {
	address, id := j.req.Route.FeedbackAddress, parseIdentityARN(j.req.Route.ReturnPathARN)
	switch {
	case address == "":
		return
	case j.ofOther(id) && id.region != "*" && id.region != j.snap.Region:
		j.block(0, diagnosis.Finding{
			Code:     diagnosis.XAccRegion,
			Title:    fmt.Sprintf("identity %s of account %s for feedback is in %s, and mail is sent in %s", id.name, id.account, id.region, j.snap.Region),
			Detail:   "sending authorization works only in the region of the identity: " + id.text,
			Fix:      fmt.Sprintf("send these mails in %s (region of their route, or aws.region)", id.region),
			Layer:    layerSES,
			Source:   "identity " + id.name + " of account " + id.account,
			Resource: id.text,
		})
		return
	case j.ofOther(id):
		j.unsure = j.unsure || !j.snap.Identities[id.text].Known()
		return
	}
	r := resolve(j.snap, address)
	if r.name == "" {
		j.unsure = true
		return
	}
	j.verified(r, asFeedback)
}
