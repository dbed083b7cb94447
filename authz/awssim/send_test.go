package awssim_test

import (
	"bufio"
	"errors"
	"fmt"
	"net/textproto"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"sesgate/authz/awssim"
)

// The files of testdata/send are worlds. What stands under send/ is a message
// each, after the parameters of the call and what is wanted of it.
func TestSendEmailFollowsSESRules(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/send/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in testdata/send (%v)", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		world := &txtar.Archive{}
		var sends []txtar.File
		for _, f := range archive.Files {
			if strings.HasPrefix(f.Name, "send/") {
				sends = append(sends, f)
			} else {
				world.Files = append(world.Files, f)
			}
		}
		for _, f := range sends {
			t.Run(filepath.Base(file)+"/"+strings.TrimPrefix(f.Name, "send/"), func(t *testing.T) {
				t.Parallel()
				testSend(t, serveTxtar(t, string(txtar.Format(world))), f.Data)
			})
		}
	}
}

func testSend(t *testing.T, w *aworld, script []byte) {
	parameters, data, _ := strings.Cut(string(script), "\n\n")
	p, err := textproto.NewReader(bufio.NewReader(strings.NewReader(parameters + "\n\n"))).ReadMIMEHeader()
	if err != nil {
		t.Fatalf("read parameters: %v", err)
	}
	data = strings.ReplaceAll(data, "\n", "\r\n")
	id, err := w.sendRaw(p.Get("Region"), data, func(in *sesv2.SendEmailInput) { fill(in, p) })
	if got, want := outcome(id, err), p.Get("Want"); got != want {
		t.Fatalf("outcome\n got %s\nwant %s", got, want)
	}
	if err != nil {
		if n := w.Accepted(); n != 0 {
			t.Fatalf("%d messages taken, although refused", n)
		}
		return
	}
	m := w.Messages()[0]
	got := map[string]string{"Identity": m.Identity, "Set": m.ConfigurationSet, "Destination": strings.Join(m.Destination, ", ")}
	for key, value := range got {
		if want := p.Get(key); want != "" && value != want {
			t.Errorf("%s: got %q, want %q", key, value, want)
		}
	}
}

func fill(in *sesv2.SendEmailInput, p textproto.MIMEHeader) {
	optional := func(key string) *string {
		if value := p.Get(key); value != "" {
			return &value
		}
		return nil
	}
	if to := p.Get("To"); to != "" {
		in.Destination = &types.Destination{ToAddresses: strings.Split(to, ", ")}
	}
	if reply := p.Get("ReplyTo"); reply != "" {
		in.ReplyToAddresses = []string{reply}
	}
	in.FromEmailAddress = optional("FromEmailAddress")
	in.FromEmailAddressIdentityArn = optional("SourceArn")
	in.FeedbackForwardingEmailAddress = optional("Feedback")
	in.ConfigurationSetName = optional("ConfigurationSet")
	in.TenantName = optional("Tenant")
}

// outcome is "sent" or status, code and message.
func outcome(id string, err error) string {
	if err == nil {
		if !strings.HasSuffix(id, "-sim") {
			return "an id that hides that it is simulated: " + id
		}
		return "sent"
	}
	var api smithy.APIError
	var response *smithyhttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &response) {
		return err.Error()
	}
	return fmt.Sprintf("%d %s %s", response.HTTPStatusCode(), api.ErrorCode(), api.ErrorMessage())
}

func TestSendEmailErrorsAreTheSDKsTypes(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, `
-- ses/eu-west-1/identities/example.com.json --
{"verified": true}
-- ses/eu-west-1/configuration-sets/off.json --
{"sending": false}
`)
	set := func(name string) func(*sesv2.SendEmailInput) {
		return func(in *sesv2.SendEmailInput) {
			in.ConfigurationSetName = &name
			in.Destination = &types.Destination{ToAddresses: []string{"x@example.org"}}
		}
	}
	const message = "From: a@example.com\r\n\r\nhello\r\n"

	_, err := w.sendRaw("", "From: a@example.org\r\n\r\n", set(""))
	if _, ok := errors.AsType[*types.MessageRejected](err); !ok {
		t.Errorf("unverified sender: got %v, want MessageRejected", err)
	}
	_, err = w.sendRaw("", message, set("nope"))
	if _, ok := errors.AsType[*types.NotFoundException](err); !ok {
		t.Errorf("missing configuration set: got %v, want NotFoundException", err)
	}
	_, err = w.sendRaw("", message, set("off"))
	if _, ok := errors.AsType[*types.SendingPausedException](err); !ok {
		t.Errorf("paused configuration set: got %v, want SendingPausedException", err)
	}
	_, err = w.sendRaw("", "Subject: x\r\n\r\n", set(""))
	if _, ok := errors.AsType[*types.BadRequestException](err); !ok {
		t.Errorf("no From: got %v, want BadRequestException", err)
	}
}

