package relay_test

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/logging"
	"github.com/google/go-cmp/cmp"

	"sesgate/authz/awssim"
	"sesgate/proxy"
	"sesgate/proxy/relay"
)

func demo(t *testing.T) (*awssim.World, *relay.SES) {
	t.Helper()
	world, err := awssim.Demo()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(world)
	t.Cleanup(server.Close)
	ses := relay.New(aws.Config{
		Region:       "eu-west-1",
		BaseEndpoint: &server.URL,
		Logger:       logging.Nop{},
		Credentials:  credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	}, relay.Options{Timeout: 3 * time.Second})
	t.Cleanup(ses.Close)
	return world, ses
}

func mail(from string, to ...string) proxy.Message {
	return proxy.Message{Recipients: to, Data: fmt.Appendf(nil, "From: Someone <%s>\r\nTo: undisclosed\r\nSubject: hi\r\n\r\n\r\nh\xe4llo\r\n.\r\n\r\n", from)}
}

func TestTheSimulatedSESGetsTheMessageAsItIs(t *testing.T) {
	t.Parallel()
	world, ses := demo(t)
	msg := mail("hello@example.com", "Ann@example.org", "bob@example.org")
	msg.Route.ConfigurationSet = "transactional"
	receipt, err := ses.Send(t.Context(), msg)
	if err != nil {
		t.Fatal(err)
	}
	got := world.Messages()
	if len(got) != 1 || got[0].ID != receipt.MessageID || !bytes.Equal(got[0].Data, msg.Data) {
		t.Errorf("captured %+v, receipt %+v", got, receipt)
	}
	if diff := cmp.Diff(msg.Recipients, got[0].Destination); diff != "" {
		t.Errorf("recipients (-want +got):\n%s", diff)
	}
	if got[0].FromEmailAddress != "" || got[0].ConfigurationSet != "transactional" {
		t.Errorf("FromEmailAddress %q, configuration set %q", got[0].FromEmailAddress, got[0].ConfigurationSet)
	}
}

func TestTheSimulatedSESRefusesOnceAndForGood(t *testing.T) {
	t.Parallel()
	world, ses := demo(t)
	for _, sender := range []string{"daily@reports.example.net", "sale@campaign.example.com", "news@example.org"} {
		receipt, err := ses.Send(t.Context(), mail(sender, "ann@example.org"))
		if err == nil || receipt.Ambiguous || receipt.Attempts != 1 || receipt.RequestID == "" {
			t.Errorf("%s: receipt %+v, error %v", sender, receipt, err)
		}
	}
	if n := world.Accepted(); n != 0 {
		t.Errorf("%d accepted", n)
	}
}

// Every fault the simulator knows: never two copies, and nothing is called sent
// that is not.
func TestNoFaultOfTheSimulatorMakesTwoCopies(t *testing.T) {
	t.Parallel()
	for _, fault := range strings.Fields(`500 500-after-accept 503 503-after-accept throttle daily limit reject expired
		reset reset-after-accept close close-after-accept hang hang-after-accept truncate html slow:1ms`) {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			world, ses := demo(t)
			if err := world.Set("faults.json", fmt.Sprintf(`[{"call":"ses:SendEmail","times":1,"fault":%q}]`, fault)); err != nil {
				t.Fatal(err)
			}
			receipt, err := ses.Send(t.Context(), mail("hello@example.com", "ann@example.org"))
			accepted := world.Accepted()
			if accepted > 1 {
				t.Fatalf("%d copies", accepted)
			}
			if err == nil && accepted != 1 || err != nil && !receipt.Ambiguous && accepted != 0 {
				t.Errorf("%d accepted, receipt %+v, error %v", accepted, receipt, err)
			}
		})
	}
}
