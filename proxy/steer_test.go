package proxy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sesgate/authz"
)

func TestAllowedHeadersSteerTheRoute(t *testing.T) {
	t.Parallel()
	const own, other = "arn:aws:ses:eu-west-1:111122223333:identity/example.com", "arn:aws-us-gov:ses:us-gov-west-1:444455556666:identity/a@b.c"
	base := authz.Route{Name: "r", ConfigurationSet: "base", Tags: []authz.Tag{{Name: "a", Value: "b"}}}
	with := func(change func(*authz.Route)) authz.Route {
		r := base
		change(&r)
		return r
	}
	for _, test := range []struct {
		in    string
		want  authz.Route
		codes string
	}{
		{"X-SES-CONFIGURATION-SET: news", with(func(r *authz.Route) { r.ConfigurationSet = "news" }), ""},
		{"x-ses-configuration-set:\n  news", with(func(r *authz.Route) { r.ConfigurationSet = "news" }), ""},
		{"X-SES-CONFIGURATION-SET : first\nX-Ses-Configuration-Set: second", with(func(r *authz.Route) { r.ConfigurationSet = "first" }), ""},
		{"X-SES-CONFIGURATION-SET:", base, ""},
		{"X-SES-CONFIGURATION-SET: a b", base, "cs-badname"},
		{"X-SES-CONFIGURATION-SET: " + strings.Repeat("x", 65), base, "cs-badname"},
		{"X-SES-TENANT: acme", with(func(r *authz.Route) { r.Tenant = "acme" }), ""},
		{"X-SES-TENANT: ac/me", base, "msg-xses"},
		{"X-SES-MESSAGE-TAGS: a=1, b_-=2", with(func(r *authz.Route) { r.Tags = []authz.Tag{{Name: "a", Value: "1"}, {Name: "b_-", Value: "2"}} }), ""},
		{"X-SES-MESSAGE-TAGS: a=1,\n b=ä", base, "msg-xses"},
		{"X-SES-MESSAGE-TAGS: a", base, "msg-xses"},
		{"X-SES-FROM-ARN: " + own + "\nX-SES-SOURCE-ARN: " + other, with(func(r *authz.Route) { r.IdentityARN = own }), ""},
		{"X-SES-SOURCE-ARN: " + other, with(func(r *authz.Route) { r.IdentityARN = other }), ""},
		{"X-SES-RETURN-PATH-ARN: " + own, with(func(r *authz.Route) { r.ReturnPathARN = own }), ""},
		{"X-SES-RETURN-PATH-ARN: arn:aws:sns:eu-west-1:111122223333:x", base, "msg-xses"},
		{"X-SES-LIST-MANAGEMENT-OPTIONS: people; topic=sports", with(func(r *authz.Route) { r.ContactList, r.Topic = "people", "sports" }), ""},
		{"X-SES-LIST-MANAGEMENT-OPTIONS: contactListName=people", with(func(r *authz.Route) { r.ContactList = "people" }), ""},
		{"X-SES-LIST-MANAGEMENT-OPTIONS: people; colour=red", base, "msg-xses"},
		{"X-SES-CONFIGURATION-SET: a b\nX-SES-TENANT: acme", with(func(r *authz.Route) { r.Tenant = "acme" }), "cs-badname"},
	} {
		msg := scan(crlfs("From: a@b.c\n"+test.in+"\n\nbody\n"), SteeringHeaders...)
		got := base
		found := strings.Join(codes(steer(&got, msg.instructions)), ",")
		if diff := cmp.Diff(test.want, got); diff != "" || found != test.codes {
			t.Errorf("%q: found %q, want %q; route (-want +got):\n%s", test.in, found, test.codes, diff)
		}
		if string(msg.data) != "From: a@b.c\r\n\r\nbody\r\n" || len(msg.removed) > 0 {
			t.Errorf("%q: left %q, told of %q", test.in, msg.data, msg.removed)
		}
	}
}

func TestHeadersThatAreNotAllowedSteerNothing(t *testing.T) {
	t.Parallel()
	msg := scan(crlfs("From: a@b.c\nX-SES-TENANT: a\nX-SES-CONFIGURATION-SET: b\nX-SES-NEW: c\n\n"), "X-SES-Tenant")
	var got authz.Route
	if found := steer(&got, msg.instructions); len(found) > 0 || got.Tenant != "a" || got.ConfigurationSet != "" {
		t.Errorf("got %+v with %v", got, found)
	}
	if diff := cmp.Diff([]string{"X-SES-CONFIGURATION-SET", "X-SES-NEW"}, msg.removed); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
}

func FuzzSteer(f *testing.F) {
	for _, name := range SteeringHeaders {
		f.Add(name + ": a=b; c, d=e")
	}
	f.Fuzz(func(t *testing.T, text string) {
		msg := scan(crlfs("From: a@b.c\n"+text+"\n\n"), SteeringHeaders...)
		var r authz.Route
		steer(&r, msg.instructions)
		for _, value := range []string{r.ConfigurationSet, r.Tenant, r.ContactList, r.Topic} {
			if value != "" && !shapeOfName.MatchString(value) {
				t.Errorf("%q is no name", value)
			}
		}
	})
}
