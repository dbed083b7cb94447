package proxy

import (
	"sesgate/authz/diagnosis"
)

// What a user may send as is sesgate's own rule: it holds in every mode.

// checkReversePath says why the user may not send from the reverse-path, or nil.
// The null one names nobody.
func (s *session) checkReversePath(tx *transaction) *reply {
	if from := tx.event.MailFrom; from != "" && !tx.maySendAs(from) {
		return s.refuse(tx, refusal{
			findings: []diagnosis.Finding{tx.notAs("as " + from)},
			status:   fixed(553, 5, 7, 1, ""),
		})
	}
	return nil
}

// checkAuthor says why the user may not send a message with this From header, or
// nil. One that cannot be read could be anybody's.
func (s *session) checkAuthor(tx *transaction) *reply {
	from := tx.header.From
	if tx.user == nil || !tx.user.Restricted || from != "" && tx.maySendAs(from) {
		return nil
	}
	as := "as " + from + " in the From header"
	if from == "" {
		as = "with a From header that cannot be read for certain"
	}
	return s.refuse(tx, refusal{findings: []diagnosis.Finding{tx.notAs(as)}})
}

func (tx *transaction) maySendAs(address string) bool {
	return tx.user == nil || tx.user.maySendAs(address)
}

func (tx *transaction) notAs(as string) diagnosis.Finding {
	f := diagnosis.New(diagnosis.AuthSender)
	f.Title = "user " + tx.user.Name + " may not send " + as
	f.Source = tx.user.Name
	return f
}
