package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sesgate/authz"
	"sesgate/authz/awssim"
	"sesgate/authz/policy"
)

// bare is a world in which the caller may do nothing yet.
const bare = `
-- world.json --
{"caller": "arn:aws:sts::111122223333:assumed-role/app/i-0abc"}
-- iam/roles/app/role.json --
{"path": "/mail/"}
-- iam/roles/app/attached.json --
["arn:aws:iam::111122223333:policy/other"]
-- iam/policies/other.json --
{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}
-- ses/eu-west-1/identities/example.com.json --
{"verified": true, "configuration_set": "tracking"}
-- ses/eu-west-1/configuration-sets/tracking.json --
{}
-- ses/us-east-1/account.json --
{"sandbox": true}
-- ses/us-east-1/identities/news@example.org.json --
{"verified": true}
-- ses/us-east-1/identities/example.net.json --
{"verified": true}
`

const bareRoutes = "routes: [{senders: [news@example.org], region: us-east-1}]\n"

// TestThePolicyIsEnoughAndNoMoreThanNeeded has the evaluator judge what sesgate
// policy prints, by the reads that were made and the mail that is to be sent.
func TestThePolicyIsEnoughAndNoMoreThanNeeded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, "world.txtar"), []byte(bare))
	mustWrite(t, filepath.Join(dir, "config.yaml"), []byte(bareRoutes))
	printed, notes := mustPrintPolicy(t, "--config", filepath.Join(dir, "config.yaml"), "--simulate", filepath.Join(dir, "world.txtar"), "--from", "example.com", "--preflight")
	if !strings.Contains(notes, "sandbox in us-east-1") {
		t.Errorf("nothing is said of the sandbox: %s", notes)
	}
	if wrong := lacks(t, dir, printed); len(wrong) > 0 {
		t.Errorf("the policy is not enough: %q", wrong)
	}
	for _, without := range eachStatementLess(t, printed) {
		if wrong := lacks(t, dir, without.text); len(wrong) == 0 {
			t.Errorf("the policy is enough without %s", without.sid)
		}
	}
}

// special is a world of a tenant, a multi-region endpoint, a suppression list and an
// organization that the caller's account may read.
const special = `
-- ses/eu-west-1/identities/example.com.json --
{"verified": true}
-- ses/eu-west-1/configuration-sets/events.json --
{}
-- ses/eu-west-1/tenants/acme.json --
{"resources": ["identity/example.com", "configuration-set/events"]}
-- ses/eu-west-1/endpoints/both.json --
{"id": "abcdef12.g3h", "regions": ["eu-west-1", "us-east-1"]}
-- ses/us-east-1/identities/example.com.json --
{"verified": true}
-- ses/eu-west-1/suppressed.json --
{"gone@example.org": "BOUNCE"}
-- iam/roles/app/role.json --
{"path": "/mail/"}
-- organizations/organization.json --
{"id": "o-a1b2c3d4e5", "management_account": "999988887777", "delegated_administrators": ["111122223333"]}
`

const specialRoutes = `
facts: {suppression: warn}
routes:
  - {senders: [acme.example.com], tenant: acme, configuration_set: events}
  - {senders: [example.com], endpoint_id: abcdef12.g3h}
`

// TestThePolicyReadsWhatRoutesName has the reads of such a configuration judged.
func TestThePolicyReadsWhatRoutesName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, "world.txtar"), []byte(special))
	mustWrite(t, filepath.Join(dir, "config.yaml"), []byte(specialRoutes))
	printed, _ := mustPrintPolicy(t, "--config", filepath.Join(dir, "config.yaml"), "--simulate", filepath.Join(dir, "world.txtar"), "--preflight")
	world, err := awssim.LoadTxtar([]byte(special))
	if err != nil {
		t.Fatal(err)
	}
	cfg, _, err := Load(filepath.Join(dir, "config.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := simulate(cfg, world)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ways := openWays(c, cfg, 20*time.Second)
	defer ways.Close()
	for _, from := range []string{"news@acme.example.com", "news@example.com"} {
		ways.Check(t.Context(), authz.Request{Route: routeOf(cfg, from), Recipients: []string{"gone@example.org"}, Header: &authz.Header{From: from}})
	}
	for _, action := range []string{"ListTenantResources", "ListMultiRegionEndpoints", "GetSuppressedDestination", "DescribePolicy"} {
		if !slices.ContainsFunc(world.Calls(), func(call awssim.Call) bool { return call.Action == action }) {
			t.Errorf("%s was not asked for", action)
		}
	}
	if wrong := refusedReads(t, world.Calls(), printed); len(wrong) > 0 {
		t.Errorf("not allowed: %q by\n%s", wrong, printed)
	}
	if !strings.Contains(printed, "arn:aws:ses:us-east-1:111122223333:identity/example.com") {
		t.Errorf("the second region of the endpoint is not among the resources:\n%s", printed)
	}
}

func mustPrintPolicy(t *testing.T, args ...string) (printed, notes string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), append([]string{"policy"}, args...), nil, strings.NewReader(""), &stdout, &stderr); code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	return stdout.String(), stderr.String()
}

