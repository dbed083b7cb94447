package proxy

import (
	"github.com/emersion/go-smtp"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
	"sesgate/proxy/guard"
)

func (s *session) mail(from string, opts *smtp.MailOptions) *reply {
	return s.open(from, func(tx *transaction) *reply { return s.admitSender(tx, opts) })
}

// open begins a transaction if admit has nothing against it. What is refused is an
// event, and so is what panics; the library then closes the connection.
func (s *session) open(from string, admit func(*transaction) *reply) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.enter(guard.Transaction); r != nil {
		return r
	}
	if r := s.mayBegin(); r != nil {
		return r
	}
	tx, r := s.begin(from), failed
	defer func() {
		if r != nil {
			s.conn.Enter(guard.Idle)
			s.end(tx, r)
		}
	}()
	if r = admit(tx); r == nil {
		s.tx = tx
	}
	return r
}

// mayBegin says why no transaction can begin now, or nil.
func (s *session) mayBegin() *reply {
	if s.tx != nil {
		return nestedMail
	}
	s.renew()
	switch {
	case !s.greeted:
		return noHello
	case s.run.RequireTLS && !s.conn.Secure():
		return needTLS
	}
	return s.identify()
}

// admitSender says why a transaction does not begin, or nil.
func (s *session) admitSender(tx *transaction, opts *smtp.MailOptions) *reply {
	if tx.null = tx.event.MailFrom == ""; tx.null && s.run.NullSender == "" {
		return s.refuse(tx, refusal{findings: []diagnosis.Finding{diagnosis.New(diagnosis.MsgNull)}})
	}
	if tx.null {
		tx.event.MailFrom = s.run.NullSender
		tx.take(s.run.route(tx.user, s.run.NullSender))
	}
	if f := checkAddress(tx.event.MailFrom); f != nil {
		return s.refuse(tx, refusal{findings: []diagnosis.Finding{*f}, status: badSender(f.Code)})
	}
	if r := s.checkReversePath(tx); r != nil {
		return r
	}
	tx.announced = opts.Size
	if limit := s.run.maxMessageBytes(); tx.announced > limit {
		return s.refuse(tx, refusal{findings: []diagnosis.Finding{tooLarge(limit)}})
	}
	return s.check(tx, authz.Request{Route: tx.route, MailFrom: tx.event.MailFrom})
}

func (s *session) rcpt(to string) *reply {
	return s.add(to, func(tx *transaction) *reply { return s.admitRecipient(tx, to) })
}

// add adds a recipient if admit has nothing against it.
func (s *session) add(to string, admit func(*transaction) *reply) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.enter(guard.Transaction); r != nil {
		return r
	}
	if s.tx == nil {
		return noMail
	}
	tx, r := s.tx, failed
	defer func() {
		if r != nil {
			tx.event.Refused, tx.refused = append(tx.event.Refused, to), r
		}
	}()
	if r = admit(tx); r == nil {
		tx.event.Recipients = append(tx.event.Recipients, to)
		return nil
	}
	r = s.limitRefusals(r)
	return r
}

// limitRefusals ends a connection on which too many recipients are refused for
// good. A message of too many recipients is refused for now, and not counted.
func (s *session) limitRefusals(r *reply) *reply {
	if r.code/100 == 5 {
		s.refused++
	}
	if s.refused <= maxRefused {
		return r
	}
	s.conn.End()
	return tooManyRefused
}

// admitRecipient says why a recipient is not accepted, or nil.
func (s *session) admitRecipient(tx *transaction, to string) *reply {
	if f := checkAddress(to); f != nil {
		return s.refuse(tx, refusal{findings: []diagnosis.Finding{*f}, status: badRecipient(f.Code)})
	}
	accepted := tx.event.Recipients
	if len(accepted) >= s.run.maxRecipients() {
		return s.refuse(tx, refusal{findings: []diagnosis.Finding{tooMany(s.run.maxRecipients())}})
	}
	return s.check(tx, authz.Request{
		Route:      tx.route,
		MailFrom:   tx.event.MailFrom,
		Recipients: append(accepted[:len(accepted):len(accepted)], to),
	})
}
