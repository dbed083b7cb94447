package awssim

import (
	"slices"
	"strings"
)

// maxNamed is how many identities a refusal names; SES ends longer ones in dots.
const maxNamed = 10

// senders are everyone in whose name the message is: From, Sender and the address
// for bounces. SES wants each of them verified.
func (s *sending) senders() []mailbox {
	return slices.Concat(s.from, s.header.mailboxes("Sender"), s.feedback)
}

// checkVerified refuses senders, and in the sandbox recipients, that are not
// verified, and senders whose custom MAIL FROM domain is broken.
// Source: Amazon SES Developer Guide, "Amazon SES email sending errors".
func (s *sending) checkVerified() error {
	var failed []string
	fail := func(m mailbox) {
		if !slices.Contains(failed, m.text) {
			failed = append(failed, m.text)
		}
	}
	for i, m := range s.senders() {
		if !s.mayUse(m, s.arnFor(i)) {
			fail(m)
		}
	}
	if s.region(s.regionID).account.Sandbox {
		for _, m := range s.recipients {
			if !mailboxSimulator(m.address) && !s.mayUse(m, "") {
				fail(m)
			}
		}
	}
	if len(failed) > 0 {
		return s.notVerified(failed)
	}
	if id := s.identity; id != nil && id.MailFromReject && id.MailFrom != "" && id.MailFromStatus != "SUCCESS" {
		return refuse(400, "MailFromDomainNotVerifiedException",
			"Amazon SES could not read the MX record required to use the specified MAIL FROM domain.")
	}
	return nil
}

// arnFor is the identity that is named for the i-th sender.
func (s *sending) arnFor(i int) string {
	switch {
	case i == 0:
		return s.sourceARN()
	case i >= len(s.senders())-len(s.feedback):
		return s.feedbackARN()
	}
	return ""
}

// mayUse reports whether an address is verified: by an identity of the account
// or, if the call names one of another account, by its owner's word.
func (s *sending) mayUse(m mailbox, arn string) bool {
	if arn != "" && !strings.HasPrefix(arn, s.identityARN("")) {
		_, name, _ := strings.Cut(arn, "identity/")
		return slices.Contains(s.region(s.regionID).account.Shared, arn) && slices.Contains(candidates(m.address), name)
	}
	id := s.region(s.regionID).resolve(m.address)
	return id != nil && id.maySend()
}

func (s *sending) notVerified(failed []string) error {
	tail := ""
	if len(failed) > maxNamed {
		failed, tail = failed[:maxNamed], "..."
	}
	return refuse(400, "MessageRejected", "Email address is not verified. The following identities failed the check in region "+
		strings.ToUpper(s.regionID)+": "+strings.Join(failed, ", ")+tail)
}
