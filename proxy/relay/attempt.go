package relay

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"sesgate/proxy"
)

var errNoMessageID = errors.New("SES answered without a message id")

// attempt is what came of one request.
type attempt struct {
	requests  int  // HTTP requests begun: 0 or 1
	arrived   bool // SES may have received the whole request
	status    int  // of the answer; 0 without one
	requestID string
	messageID string
	used      aws.Credentials
	err       error
}

func (s *SES) attempt(ctx context.Context, msg proxy.Message) attempt {
	var a attempt
	if a.used, a.err = s.keys.retrieve(ctx); a.err != nil {
		return a
	}
	ctx, wire := newWire(ctx)
	defer wire.release()
	got, err := s.way(msg).send(ctx, a.used, msg)
	a.requests, a.arrived = wire.seen()
	if err != nil {
		a.fail(err)
		return a
	}
	a.status = http.StatusOK
	a.requestID = got.requestID
	if a.messageID = got.messageID; !isMessageID(a.messageID) {
		a.err = fmt.Errorf("%w: %.80q", errNoMessageID, a.messageID)
	}
	return a
}

func (a *attempt) fail(err error) {
	a.err = err
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) {
		a.status = answer.HTTPStatusCode()
		a.requestID = answer.ServiceRequestID()
	}
}

// ambiguous reports whether SES may have the message although it did not say so.
// Only a 4xx answer is a refusal: a 5xx may follow acceptance, a 2xx or 3xx
// without a message id is an answer that got lost or that SES did not write, and
// a 408 tells of a connection, not of a message.
func (a *attempt) ambiguous() bool {
	if a.err == nil || a.refused() {
		return false
	}
	return a.arrived || a.status != 0
}

func (a *attempt) refused() bool {
	return a.status >= 400 && a.status < 500 && a.status != http.StatusRequestTimeout
}

func (a *attempt) note(r *proxy.Receipt) {
	r.Attempts += a.requests
	r.Ambiguous = a.ambiguous()
	if a.requestID != "" {
		r.RequestID = a.requestID
	}
	if a.err == nil {
		r.MessageID = a.messageID
	}
}

// isMessageID tells ids from garbage: an id is shown to the client and logged.
func isMessageID(id string) bool {
	if id == "" || len(id) > 256 {
		return false
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}
