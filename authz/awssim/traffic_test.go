package awssim_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"sesgate/authz/awssim"
)

// inMemory calls a handler where a network would be, so that time can be a
// synctest bubble's.
type inMemory struct{ http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (response *http.Response, err error) {
	defer func() { // as a server does
		if aborted := recover(); aborted != nil && aborted != http.ErrAbortHandler {
			panic(aborted)
		}
		if r.Context().Err() != nil {
			response, err = nil, r.Context().Err()
		}
	}()
	recorder := httptest.NewRecorder()
	if r.Body == nil { // a server's request has one
		r.Body = http.NoBody
	}
	m.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

func inBubble(t *testing.T, archive string) *aworld {
	t.Helper()
	w, err := awssim.LoadTxtar([]byte(archive))
	if err != nil {
		t.Fatal(err)
	}
	config := aws.Config{
		Region:           w.Region(),
		Credentials:      credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		HTTPClient:       &http.Client{Transport: inMemory{w}},
		BaseEndpoint:     aws.String("http://in.memory"),
		RetryMaxAttempts: 1,
	}
	return &aworld{World: w, config: config, ses: sesv2.NewFromConfig(config)}
}

func TestTheSendingRateCountsRecipients(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := inBubble(t, `
-- ses/eu-west-1/account.json --
{"max_send_rate": 4}
-- ses/eu-west-1/identities/example.com.json --
{"verified": true}
`)
		const throttled = "429 TooManyRequestsException Maximum sending rate exceeded."
		send := func(n int, want string) {
			t.Helper()
			id, err := w.send("", "a@example.com", strings.Fields(strings.Repeat("x@example.org ", n))...)
			if got := outcome(id, err); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		send(2, "sent")
		send(2, "sent")
		send(1, throttled)
		time.Sleep(250 * time.Millisecond)
		send(1, "sent")
		send(1, throttled)
		time.Sleep(time.Second)
		send(10, "sent") // more than the rate, but at rest
		time.Sleep(time.Second)
		send(1, throttled)
		time.Sleep(time.Second)
		send(1, "sent")
	})
}

func TestTheDailyQuotaIsOfTheLast24Hours(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := inBubble(t, `
-- ses/eu-west-1/account.json --
{"max_24_hour_send": 10, "sent_last_24_hours": 7}
-- ses/eu-west-1/identities/example.com.json --
{"verified": true}
`)
		send := func(want string) {
			t.Helper()
			id, err := w.send("", "a@example.com", "x@example.org", "y@example.org")
			if got := outcome(id, err); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		send("sent")
		send("429 TooManyRequestsException Daily message quota exceeded.")
		time.Sleep(23 * time.Hour)
		send("429 TooManyRequestsException Daily message quota exceeded.")
		time.Sleep(2 * time.Hour)
		send("sent")
		if err := w.Set("ses/eu-west-1/account.json", `{"max_24_hour_send": -1, "sent_last_24_hours": 1000000}`); err != nil {
			t.Fatal(err)
		}
		send("sent")
	})
}

func TestReadsOfSESAreLimitedPerRegionWhereTheWorldSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := inBubble(t, open+"-- world.json --\n"+`{"control_plane_rate": 1}`)
		read := func(region, want string) {
			t.Helper()
			_, err := w.ses.GetAccount(t.Context(), &sesv2.GetAccountInput{}, func(o *sesv2.Options) { o.Region = region })
			got := "read"
			if err != nil {
				got = outcome("", err)
			}
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		const throttled = "429 TooManyRequestsException Rate exceeded"
		read("eu-west-1", "read")
		read("eu-west-1", throttled)
		read("us-east-1", "read")
		for range 10 { // as a client does that keeps to the rate by an uneven clock
			time.Sleep(990 * time.Millisecond)
			read("eu-west-1", "read")
			if _, err := w.send("", "a@example.com", "x@example.org"); err != nil {
				t.Errorf("sending is not limited by it: %v", err)
			}
		}
		time.Sleep(500 * time.Millisecond)
		read("eu-west-1", throttled)
	})
}
