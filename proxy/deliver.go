package proxy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
)

// deliver checks a complete message and hands it over.
func (s *session) deliver(tx *transaction, data []byte) *reply {
	if tx.null {
		data = sentAs(s.run.NullSender, data)
	}
	msg := scan(data, s.run.AllowHeaders...)
	if len(msg.unsafe) > 0 {
		return s.refuse(tx, refusal{findings: msg.unsafe})
	}
	tx.header = msg.header
	tx.event.HeaderFrom = msg.header.From
	route := s.run.route(tx.user, msg.header.From)
	msg.findings = append(msg.findings, steer(&route, msg.instructions)...)
	tx.take(route)
	tx.event.Removed = msg.removed
	if r := s.checkAuthor(tx); r != nil {
		return r
	}
	if r := s.checkMessage(tx, msg); r != nil {
		return r
	}
	receipt, err := s.send(tx, msg.data)
	if err != nil {
		return s.refusedBySES(tx, receipt, err)
	}
	if tx.event.Checked && tx.verdict.Decision == authz.Deny {
		s.contradicted(tx)
	}
	tx.note(tx.verdict.Findings) // warnings too
	return accepted(receipt.MessageID)
}

// checkMessage says why SES would refuse the message, with every reason there is.
func (s *session) checkMessage(tx *transaction, msg message) *reply {
	if s.run.mode() == Off {
		return nil
	}
	checked := s.consult(tx, authz.Request{
		Route:      tx.route,
		MailFrom:   tx.event.MailFrom,
		Recipients: tx.event.Recipients,
		Header:     &msg.header,
	})
	findings := msg.findings
	if checked && (tx.verdict.Decision == authz.Deny || s.run.mode() == Warn) {
		findings = append(findings, blockersFirst(tx.verdict.Findings)...)
	}
	if len(msg.findings) > 0 {
		tx.event.Decision = authz.Deny
	}
	if s.run.mode() == Warn {
		tx.note(findings)
		return nil
	}
	if tx.event.Decision != authz.Deny {
		return nil
	}
	return s.refuse(tx, refusal{findings: findings})
}

// send hands the message to the relay. Neither the client's going away nor the
// end of Serve's context stops a send; SendTimeout does, and a forced close. When
// the client is about to give up waiting, a send is stopped that is not under way:
// the relay lets one that is go on when its context is cancelled.
func (s *session) send(tx *transaction, data []byte) (Receipt, error) {
	ctx, cancel := context.WithTimeout(s.run.ctx, s.run.sendTimeout())
	defer cancel()
	if patience := s.run.ReplyTimeout; patience > 0 {
		patience -= patience / 10
		last := time.AfterFunc(time.Until(tx.arrived.Add(patience)), cancel)
		defer last.Stop()
	}
	receipt, err := s.run.Relay.Send(ctx, Message{
		Recipients: tx.event.Recipients,
		Route:      tx.route,
		Data:       data,
	})
	e := &tx.event
	e.SES = receipt.Took
	e.SESMessageID, e.SESRequestID = receipt.MessageID, receipt.RequestID
	e.Attempts, e.Ambiguous = receipt.Attempts, receipt.Ambiguous
	return receipt, err
}

// refusedBySES words what SES, or the way to it, has answered.
func (s *session) refusedBySES(tx *transaction, receipt Receipt, err error) *reply {
	r := refusal{findings: tx.fromSES(err)}
	answer := r.findings[0]
	if receipt.Ambiguous {
		r.findings[0].Title = "SES may have taken the message, a resend may be a second copy: " + answer.Title
		r.status = ambiguous
	}
	if tx.event.Checked {
		if !receipt.Ambiguous && contradicts(answer.Code) && tx.verdict.Decision != authz.Deny {
			s.reconsider(tx, answer.Vague())
		}
		suspected := suspects(tx.verdict, answer.Code)
		if len(suspected) > 0 && answer.Vague() {
			r.findings[0].Fix = "" // theirs say how to find out
		}
		r.findings = append(r.findings, suspected...)
		if !receipt.Ambiguous { // that SES may have the message must stand first
			r.findings = beside(proven(tx.verdict, answer.Code), r.findings)
		}
		r.notes = unknowns(tx.verdict)
	}
	return s.refuse(tx, r)
}

