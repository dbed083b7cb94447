package awssim_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"sesgate/authz/awssim"
)

const open = `
-- ses/eu-west-1/identities/example.com.json --
{"verified": true}
-- ses/eu-west-1/account.json --
{"max_send_rate": 1000000, "max_24_hour_send": -1}
`

func faults(entries string) string { return open + "-- faults.json --\n" + entries + "\n" }

func TestFaultsGoWrongOnTheWire(t *testing.T) {
	t.Parallel()
	says := func(text string) func(error) bool {
		return func(err error) bool { return strings.HasPrefix(outcome("", err), text) }
	}
	is := func(target error) func(error) bool {
		return func(err error) bool { return errors.Is(err, target) }
	}
	anyError := func(err error) bool { return err != nil }
	for _, tt := range []struct {
		fault    string
		want     func(error) bool
		accepted int
	}{
		{"500", says("500 InternalFailure"), 0},
		{"503", says("503 ServiceUnavailable"), 0},
		{"throttle", says("429 TooManyRequestsException Maximum sending rate exceeded."), 0},
		{"daily", says("429 TooManyRequestsException Daily message quota exceeded."), 0},
		{"limit", says("400 LimitExceededException"), 0},
		{"reject", says("400 MessageRejected"), 0},
		{"expired", says("403 ExpiredTokenException"), 0},
		{"reset", is(syscall.ECONNRESET), 0},
		{"close", is(io.EOF), 0},
		{"500-after-accept", says("500 InternalFailure"), 1},
		{"reset-after-accept", is(syscall.ECONNRESET), 1},
		{"close-after-accept", is(io.EOF), 1},
		{"truncate", is(io.ErrUnexpectedEOF), 1},
		{"html", anyError, 1},
	} {
		t.Run(tt.fault, func(t *testing.T) {
			t.Parallel()
			w := serveTxtar(t, faults(`[{"call": "ses:SendEmail", "fault": "`+tt.fault+`"}]`))
			_, err := w.send("", "a@example.com", "x@example.org")
			if !tt.want(err) {
				t.Errorf("not the error wanted: %v", err)
			}
			if got := w.Accepted(); got != tt.accepted {
				t.Errorf("%d messages taken, want %d", got, tt.accepted)
			}
		})
	}
}

func TestFaultsTakeTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fault    string
		want     error
		took     time.Duration
		accepted int
	}{
		{"hang", context.DeadlineExceeded, time.Minute, 0},
		{"hang-after-accept", context.DeadlineExceeded, time.Minute, 1},
		{"slow:2m", context.DeadlineExceeded, time.Minute, 1},
		{"slow:2s", nil, 2 * time.Second, 1},
	} {
		t.Run(tt.fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := inBubble(t, faults(`[{"call": "ses:SendEmail", "fault": "`+tt.fault+`"}]`))
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				start := time.Now()
				_, err := w.ses.SendEmail(ctx, &sesv2.SendEmailInput{
					Content:     &types.EmailContent{Raw: &types.RawMessage{Data: []byte("From: a@example.com\r\n\r\nhello\r\n")}},
					Destination: &types.Destination{ToAddresses: []string{"x@example.org"}},
				})
				if took := time.Since(start); !errors.Is(err, tt.want) || took != tt.took {
					t.Errorf("got %v after %s, want %v after %s", err, took, tt.want, tt.took)
				}
				if got := w.Accepted(); got != tt.accepted {
					t.Errorf("%d messages taken, want %d", got, tt.accepted)
				}
			})
		})
	}
}

func TestAFaultStrikesAsOftenAsItSays(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, faults(`[{"call": "ses:Send*", "every": 3, "times": 2, "fault": "500"}]`))
	var got strings.Builder
	for i := range 12 {
		if i == 4 { // another file changed: counting goes on
			if err := w.Set("world.json", `{"iam_page_size": 9}`); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.send("", "a@example.com", "x@example.org"); err != nil {
			got.WriteByte('x')
		} else {
			got.WriteByte('.')
		}
	}
	if want := "..x..x......"; got.String() != want {
		t.Errorf("struck %s, want %s", got.String(), want)
	}
}

func TestFaultsAreSwitchedOnAndOffWhileTheWorldRuns(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, open)
	send := func() string {
		id, err := w.send("", "a@example.com", "x@example.org")
		return outcome(id, err)
	}
	if got := send(); got != "sent" {
		t.Fatalf("before: %s", got)
	}
	if err := w.Set("faults.json", `[{"call": ["iam:*", "ses:SendEmail"], "region": "eu-*", "fault": "503"}]`); err != nil {
		t.Fatal(err)
	}
	if got := send(); !strings.HasPrefix(got, "503") {
		t.Errorf("with a fault: %s", got)
	}
	if err := w.Remove("faults.json"); err != nil {
		t.Fatal(err)
	}
	if got := send(); got != "sent" {
		t.Errorf("afterwards: %s", got)
	}
}

func TestFaultsSpeakTheProtocolOfTheService(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, faults(`[{"call": "iam:*", "fault": "throttle"}]`))
	_, err := w.iam.ListRoles(t.Context(), &iam.ListRolesInput{})
	if got := outcome("", err); !strings.HasPrefix(got, "429 Throttling ") {
		t.Errorf("got %s", got)
	}
}

func TestTheJournalTellsWhatWasAskedAndAnswered(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, faults(`[{"call": "ses:SendEmail", "every": 2, "fault": "close-after-accept"}]`)+"-- refusals.json --\n"+`[{"action": "ses:GetAccount"}]`)
	_, _ = w.send("", "a@example.com", "x@example.org")
	_, _ = w.send("", "a@example.com", "x@example.org")
	_, _ = w.ses.GetAccount(t.Context(), &sesv2.GetAccountInput{})
	var got []awssim.Call
	for _, c := range w.Calls() {
		if c.Time.IsZero() {
			t.Errorf("no time: %+v", c)
		}
		c.Time = time.Time{}
		got = append(got, c)
	}
	call := awssim.Call{Service: "ses", Action: "SendEmail", Region: "eu-west-1", Resource: "a@example.com", AccessKey: "AKIDEXAMPLE", Status: 200}
	lost := call
	lost.Status = 0
	denied := awssim.Call{Service: "ses", Action: "GetAccount", Region: "eu-west-1", AccessKey: "AKIDEXAMPLE", Status: 403, Error: "AccessDeniedException"}
	for i, want := range []awssim.Call{call, lost, denied} {
		if i >= len(got) || got[i] != want {
			t.Fatalf("call %d: got %+v, want %+v", i, got, want)
		}
	}
}
