package policy

import "testing"

func TestWhatIsKnownOfAKeyIsWhatWasSaidLast(t *testing.T) {
	t.Parallel()
	var ctx Context
	want := func(key string, state State) {
		t.Helper()
		if got := ctx.State(key); got != state {
			t.Errorf("%s is %v, want %v", key, got, state)
		}
	}
	want("aws:SourceIp", KeyAbsent)
	ctx.Set("aws:SourceIp", "10.0.0.1")
	want("AWS:sourceip", KeyPresent)
	ctx.SetUnknown("aws:SourceIp", "aws:PrincipalTag/*")
	want("aws:SourceIp", KeyUnknown)
	want("aws:PrincipalTag/team", KeyUnknown)
	want("aws:PrincipalTag", KeyAbsent)
	ctx.SetAbsent("aws:principaltag/cost", "aws:SourceIp")
	want("aws:PrincipalTag/Cost", KeyAbsent)
	want("aws:PrincipalTag/team", KeyUnknown)
	want("aws:SourceIp", KeyAbsent)
	ctx.SetAbsent("aws:PrincipalTag/*")
	want("aws:PrincipalTag/team", KeyAbsent)
	ctx.SetOpen("ses:Recipients", nil)
	want("ses:Recipients", KeyUnknown)
	ctx.SetOpen("ses:Recipients", []string{"a@example.com"})
	want("ses:Recipients", KeyOpen)
	ctx.SetList("ses:Recipients", []string{"a@example.com"})
	want("ses:Recipients", KeyPresent)

	ctx.Open = true
	want("aws:SourceVpc", KeyUnknown)
	want("aws:SourceIp", KeyAbsent)
	want("aws:PrincipalTag/team", KeyAbsent)
}

func TestAContextKeepsItsOwnValues(t *testing.T) {
	t.Parallel()
	var ctx Context
	list := []string{"a@example.com"}
	ctx.SetList("ses:Recipients", list)
	list[0] = "eve@example.org"
	if e, _ := ctx.lookup("ses:recipients"); e.values[0] != "a@example.com" {
		t.Errorf("got %q", e.values)
	}
}

func TestNamesReadAsTheCommandPrintsThem(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		Unknown.String(): "unknown", Allow.String(): "allow", ImplicitDeny.String(): "implicitDeny", ExplicitDeny.String(): "explicitDeny",
		Maybe.String(): "maybe", Yes.String(): "yes", No.String(): "no",
		RCP.String(): "rcp", SCP.String(): "scp", Resource.String(): "resourcePolicy", Identity.String(): "identity",
		Boundary.String(): "boundary", Session.String(): "session", Endpoint.String(): "endpoint",
		EffectAllow.String(): "Allow", EffectDeny.String(): "Deny",
		KeyAbsent.String(): "absent", KeyPresent.String(): "present", KeyOpen.String(): "open", KeyUnknown.String(): "unknown",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
