package diagnosis

// Unverified is what SES's "Email address is not verified" states. It does not
// say whether an identity is that of a sender or of a recipient.
type Unverified struct {
	Region     string   // lower case, "" if the text does not say
	Identities []string // addresses or domains as SES writes them
	Truncated  bool     // there are more identities than SES lists
}

// ParseUnverified finds "Email address is not verified" in text.
func ParseUnverified(text string) (Unverified, bool) { return Unverified{}, false }

// As returns the finding of these identities under code, for a caller that
// knows which of them are senders, recipients or another account's.
func (u Unverified) As(code Code) Finding { return New(code) }

// Finding returns the finding for a message to recipients: SbxRcpt if every
// identity is one of them, else IDNone.
func (u Unverified) Finding(recipients []string) Finding { return New(IDNone) }
