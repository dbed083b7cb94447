package awssim_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
)

func TestDemoWorldDoesWhatItsREADMESays(t *testing.T) {
	t.Parallel()
	const (
		denied      = "AccessDeniedException"
		notVerified = "MessageRejected"
	)
	for _, tt := range []struct {
		region, from, to string
		code, says       string
	}{
		{"eu-west-1", "hello@example.com", "anyone@example.net", "", ""},
		{"eu-west-1", "daily@reports.example.net", "anyone@example.net", denied, "`ses:SendRawEmail' on resource `arn:aws:ses:eu-west-1:111122223333:identity/reports.example.net'"},
		{"eu-west-1", "invoices@example.com", "colleague@example.com", "", ""},
		{"eu-west-1", "invoices@example.com", "anyone@example.net", denied, "identity/example.com'"},
		{"eu-west-1", "orders@shop.example.com", "anyone@example.net", denied, "configuration-set/tracking'"},
		{"eu-west-1", "keys@vault.example.com", "anyone@example.net", denied, "identity/vault.example.com'"},
		{"eu-west-1", "sale@campaign.example.com", "anyone@example.net", "SendingPausedException", "configuration set campaigns"},
		{"eu-west-1", "team@launch.example.com", "anyone@example.net", notVerified, "region EU-WEST-1: team@launch.example.com"},
		{"eu-west-1", "news@example.org", "anyone@example.net", notVerified, "region EU-WEST-1: news@example.org"},
		{"eu-west-1", "someone@nowhere.example", "anyone@example.net", denied, "identity/someone@nowhere.example'"},
		{"us-east-1", "news@example.org", "reader@example.org", "", ""},
		{"us-east-1", "news@example.org", "success@simulator.amazonses.com", "", ""},
		{"us-east-1", "news@example.org", "anyone@example.net", notVerified, "region US-EAST-1: anyone@example.net"},
	} {
		t.Run(tt.from+" to "+tt.to+" in "+tt.region, func(t *testing.T) {
			t.Parallel()
			id, err := serveDemo(t).send(tt.region, tt.from, tt.to)
			if tt.code == "" {
				if err != nil || !strings.HasSuffix(id, "-sim") {
					t.Fatalf("got id %q, error %v; want an id that ends in -sim", id, err)
				}
				return
			}
			var api smithy.APIError
			if !errors.As(err, &api) || api.ErrorCode() != tt.code || !strings.Contains(api.ErrorMessage(), tt.says) {
				t.Fatalf("got %v; want %s with %q", err, tt.code, tt.says)
			}
		})
	}
}
