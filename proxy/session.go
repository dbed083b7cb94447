package proxy

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"sesgate/authz/diagnosis"
	"sesgate/proxy/guard"
)

// session is one connection from its EHLO on. The library calls Mail, Rcpt and
// Reset one after the other; Data may run beside them, as with BDAT it has a
// goroutine of its own.
type session struct {
	run    *run
	conn   *guard.Conn
	client string
	// private says that nobody hears what passes between the client and us.
	private bool

	// chunked says that a BDAT that is not the last was answered since the last
	// Reset, greeted that an EHLO was since TLS began. They belong to the connection's
	// goroutine.
	chunked, greeted bool

	user   *User // who has authenticated; of the connection's goroutine, too
	failed int   // passwords that were wrong

	mu      sync.Mutex
	tx      *transaction // nil between transactions, and once Data has taken it
	refused int          // recipients since the last message, for good
	closed  bool
}

// Mail begins a transaction.
func (s *session) Mail(from string, opts *smtp.MailOptions) error {
	return s.mail(from, opts).error()
}

// Rcpt adds a recipient, or refuses it alone.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	return s.rcpt(to).error()
}

// Data reads the message, checks it and hands it over.
func (s *session) Data(r io.Reader) error {
	return s.data(r).error()
}

// Reset ends the transaction that is open, if one is.
//
// In the middle of a chunked message it ends the connection, too: the library's
// goroutine that has called Data, or is about to, would give its result to
// whichever message comes next.
func (s *session) Reset() {
	tx := s.take(nil)
	if tx != nil && s.chunked {
		tx.receiving = true
		s.conn.End()
	}
	s.chunked = false
	s.greets()
	reason := aborted
	if s.conn.Enter(guard.Idle) != nil {
		reason = disconnected
	}
	if tx != nil {
		s.abandon(tx, reason)
	}
}

// Logout ends the session.
func (s *session) Logout() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.Reset()
	s.run.sessions.Done()
	return nil
}

// rewrite gives the library's lines their final form, notes chunks, and answers
// what the library could not read.
func (s *session) rewrite(line []byte) (final []byte, last bool) {
	if s.run.LMTP {
		line = perRecipient.ReplaceAll(line, []byte("$1"))
	}
	text := string(bytes.TrimRight(line, "\r\n"))
	s.chunked = s.chunked || text == "250 2.0.0 Continue"
	if r := s.unread(text); r != nil {
		return r.wire(), false
	}
	switch {
	case text == "502 5.5.1 TLS not supported":
		if r := s.startTLS(); r != nil {
			return r.wire(), false
		}
		return nil, false
	case authLines[text] != nil:
		return s.authLine(text).wire(), false
	case text == "250 SIZE" && s.offersTLS():
		final, last = s.run.rewrite(line)
		return append([]byte("250-STARTTLS\r\n"), final...), last
	}
	return s.run.rewrite(line)
}

func (s *session) data(r io.Reader) *reply {
	tx, refused := s.receive()
	if refused != nil {
		return refused
	}
	defer s.run.sessions.Done()
	m := s.run.arrival(tx.announced)
	defer m.forget()
	err := s.read(m, r)
	if errors.Is(err, smtp.ErrDataReset) {
		return aborted // Reset tells of it
	}
	if tx = s.take(tx); tx == nil {
		return aborted
	}
	tx.arrived = time.Now()
	tx.event.Size = m.received
	answer := s.unfit(tx, m, err)
	if answer != nil {
		return s.end(tx, answer)
	}
	if answer = s.conclude(tx, m.octets); answer.code/100 == 2 {
		m.recycle() // SES has all of it
	}
	return answer
}

// read reads a message. One that comes by DATA it reads from the connection, past
// the library, which takes one octet at a time; the library then finds the end of
// it, and what follows.
func (s *session) read(m *arrival, r io.Reader) error {
	if _, chunks := r.(*io.PipeReader); chunks { // the library hands BDAT's chunks over by a pipe
		_, err := m.read(r.Read)
		if rejected(err) {
			s.conn.Tolerate(maxExcess) // the library reads a chunk to its end
		}
		return err
	}
	m.dotted = true
	rest, err := m.read(s.conn.ReadMessage)
	if rejected(err) && !m.over {
		excess := int64(maxExcess)
		if err == errNoRoom {
			excess += m.limit
		}
		s.conn.Tolerate(excess)
		rest, _ = m.skip(s.conn.ReadMessage)
	}
	if m.over {
		s.conn.Unread(endOfData, rest)
	}
	return err
}

// rejected reports whether a message was not read to its end though it comes.
func rejected(err error) bool { return err == errTooLarge || err == errNoRoom }

// unfit says why a message that has arrived is not looked at.
func (s *session) unfit(tx *transaction, m *arrival, err error) *reply {
	switch {
	case err == errTooLarge:
		return s.refuse(tx, refusal{findings: []diagnosis.Finding{tooLarge(s.run.maxMessageBytes())}})
	case err == errNoRoom:
		return noRoom
	case s.enter(guard.Transaction) != nil || err != nil:
		return disconnected
	case m.ambiguous:
		return ambiguousEnd
	case m.lone && s.run.RejectLoneEndings:
		return loneEnding
	}
	return nil
}

// arrival is a message that is to be read.
func (r *run) arrival(announced int64) *arrival {
	return &arrival{budget: r.budget, limit: r.maxMessageBytes(), announced: announced}
}

// conclude delivers a whole message. Should that panic, the library closes the
// connection, and the event still tells of the message.
func (s *session) conclude(tx *transaction, data []byte) (r *reply) {
	defer func() { s.end(tx, cmp.Or(r, crashed)) }()
	return s.deliver(tx, data)
}

// receive notes that the message of the open transaction arrives. Who gets a
// transaction calls run.sessions.Done in the end.
func (s *session) receive() (*transaction, *reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, aborted
	case s.tx == nil:
		return nil, noMail
	case len(s.tx.event.Recipients) == 0:
		return nil, noRecipients
	}
	s.tx.receiving = true
	s.refused = 0
	s.conn.Enter(guard.Message) // a failed connection is noticed once all has been read
	s.run.sessions.Add(1)
	return s.tx, nil
}

// take takes the open transaction out of the session, if it still is the one
// that is wanted; nil wants any.
func (s *session) take(want *transaction) *transaction {
	s.mu.Lock()
	defer s.mu.Unlock()
	tx := s.tx
	if want != nil && tx != want {
		return nil
	}
	s.tx = nil
	return tx
}

// enter moves the connection to a state, or says why it is at its end.
func (s *session) enter(state guard.State) *reply {
	switch err := s.conn.Enter(state); {
	case errors.Is(err, guard.ErrDraining):
		return closingDown
	case err != nil:
		return outOfStep
	}
	return nil
}
