package diagnosis

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	testSession  = "arn:aws:sts::111122223333:assumed-role/app/i-0abc"
	testIdentity = "arn:aws:ses:us-east-1:111122223333:identity/example.com"
)

func TestParseDenialReadsWhatTheTextStates(t *testing.T) {
	t.Parallel()
	send := Denial{Principal: testSession, Action: "ses:SendRawEmail", Resource: testIdentity}
	with := func(change func(*Denial)) Denial {
		d := send
		change(&d)
		return d
	}
	standard := "User: " + testSession + " is not authorized to perform: ses:SendRawEmail on resource: " + testIdentity
	for _, c := range []struct {
		name, text string
		want       Denial
	}{
		{"SES's own form", "User `" + testSession + "' is not authorized to perform `ses:SendRawEmail' on resource `" + testIdentity + "'", send},
		{"with a full stop behind", "User `" + testSession + "' is not authorized to perform `ses:SendRawEmail' on resource `" + testIdentity + "'.", send},
		{"with its end cut off", "User `" + testSession + "' is not authorized to perform `ses:SendRawEmail' on resource `" + testIdentity, send},
		{"in double quotes", `User "` + testSession + `" is not authorized to perform "ses:SendRawEmail" on resource "` + testIdentity + `"`, send},
		{"in other letter case", "USER: " + testSession + " IS NOT AUTHORIZED TO PERFORM: ses:SendRawEmail ON RESOURCE: " + testIdentity, send},
		{"over several lines", strings.ReplaceAll(standard, " ", "\r\n\t"), send},
		{"behind a full stop", standard + ".", send},
		{"without a resource", "User: " + testSession + " is not authorized to perform: ses:SendRawEmail", with(func(d *Denial) { d.Resource = "" })},
		{"without a caller", "User is not authorized to perform: ses:SendRawEmail on resource: *", with(func(d *Denial) { d.Principal, d.Resource = "", "*" })},
		{"no policy allows", standard + " because no identity-based policy allows the ses:SendRawEmail action", with(func(d *Denial) {
			d.Layer, d.ReasonGiven = "identity", true
		})},
		{"a policy denies", standard + " with an explicit deny in a resource control policy: arn:aws:organizations::1:policy/o-1/resource_control_policy/p-2.", with(func(d *Denial) {
			d.Layer, d.PolicyARN, d.Explicit, d.ReasonGiven = "rcp", "arn:aws:organizations::1:policy/o-1/resource_control_policy/p-2", true, true
		})},
		{"a policy denies through another", standard + " with an explicit deny in a VPC endpoint policy transitively through a service control policy", with(func(d *Denial) {
			d.Layer, d.Via, d.Explicit, d.ReasonGiven = "endpoint", "scp", true, true
		})},
		{"a deny of no kind", standard + " with an explicit deny", with(func(d *Denial) { d.Explicit = true })},
		{"a kind of policy that is not known", standard + " because no lunar policy allows the ses:SendRawEmail action", send},
		{"in quotes, with a reason", "User: " + testSession + " is not authorized to perform: ses:SendRawEmail on resource: '" + testIdentity + "' because no session policies allow the ses:SendRawEmail action", with(func(d *Denial) {
			d.Layer, d.ReasonGiven = "session", true
		})},
	} {
		got, ok := ParseDenial("554 Access denied: " + c.text)
		if diff := cmp.Diff(c.want, got); !ok || diff != "" {
			t.Errorf("%s: %t (-want +got):\n%s", c.name, ok, diff)
		}
	}
}

func TestParseDenialFindsNoneWhereThereIsNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "User", "User: x is authorized to perform: ses:SendEmail", "Access Denied",
		"Superuser: x is not authorised", "a thesis not authorized to perform",
	} {
		if d, ok := ParseDenial(text); ok {
			t.Errorf("ParseDenial(%q) = %+v", text, d)
		}
	}
}

func TestADenialThatBreaksOffStatesNoAction(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Denial{
		"User: x is not authorized to perform: everything":                                     {Principal: "x"},
		"User `" + testSession + "' is not authorized to perform ...":                          {Principal: testSession},
		"User is not authorized to perform":                                                    {},
		"somebody is not authorized to perform this operation":                                 {},
		"x is not authorized to perform ... user y is not authorized to perform ses:SendEmail": {Principal: "y", Action: "ses:SendEmail"},
	} {
		got, ok := ParseDenial(text)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%s: %t (-want +got):\n%s", text, ok, diff)
		}
		checkClean(t, got.Finding())
	}
}

