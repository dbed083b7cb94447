package proxy

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
)

// transaction is what is known of one transaction. It belongs to its session
// until it is taken out, and to who took it out from then on.
type transaction struct {
	event     Event
	budget    time.Duration // what is left to wait for facts
	announced int64         // octets, by SIZE
	arrived   time.Time     // when the message had
	receiving bool          // its message has begun to arrive
	refused   *reply        // the last refusal of a recipient
	null      bool          // it came with a null reverse-path
	user      *User         // who sends; nil where nobody has to say
	route     authz.Route   // by the reverse-path, once the message has arrived by its From
	verdict   authz.Verdict // the last
	header    authz.Header  // once the message has arrived
}

// begin opens a transaction at MAIL.
func (s *session) begin(from string) *transaction {
	now := time.Now()
	tx := &transaction{
		budget: s.run.wait(),
		user:   s.user,
		event: Event{
			Ref:      ulid.MustNew(ulid.Timestamp(now), rand.Reader).String(),
			Time:     now,
			Listener: s.run.listener,
			Client:   s.client,
			MailFrom: from,
		},
	}
	if tx.user != nil {
		tx.event.User = tx.user.Name
	}
	tx.take(s.run.route(tx.user, from))
	return tx
}

// take sets the route that the message goes by.
func (tx *transaction) take(r authz.Route) {
	tx.route = r
	tx.event.Route, tx.event.Region = r.Name, r.Region
}

// end closes a transaction by the reply that ends it, and tells the recorders.
func (s *session) end(tx *transaction, r *reply) *reply {
	tx.event.Reply, tx.event.Code = r.event(), r.code
	s.run.record(tx.event)
	return r
}

// abandon closes a transaction that no reply to DATA has ended: the client reset
// it or went away. It is an event if there was more to it than an envelope.
func (s *session) abandon(tx *transaction, reason *reply) {
	switch {
	case tx.receiving:
		s.end(tx, reason)
	case tx.refused != nil:
		s.end(tx, tx.refused)
	}
}

func (r *run) record(e Event) {
	for _, recorder := range r.Recorders {
		recorder.Record(e)
	}
}

// refuse words a refusal of the transaction or of one of its recipients.
func (s *session) refuse(tx *transaction, r refusal) *reply {
	r.ref = tx.event.Ref
	tx.note(r.findings)
	if !tx.event.Checked && tx.event.Attempts == 0 {
		tx.event.Decision = authz.Deny // by the gate or the message's form, before anybody was asked
	}
	return r.reply(s.run.diagnostics)
}

// note adds findings to the event, each once.
func (tx *transaction) note(findings []diagnosis.Finding) {
	for _, f := range findings {
		i := slices.IndexFunc(tx.event.Findings, func(g diagnosis.Finding) bool { return sameReason(g, f) })
		if i < 0 {
			tx.event.Findings = append(tx.event.Findings, f)
			continue
		}
		tx.event.Findings[i] = f // the later check knows more of the message
	}
}

// sameReason reports whether two findings of one transaction tell of the same
// thing, of which before DATA less was known: the rest of an ARN, and recipients.
func sameReason(earlier, later diagnosis.Finding) bool {
	if earlier.Source == "" && earlier.Statement == "" {
		return earlier.Code == later.Code && earlier.Title == later.Title && earlier.Detail == later.Detail
	}
	return earlier.Code == later.Code && earlier.Layer == later.Layer && earlier.Source == later.Source && earlier.Statement == later.Statement &&
		(earlier.Resource == later.Resource || strings.HasSuffix(earlier.Resource, "*"))
}
