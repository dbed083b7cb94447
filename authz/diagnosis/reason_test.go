package diagnosis

import "testing"

func TestTheEndOfADenialIsRecognisedAlone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Code{
		"with an explicit deny in a service control policy":                           SCPExpl,
		"… with an explicit deny in an identity-based policy":                         IAMDeny,
		"because no permissions boundary allows the ses:SendRawEmail action":          IAMBoundImpl,
		"because no service control policy allows the ses:SendRawEmail action":        SCPImpl,
		"because no identity-based policy allows the ses:SendRawEmail action":         IAMNoAllow,
		"Error: because no resource-based policy allows the ses:SendRawEmail action.": XAccNoPolicy,
		"because no":                     "",
		"with an explicit deny in a mug": "",
	} {
		if f, ok := FromText(text); f.Code != want || ok != (want != "") {
			t.Errorf("%q is %q, %t; want %q", text, f.Code, ok, want)
		}
	}
}
