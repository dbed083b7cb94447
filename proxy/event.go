package proxy

import (
	"time"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
)

// Event is what happened to one transaction: from MAIL to the reply that ended
// it; or an AUTH that was refused, and so led to none. Log line, status page and metrics are made from it and from nothing else.
type Event struct {
	Ref          string // ULID, also the last line of a refusal
	Time         time.Time
	Listener     string // address of the listener
	Client       string // address of the client
	User         string // who has authenticated, or has failed to
	MailFrom     string
	HeaderFrom   string
	Recipients   []string // accepted
	Refused      []string // recipients refused at RCPT
	Size         int64    // octets of the message as received
	Principal    string
	Route        string // its name; "" is the one of no rule
	Region       string
	Identity     string
	Decision     authz.Decision
	Checked      bool // false: preflight.mode is off, or it never came to a check
	Findings     []diagnosis.Finding
	Gaps         int
	Cache        string // hit, stale, miss
	Preflight    time.Duration
	SES          time.Duration
	SESMessageID string
	SESRequestID string
	Attempts     int
	Ambiguous    bool
	Contradicted bool     // SES decided otherwise than the pre-flight
	Removed      []string // names of X-SES- headers that were taken out
	Reply        string   // first line of the reply that ended the transaction, as with DiagnosticsFull
	Code         int      // its reply code
}

// Recorder takes note of events: a log, a page, a counter. Record is called once
// a transaction, from many goroutines, and must not block.
type Recorder interface {
	Record(e Event)
}
