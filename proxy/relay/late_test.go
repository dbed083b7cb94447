package relay

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"sesgate/proxy"
)

// An answer whose body comes a moment after its header is what every server
// outside of the machine gives.
func TestAnAnswerThatComesInTwoPiecesIsNotLost(t *testing.T) {
	t.Parallel()
	ses := newFakeSES(t, func(w http.ResponseWriter, _ *http.Request, take func() string, _ <-chan struct{}) {
		body := fmt.Appendf(nil, `{"MessageId":%q}`, take())
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		http.NewResponseController(w).Flush()
		time.Sleep(200 * time.Microsecond) // the distance to SES
		w.Write(body)
	})
	relay := New(ses.config(), Options{})
	defer relay.Close()
	const sends = 1000
	lost := 0
	for range sends {
		receipt, err := relay.Send(context.Background(), proxy.Message{Recipients: []string{"ann@example.org"}, Data: []byte("From: a@example.com\r\n\r\nHello\r\n")})
		if err != nil || receipt.MessageID == "" {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d sends that SES took were called lost", lost, sends)
	}
}
