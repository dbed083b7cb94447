package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A Deny decides, and the boundary that lacks its Allow would be the next to.
func TestALackIsToldBesideADenial(t *testing.T) {
	t.Parallel()
	parse := func(src string) *Document {
		d, err := Parse("policy", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	caller, err := ParsePrincipal("arn:aws:iam::111122223333:user/alice")
	if err != nil {
		t.Fatal(err)
	}
	x := Explain(&Set{
		Identity: []*Document{
			parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ses:*","Resource":"*"}}`),
			parse(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"ses:*","Resource":"*"}}`),
		},
		Boundary: parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`),
	}, &Request{Principal: caller, Action: "ses:SendRawEmail", Resource: "arn:aws:ses:eu-west-1:111122223333:identity/example.com", Context: &Context{}})
	if x.Decision != ExplicitDeny {
		t.Errorf("decision %s", x.Decision)
	}
	if diff := cmp.Diff([]Layer{Identity}, x.DeniedBy); diff != "" {
		t.Errorf("denied by (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Layer{Boundary}, x.Lacking); diff != "" {
		t.Errorf("lacking (-want +got):\n%s", diff)
	}
}
