package proxy

import (
	"context"
	"time"

	"sesgate/authz"
)

// Checker says whether SES will take a message. Check never fails: ignorance is
// an Unknown verdict. Both methods are safe for concurrent use.
type Checker interface {
	Check(ctx context.Context, req authz.Request) authz.Verdict
	// Forget drops the facts a verdict rests on, because SES has decided otherwise.
	Forget(v authz.Verdict)
}

// Relay hands a message over. When the error is nil SES has taken it under
// Receipt.MessageID; otherwise Receipt still says what was tried.
type Relay interface {
	Send(ctx context.Context, msg Message) (Receipt, error)
}

// Message is what is relayed. Data is not changed by anybody until Send returns; from
// then on it is, if SES has the message.
type Message struct {
	Recipients []string    // byte for byte those that were authorised
	Route      authz.Route // parameters and credentials, as authorised
	Data       []byte      // header and body, every line ended by CRLF, without X-SES- headers
}

// Receipt is what became of a send.
type Receipt struct {
	MessageID string
	RequestID string // of the last answer that AWS gave
	Attempts  int    // HTTP requests made
	// Ambiguous says that SES may have taken the message though no answer came:
	// a resend may be a second copy.
	Ambiguous bool
	Took      time.Duration
}
