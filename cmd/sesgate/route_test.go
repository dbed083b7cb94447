package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sesgate/authz/awssim"
)

// routed is a world in which only the role mail may send.
const routed = `
-- world.json --
{"caller": "arn:aws:sts::111122223333:assumed-role/app/i-0abc"}
-- iam/roles/app/role.json --
{}
-- iam/roles/mail/inline/mail.json --
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "ses:SendRawEmail", "Resource": "*"},
  {"Effect": "Deny", "Action": "ses:*", "Resource": "*", "Condition": {"ForAnyValue:StringLike": {"ses:Recipients": "*@evil.example"}}}]}
-- ses/eu-west-1/identities/bounces.example.json --
{"verified": true}
-- ses/eu-west-1/identities/example.com.json --
{"verified": true}
-- ses/eu-west-1/configuration-sets/bulk.json --
{}
-- ses/eu-west-1/tenants/shop.json --
{"resources": ["identity/example.com", "identity/bounces.example", "configuration-set/bulk"]}
-- refusals.json --
[{"action": "ses:Send*", "caller": "!arn:aws:sts::111122223333:assumed-role/mail/sesgate"}]
`

const routedConfig = `
routes:
  - senders: [example.com]
    role: arn:aws:iam::111122223333:role/mail
    identity_arn: arn:aws:ses:eu-west-1:111122223333:identity/example.com
    feedback_address: back@bounces.example
    return_path_arn: arn:aws:ses:eu-west-1:111122223333:identity/bounces.example
    configuration_set: bulk
    tenant: shop
    contact_list: readers
    topic: weekly
    tags: [app=shop, env=live]
`

// TestARouteGoesWithItsMail: by its role, whose policies judge it before, and with
// all its parameters.
func TestARouteGoesWithItsMail(t *testing.T) {
	t.Parallel()
	world, err := awssim.LoadTxtar([]byte(routed))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config.yaml")
	mustWrite(t, file, []byte(routedConfig))
	cfg, _, err := Load(file, nil, override{"test", "status.address", "off"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := simulate(cfg, world)
	if err != nil {
		t.Fatal(err)
	}
	s := story{address: mustServeOn(t, cfg, c, new(record)), dialog: messageTo("eve@evil.example")}
	if got := s.play(t); !strings.Contains(got, "role mail may not") {
		t.Errorf("not judged by the policies of the route's role:\n%s", got)
	}
	s.dialog = messageTo("ann@example.org")
	if got := s.play(t); !strings.Contains(got, "S: 250 2.0.0 Ok ID") {
		t.Fatalf("not sent by the route's role:\n%s", got)
	}
	want := []awssim.Message{{
		Region: "eu-west-1", From: "news@example.com", To: []string{"ann@example.org"},
		Identity: "example.com", Destination: []string{"ann@example.org"}, ConfigurationSet: "bulk",
		FromEmailAddressIdentityArn:               "arn:aws:ses:eu-west-1:111122223333:identity/example.com",
		FeedbackForwardingEmailAddress:            "back@bounces.example",
		FeedbackForwardingEmailAddressIdentityArn: "arn:aws:ses:eu-west-1:111122223333:identity/bounces.example",
		ConfigurationSetName:                      "bulk",
		EmailTags:                                 []awssim.Tag{{Name: "app", Value: "shop"}, {Name: "env", Value: "live"}},
		ContactListName:                           "readers", TopicName: "weekly", TenantName: "shop",
	}}
	if diff := cmp.Diff(want, world.Messages(), cmpopts.IgnoreFields(awssim.Message{}, "ID", "Time", "Data")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// messageTo is a message to somebody, as a client says it.
func messageTo(recipient string) string {
	return "C: MAIL FROM:<news@example.com>\nC: RCPT TO:<" + recipient + ">\nC: DATA\nC: From: news@example.com\nC:\nC: Hello\nC: .\n"
}