type shortened struct{ sid, text string }

// eachStatementLess is a policy without one statement at a time.
func eachStatementLess(t *testing.T, printed string) []shortened {
	t.Helper()
	var doc struct {
		Version   string
		Statement []map[string]any
	}
	if err := json.Unmarshal([]byte(printed), &doc); err != nil {
		t.Fatal(err)
	}
	all := doc.Statement
	var list []shortened
	for i, s := range all {
		doc.Statement = slices.Delete(slices.Clone(all), i, i+1)
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, shortened{s["Sid"].(string), string(text)})
	}
	return list
}

// lacks says what a role with that policy and no other cannot do: mail that is not
// certain to be sent, and reads that the policy does not allow.
func lacks(t *testing.T, dir, document string) []string {
	t.Helper()
	world, err := awssim.LoadTxtar([]byte(bare))
	if err != nil {
		t.Fatal(err)
	}
	if err := world.Set("iam/roles/app/inline/sesgate.json", document); err != nil {
		t.Fatal(err)
	}
	cfg, _, err := Load(filepath.Join(dir, "config.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := simulate(cfg, world)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ways := openWays(c, cfg, 20*time.Second)
	defer ways.Close()
	var wrong []string
	for from, to := range map[string]string{"hello@example.com": "you@example.org", "news@example.org": "ann@example.net"} {
		v := ways.Check(context.Background(), authz.Request{
			Route: routeOf(cfg, from), MailFrom: from, Recipients: []string{to}, Header: &authz.Header{From: from, Recipients: []string{to}}, Suspects: true,
		})
		if v.Decision != authz.Allow || len(v.Gaps) > 0 {
			wrong = append(wrong, from+": "+v.Decision.String())
		}
	}
	return append(wrong, refusedReads(t, world.Calls(), document)...)
}

// refusedReads are the calls that the policy does not allow.
func refusedReads(t *testing.T, calls []awssim.Call, document string) []string {
	t.Helper()
	doc, err := policy.Parse("sesgate", []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	principal, err := policy.ParsePrincipal("arn:aws:sts::111122223333:assumed-role/app/i-0abc")
	if err != nil {
		t.Fatal(err)
	}
	var refused []string
	for _, call := range calls {
		if call.Service == "sts" {
			continue // needs no permission
		}
		req := policy.Request{Principal: principal, Action: call.Service + ":" + call.Action, Resource: resourceOf(call), ResourceAccount: "111122223333", Context: &policy.Context{}}
		if policy.Decide(&policy.Set{Identity: []*policy.Document{doc}}, &req) != policy.Allow {
			refused = append(refused, req.Action+" on "+req.Resource)
		}
	}
	return refused
}

// resourceOf is the ARN that IAM is asked about for a call.
func resourceOf(c awssim.Call) string {
	ses := "arn:aws:ses:" + c.Region + ":111122223333:"
	switch {
	case c.Action == "GetEmailIdentity":
		return ses + "identity/" + c.Resource
	case strings.Contains(c.Action, "Tenant"):
		return ses + "tenant/" + c.Resource + "/tn-0"
	case c.Action == "GetConfigurationSet":
		return ses + "configuration-set/" + c.Resource
	case strings.Contains(c.Action, "Role"):
		return "arn:aws:iam::111122223333:role/mail/" + c.Resource
	case strings.HasPrefix(c.Action, "GetPolicy"):
		return c.Resource
	}
	return "*"
}
