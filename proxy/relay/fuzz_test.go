package relay

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Whatever an answer looks like, it is either a message id, a refusal or unknown.
func FuzzAnswer(f *testing.F) {
	f.Add(200, "", `{"MessageId":"0102019a-000001"}`)
	f.Add(200, "", `{"MessageId":"x\r\n250 ok"}`)
	f.Add(200, "", `{"MessageId":7}`)
	f.Add(200, "", `[[[[`)
	f.Add(400, "MessageRejected:http://internal.amazon.com/", `{"message":null}`)
	f.Add(403, "ExpiredTokenException", `{"message":"expired"}`)
	f.Add(403, "InvalidSignatureException", `{"Message":"Signature expired"}`)
	f.Add(429, "TooManyRequestsException", `{"message":"Maximum sending rate exceeded."}`)
	f.Add(429, "", `{"__type":"TooManyRequestsException"}`)
	f.Add(500, "InternalFailure", "\xff")
	f.Fuzz(func(t *testing.T, status int, code, body string) {
		if status < 200 || status > 599 {
			return // net/http gives no other
		}
		relay := New(worldConfig(func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: status,
				Header:     http.Header{"X-Amzn-Errortype": {code}, "X-Amzn-Requestid": {code}},
				Body:       io.NopCloser(strings.NewReader(body)),
			}, nil
		}), Options{Timeout: 50 * time.Millisecond})
		receipt, err := relay.Send(t.Context(), message())
		refused := status >= 400 && status < 500 && status != http.StatusRequestTimeout
		switch {
		case receipt.Ambiguous != errors.Is(err, ErrAmbiguous):
			t.Errorf("Ambiguous = %v, error %v", receipt.Ambiguous, err)
		case err == nil && (status >= 300 || !isMessageID(receipt.MessageID)):
			t.Errorf("%d is called sent, as %q", status, receipt.MessageID)
		case err != nil && (receipt.MessageID != "" || receipt.Ambiguous == refused):
			t.Errorf("%d: receipt %+v, error %v", status, receipt, err)
		case receipt.Attempts > 2:
			t.Errorf("%d attempts", receipt.Attempts)
		}
		if err != nil && fmt.Sprint(err) == "" {
			t.Error("an error without a text")
		}
	})
}