func TestAReasonWithinAResourceIsNone(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		`"x because no service control policy allows the y action"@example.com`,
		`"x' with an explicit deny in a service control policy"@example.com`,
		`"x with an explicit deny in a permissions boundary: arn:aws:iam::1:policy/P"@example.com`,
	} {
		for _, form := range []string{
			"User `" + testSession + "' is not authorized to perform `ses:SendRawEmail' on resource `arn:aws:ses:us-east-1:1:identity/" + address + "'",
			"User: " + testSession + " is not authorized to perform: ses:SendRawEmail on resource: arn:aws:ses:us-east-1:1:identity/" + address,
		} {
			if d, ok := ParseDenial(form); !ok || d.ReasonGiven || d.Explicit || d.Layer != "" {
				t.Errorf("%q was taken for a reason: %t %+v", address, ok, d)
			}
		}
	}
}

func TestCallersAreNamedAsPeopleDo(t *testing.T) {
	t.Parallel()
	for principal, want := range map[string]string{
		testSession: "role app",
		"arn:aws:iam::111122223333:role/mail/app":      "role app",
		"arn:aws:iam::111122223333:user/ci":            "user ci",
		"arn:aws-us-gov:iam::111122223333:user/a/b/ci": "user ci",
		"arn:aws:sts::111122223333:federated-user/kim": "federated user kim",
		"arn:aws:iam::111122223333:root":               "the root user of account 111122223333",
		"arn:aws:iam::111122223333:instance-profile/x": "arn:aws:iam::111122223333:instance-profile/x",
		"ses.amazonaws.com":                            "service ses.amazonaws.com",
		"AROAEXAMPLE":                                  "AROAEXAMPLE",
		"":                                             "the caller",
	} {
		if got := (Denial{Principal: principal, Action: "ses:SendEmail"}).Finding().Title; got != want+" may not ses:SendEmail" {
			t.Errorf("%q: %q, want %q", principal, got, want)
		}
	}
}

func TestADenialIsExplainedByItsLayer(t *testing.T) {
	t.Parallel()
	for layer, codes := range map[string][2]Code{
		"identity":       {IAMNoAllow, IAMDeny},
		"boundary":       {IAMBoundImpl, IAMBoundExpl},
		"session":        {Session, Session},
		"scp":            {SCPImpl, SCPExpl},
		"rcp":            {RCPExpl, RCPExpl},
		"endpoint":       {VPCEPolicy, VPCEPolicy},
		"resourcePolicy": {XAccNoPolicy, ResDeny},
		"trust":          {CredRole, CredRole},
		"":               {AccessDenied, AccessDenied},
	} {
		d := Denial{Principal: testSession, Action: "ses:SendRawEmail", Resource: testIdentity, Layer: layer, ReasonGiven: layer != ""}
		implicit := d.Finding()
		d.Explicit = true
		explicit := d.Finding()
		if got := [2]Code{implicit.Code, explicit.Code}; got != codes {
			t.Errorf("%q: got %v, want %v", layer, got, codes)
		}
		checkClean(t, implicit)
		checkClean(t, explicit)
	}
}

func TestAStatementForAnotherAccountNamesTheCallersAccount(t *testing.T) {
	t.Parallel()
	d := Denial{Action: "ses:SendRawEmail", Resource: testIdentity, Layer: "resourcePolicy", ReasonGiven: true}
	if fix := d.Finding().Fix; !strings.Contains(fix, `{"AWS":"ACCOUNT"}`) {
		t.Errorf("without a caller: %s", fix)
	}
	d.Principal = testSession
	if fix := d.Finding().Fix; !strings.Contains(fix, `{"AWS":"111122223333"}`) {
		t.Errorf("with a caller: %s", fix)
	}
}

func TestShortResourceLeavesWhatIsNoARN(t *testing.T) {
	t.Parallel()
	d := Denial{Action: "ses:SendRawEmail", Resource: "*"}
	if title := d.Finding().Title; title != "the caller may not ses:SendRawEmail on *" {
		t.Error(title)
	}
}

func FuzzParseDenial(f *testing.F) {
	for _, archive := range answers(f) {
		for _, file := range archive.Files {
			f.Add(string(file.Data))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, ok := ParseDenial(text)
		if !ok && d != (Denial{}) {
			t.Errorf("no denial, yet %+v", d)
		}
		if ok {
			checkClean(t, d.Finding())
			checkReason(t, d, text)
		}
	})
}

// checkReason fails if d states a reason for which text has no words.
func checkReason(t *testing.T, d Denial, text string) {
	t.Helper()
	text = strings.ToLower(plain(text))
	if d.Explicit && !strings.Contains(text, "an explicit deny") {
		t.Errorf("explicit, though the text does not say so: %q", text)
	}
	if d.ReasonGiven != (d.Layer != "") {
		t.Errorf("reason given: %t, layer %q", d.ReasonGiven, d.Layer)
	}
	for _, l := range denialLayers {
		if d.Layer == l.name && !strings.Contains(text, l.words) {
			t.Errorf("layer %s, though the text does not name it: %q", l.name, text)
		}
	}
}