func TestACapturedMessageHoldsWhatTheCallSaid(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, `
-- ses/eu-west-1/identities/example.com.json --
{"verified": true}
`)
	const data = "Received: by us\r\nFrom: Jo\r\n <a@example.com>\r\nSubject: hello\r\n\r\nFrom: the body\r\n"
	id, err := w.sendRaw("", data, func(in *sesv2.SendEmailInput) {
		in.Destination = &types.Destination{ToAddresses: []string{"to@example.org"}, BccAddresses: []string{"bcc@example.org"}}
		in.EmailTags = []types.MessageTag{{Name: aws.String("app"), Value: aws.String("shop")}}
		in.FromEmailAddress = aws.String("b@example.com")
		in.FeedbackForwardingEmailAddress = aws.String("bounce@example.com")
		in.ListManagementOptions = &types.ListManagementOptions{ContactListName: aws.String("list"), TopicName: aws.String("topic")}
	})
	if err != nil {
		t.Fatal(err)
	}
	got := w.Messages()[0]
	if got.Time.IsZero() {
		t.Error("no time")
	}
	got.Time = got.Time.Truncate(0)
	want := awssim.Message{
		ID: id, Time: got.Time, Region: "eu-west-1",
		From: "b@example.com", Identity: "example.com", Destination: []string{"to@example.org", "bcc@example.org"},
		Data:             []byte("Received: by us\r\nFrom: b@example.com\r\nSubject: hello\r\n\r\nFrom: the body\r\n"),
		FromEmailAddress: "b@example.com", To: []string{"to@example.org"}, Bcc: []string{"bcc@example.org"},
		FeedbackForwardingEmailAddress: "bounce@example.com",
		EmailTags:                      []awssim.Tag{{Name: "app", Value: "shop"}},
		ContactListName:                "list", TopicName: "topic",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

func TestSimpleMailIsAskedForAsSesSendEmail(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, `
-- ses/eu-west-1/identities/example.com.json --
{"verified": true}
-- refusals.json --
[{"action": "ses:SendEmail", "from": "no@example.com"}]
`)
	simple := func(from string) error {
		_, err := w.ses.SendEmail(t.Context(), &sesv2.SendEmailInput{
			FromEmailAddress: &from,
			Destination:      &types.Destination{ToAddresses: []string{"x@example.org"}},
			Content: &types.EmailContent{Simple: &types.Message{
				Subject: &types.Content{Data: aws.String("Grüße\r\nBcc: evil@example.org")},
				Body:    &types.Body{Text: &types.Content{Data: aws.String("hello")}},
			}},
		})
		return err
	}
	if err := simple("no@example.com"); err == nil || !strings.Contains(err.Error(), "`ses:SendEmail'") {
		t.Errorf("got %v, want ses:SendEmail refused", err)
	}
	if err := simple("yes@example.com"); err != nil {
		t.Fatal(err)
	}
	want := "From: yes@example.com\r\nTo: x@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe=0D=0ABcc:_evil@example.org?=\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello"
	if diff := cmp.Diff(want, string(w.Messages()[0].Data)); diff != "" {
		t.Errorf("composed message (-want +got):\n%s", diff)
	}
}

func TestMessagesBeyondSESLimitsAreRefused(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, `
-- ses/eu-west-1/account.json --
{"max_send_rate": 10000}
-- ses/eu-west-1/identities/example.com.json --
{"verified": true}
`)
	to := func(n int) func(*sesv2.SendEmailInput) {
		return func(in *sesv2.SendEmailInput) {
			in.Destination = &types.Destination{}
			for i := range n {
				in.Destination.BccAddresses = append(in.Destination.BccAddresses, fmt.Sprintf("r%d@example.org", i))
			}
		}
	}
	const header = "From: a@example.com\r\n\r\n"
	line := func(n int) string { return strings.Repeat("x", n-2) + "\r\n" }
	for _, tt := range []struct {
		name, data string
		recipients int
		want       string
	}{
		{"50 recipients", header, 50, "sent"},
		{"51 recipients", header, 51, "400 BadRequestException Recipient count exceeds 50."},
		{"a line of 1000 octets", header + line(1000), 1, "sent"},
		{"a line of 1001 octets", header + line(1001) + "more\r\n", 1, "400 BadRequestException Message contains a line of more than 1000 characters."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id, err := w.sendRaw("", tt.data, to(tt.recipients))
			if got := outcome(id, err); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestARequestBeyondEverythingIsCutShort(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, open)
	response := ask(t.Context(), w.World, "ses", "POST", "/v2/email/outbound-emails", strings.Repeat(" ", 64<<20+1), nil)
	if code := response.Header.Get("X-Amzn-ErrorType"); response.StatusCode != 413 || code != "RequestEntityTooLargeException" {
		t.Errorf("got %d %s", response.StatusCode, code)
	}
}

func TestNoOneTakesAnAnswerForAmazons(t *testing.T) {
	t.Parallel()
	w := serveDemo(t)
	response := ask(t.Context(), w.World, "ses", "GET", "/v2/email/account", "", nil)
	if got := response.Header.Get("Server"); !strings.Contains(got, "nothing is sent") {
		t.Errorf("Server header %q does not say that nothing is sent", got)
	}
}