// fromSES is what lies behind an error of the relay's. Of addresses that are not
// verified only the transaction knows which are recipients.
func (tx *transaction) fromSES(err error) []diagnosis.Finding {
	var api interface{ ErrorMessage() string }
	if errors.As(err, &api) {
		if u, ok := diagnosis.ParseUnverified(api.ErrorMessage()); ok {
			h := tx.header
			return u.Findings([]string{h.From, h.Sender, h.ReturnPath}, tx.event.Recipients)
		}
	}
	return []diagnosis.Finding{diagnosis.FromAPI(err)}
}

// reconsider asks the Checker again, now that SES has refused: with new facts if
// it was sure of the contrary, and in any case for what it only suspects. A vague
// refusal gives no reason.
func (s *session) reconsider(tx *transaction, vague bool) {
	tx.event.Contradicted = tx.verdict.Decision == authz.Allow
	s.run.Checker.Forget(tx.verdict)
	tx.verdict, _ = s.ask(tx, authz.Request{
		Route:      tx.route,
		MailFrom:   tx.event.MailFrom,
		Recipients: tx.event.Recipients,
		Header:     &tx.header,
		Suspects:   true,
		Refused:    vague,
	})
}

// proven are the blockers of a verdict that says no, less the one that SES has
// now confirmed: they say more than SES does, and so stand before its answer.
func proven(v authz.Verdict, confirmed diagnosis.Code) []diagnosis.Finding {
	if v.Decision != authz.Deny {
		return nil
	}
	var blockers []diagnosis.Finding
	for _, f := range v.Findings {
		if !f.Suspected && f.Code != confirmed {
			blockers = append(blockers, f)
		}
	}
	return blockers
}

// beside puts what is proven before what SES says. Where SES gives no reason its
// title stays, but not what could be the reason and how to find out.
func beside(blockers, said []diagnosis.Finding) []diagnosis.Finding {
	if len(blockers) == 0 {
		return said
	}
	for _, f := range said {
		if f.Code == diagnosis.AccessDenied {
			f.Detail, f.Fix = "", ""
		}
		blockers = append(blockers, f)
	}
	return blockers
}

// contradicted drops the facts of a verdict that SES has shown to be wrong.
func (s *session) contradicted(tx *transaction) {
	tx.event.Contradicted = true
	s.run.Checker.Forget(tx.verdict)
}

// contradicts reports whether a refusal by SES is about what a verdict speaks of,
// too. Throttles, credentials, the network and the message's form are not.
func contradicts(code diagnosis.Code) bool {
	family, _, _ := strings.Cut(string(code), "-")
	return judged[family]
}

// judged are the families of codes that a verdict can have foreseen: policies of
// every layer, identities, account, configuration set, tenant.
var judged = map[string]bool{
	"access": true, "iam": true, "scp": true, "rcp": true, "res": true, "session": true, "vpce": true,
	"id": true, "sbx": true, "xacc": true, "reg": true, "acct": true, "cs": true, "mf": true, "ten": true,
}

// suspects are the findings of a verdict that were not proven, less the one that
// SES has now confirmed.
func suspects(v authz.Verdict, confirmed diagnosis.Code) []diagnosis.Finding {
	var suspected []diagnosis.Finding
	for _, f := range v.Findings {
		if f.Suspected && f.Code != confirmed {
			suspected = append(suspected, f)
		}
	}
	return suspected
}

// unknowns says what a verdict could not take into account.
func unknowns(v authz.Verdict) []string {
	var notes []string
	for _, gap := range v.Gaps {
		note := "not known here: " + gap.What
		if gap.Permission != "" {
			note += fmt.Sprintf(" (would need %s)", gap.Needs())
		}
		notes = append(notes, note)
	}
	return notes
}
