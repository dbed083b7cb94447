package authz

import (
	"testing"

	"sesgate/authz/facts"
)

const (
	domainARN = "arn:aws:ses:eu-west-1:111122223333:identity/example.com"
	eventsARN = "arn:aws:ses:eu-west-1:111122223333:configuration-set/events"
)

func TestTenantsAndMultiRegionEndpoints(t *testing.T) {
	t.Parallel()
	acme := Route{Tenant: "acme", ConfigurationSet: "events"}
	global := Route{EndpointID: "abcdef12.g3h"}
	tenant := func(status string, resources ...string) func(*facts.Snapshot) {
		return func(w *facts.Snapshot) {
			w.Tenant = known(facts.Tenant{Name: "acme", Exists: true, Status: status, Resources: resources})
		}
	}
	endpoint := func(status string, there ...facts.Identity) func(*facts.Snapshot) {
		return func(w *facts.Snapshot) {
			w.GlobalEndpoint = known(facts.GlobalEndpoint{ID: "abcdef12.g3h", Name: "both", Exists: status != "", Status: status, Regions: []string{"eu-west-1", "us-east-1"}})
			for _, identity := range there {
				w.Elsewhere = map[string]map[string]facts.Fact[facts.Identity]{"us-east-1": {
					"news@example.com": known(facts.Identity{Name: "news@example.com"}), "example.com": known(identity),
				}}
			}
		}
	}
	for _, test := range []struct {
		name  string
		route Route
		edits []func(*facts.Snapshot)
		want  Decision
		codes string
		says  string
	}{
		{"all is associated", acme, []func(*facts.Snapshot){tenant("ENABLED", domainARN, eventsARN)}, Allow, "", ""},
		{"reinstated", acme, []func(*facts.Snapshot){tenant("REINSTATED", domainARN, eventsARN)}, Allow, "", ""},
		{"no such tenant", acme, []func(*facts.Snapshot){func(w *facts.Snapshot) { w.Tenant = known(facts.Tenant{Name: "acme"}) }}, Deny, "ten-none", "create-tenant --tenant-name acme"},
		{"a disabled tenant", acme, []func(*facts.Snapshot){tenant("DISABLED", domainARN, eventsARN)}, Deny, "ten-disabled", "SendingStatus is DISABLED"},
		{"the identity is not associated", acme, []func(*facts.Snapshot){tenant("ENABLED", eventsARN)}, Deny, "ten-assoc", "--tenant-name acme --resource-arn " + domainARN},
		{"nothing is associated", acme, []func(*facts.Snapshot){tenant("ENABLED")}, Deny, "ten-assoc ten-assoc", "configuration set events"},
		{"without a configuration set", Route{Tenant: "acme"}, []func(*facts.Snapshot){tenant("ENABLED", domainARN)}, Deny, "ten-nocs", "configuration_set of the route"},
		{"the tenant is not known", acme, []func(*facts.Snapshot){func(w *facts.Snapshot) { w.Tenant = unknown[facts.Tenant]("tenant acme") }}, Unknown, "", ""},
		{"its resources are not known", acme, []func(*facts.Snapshot){tenant("ENABLED"), func(w *facts.Snapshot) { w.Tenant.Value.ResourcesGap = &facts.Gap{What: "resources"} }}, Unknown, "", ""},

		{"an endpoint with the identity in both regions", global, []func(*facts.Snapshot){endpoint("READY", verified("example.com"))}, Unknown, "", ""}, // the other region's policies are not read
		{"an endpoint that is not ready", global, []func(*facts.Snapshot){endpoint("CREATING")}, Deny, "mre-notready", "Status is CREATING"},
		{"no such endpoint", global, []func(*facts.Snapshot){endpoint("")}, Deny, "mre-none", "list-multi-region-endpoints"},
		{"an endpoint without the identity in the other region", global, []func(*facts.Snapshot){endpoint("READY", facts.Identity{Name: "example.com"})}, Unknown, "mre-ident?", "create-email-identity --email-identity example.com --region us-east-1"},
		{"a policy for the primary region only", global, []func(*facts.Snapshot){endpoint("READY", verified("example.com")), may(t, "arn:aws:ses:eu-west-1:111122223333:*")}, Unknown, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, req := plainWorld(t), newsletter()
			w.ConfigurationSets = map[string]facts.Fact[facts.ConfigurationSet]{"events": known(facts.ConfigurationSet{Name: "events", Exists: true, SendingEnabled: true})}
			for _, edit := range test.edits {
				edit(&w)
			}
			req.Route, req.Suspects = test.route, true
			wantCodes(t, new(Checker), req, &w, test.want, test.codes, test.says)
		})
	}
}

// A recipient on the suppression list is noted; who asks for it has it refused.
func TestSuppressedRecipients(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		checker *Checker
		want    Decision
	}{{new(Checker), Allow}, {&Checker{RefuseSuppressed: true}, Deny}} {
		w := plainWorld(t)
		w.Suppressed = map[string]facts.Fact[facts.Suppression]{
			"ann@example.org": known(facts.Suppression{Address: "ann@example.org", Suppressed: true, Reason: "BOUNCE"}),
			"bob@example.org": known(facts.Suppression{Address: "bob@example.org"}),
		}
		req := newsletter()
		req.Recipients = []string{"ann@example.org", "bob@example.org"}
		wantCodes(t, test.checker, req, &w, test.want, "supp", "delete-suppressed-destination --email-address ann@example.org")
	}
}
