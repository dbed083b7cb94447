package authz

import (
	"net/netip"
	"testing"

	"sesgate/authz/facts"
)

// deniedIf denies sending under one condition, in a policy of the role or of the
// identity.
func deniedIf(t testing.TB, where, condition string) func(*facts.Snapshot) {
	return func(w *facts.Snapshot) {
		if where == "role" {
			w.Principal.Value.Policies = append(w.Principal.Value.Policies, parse(t, "inline policy guard of role app",
				`{"Version":"2012-10-17","Statement":{"Sid":"Guard","Effect":"Deny","Action":"ses:Send*","Resource":"*","Condition":`+condition+`}}`))
			return
		}
		identity := verified("example.com")
		identity.Policies = []facts.Policy{parse(t, "sending authorization policy guard of identity example.com",
			`{"Version":"2012-10-17","Statement":{"Sid":"Guard","Effect":"Deny","Principal":"*","Action":"ses:Send*","Resource":"arn:aws:ses:eu-west-1:111122223333:identity/example.com","Condition":`+condition+`}}`)}
		w.Identities["example.com"] = known(identity)
	}
}

// The nine keys that AWS's troubleshooting page lists, in a policy of the
// principal and in a sending authorization policy: each finding says what was
// wanted and what is there.
func TestADenialByEachKey(t *testing.T) {
	t.Parallel()
	egress := Checker{Egress: []netip.Addr{netip.MustParseAddr("198.51.100.7")}}
	two := Checker{Egress: []netip.Addr{netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("203.0.113.9")}}
	for _, test := range []struct {
		name      string
		condition string
		checker   *Checker
		edit      func(*facts.Snapshot, *Request)
		want      Decision
		code      string // in a policy of the role; res-deny in the identity's
		says      string
	}{
		{name: "recipients", condition: `{"ForAnyValue:StringNotLike":{"ses:Recipients":"*@example.com"}}`, want: Deny, code: "iam-c-rcpt",
			says: `ses:Recipients ForAnyValue:StringNotLike "*@example.com" (it is "ann@example.org")`},
		{name: "from", condition: `{"StringNotEquals":{"ses:FromAddress":"alerts@example.com"}}`, want: Deny, code: "iam-c-from",
			says: `ses:FromAddress StringNotEquals "alerts@example.com" (it is "news@example.com")`},
		{name: "display name", condition: `{"StringNotEquals":{"ses:FromDisplayName":"Alerts"}}`, want: Deny, code: "iam-c-name",
			edit: func(_ *facts.Snapshot, r *Request) { r.Header.FromName = "News" }, says: `ses:FromDisplayName StringNotEquals "Alerts" (it is "News")`},
		{name: "feedback address of the route", condition: `{"StringNotLike":{"ses:FeedbackAddress":"*@bounce.example.com"}}`, want: Deny, code: "iam-c-feedback",
			edit: func(_ *facts.Snapshot, r *Request) { r.Route.FeedbackAddress = "news@example.com" }, says: `ses:FeedbackAddress StringNotLike "*@bounce.example.com" (it is "news@example.com")`},
		{name: "feedback address not given", condition: `{"StringNotLike":{"ses:FeedbackAddress":"*@bounce.example.com"}}`, want: Unknown, code: "iam-c-feedback?", says: "which sesgate cannot tell"},
		{name: "current time", condition: `{"DateGreaterThan":{"aws:CurrentTime":"2026-06-01T00:00:00Z"}}`, want: Deny, code: "iam-c-time-over",
			says: `aws:CurrentTime DateGreaterThan "2026-06-01T00:00:00Z" (it is "2026-11-23T`},
		{name: "epoch time", condition: `{"NumericLessThan":{"aws:EpochTime":"1900000000"}}`, want: Deny, code: "iam-c-time",
			says: `aws:EpochTime NumericLessThan "1900000000" (it is "17`},
		{name: "secure transport", condition: `{"Bool":{"aws:SecureTransport":"true"}}`, want: Deny, code: "iam-c-tls",
			says: `aws:SecureTransport Bool "true" (it is "true")`},
		{name: "source address", condition: `{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, checker: &egress, want: Deny, code: "iam-c-ip",
			says: `aws:SourceIp NotIpAddress "203.0.113.0/24" (it is "198.51.100.7")`},
		{name: "source address, one of two", condition: `{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, checker: &two, want: Unknown, code: "iam-c-ip?"},
		{name: "source address not known", condition: `{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, want: Unknown, code: "iam-c-ip?", says: "facts.egress"},
		{name: "source address through a VPC endpoint", condition: `{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, checker: &egress, want: Unknown, code: "iam-c-ipvpce?",
			edit: func(w *facts.Snapshot, _ *Request) { w.Endpoint.Value.Private = true }, says: "where aws:SourceIp is not there"},
		{name: "user agent", condition: `{"StringNotLike":{"aws:UserAgent":"*MyApp*"}}`, want: Unknown, code: "iam-c-ua?", says: "aws-sdk-go-v2/"},
		{name: "VPC endpoint", condition: `{"StringNotEquals":{"aws:SourceVpce":"vpce-1a2b3c4d"}}`, want: Unknown, code: "iam-c-vpce?", says: "likely takes no VPC endpoint"},
	} {
		for _, where := range []string{"role", "identity"} {
			t.Run(test.name+" in a policy of the "+where, func(t *testing.T) {
				w, req := plainWorld(t), newsletter()
				deniedIf(t, where, test.condition)(&w)
				if test.edit != nil {
					test.edit(&w, &req)
				}
				checker, code := test.checker, test.code
				if checker == nil {
					checker = new(Checker)
				}
				if where == "identity" {
					if code = "res-deny"; test.want == Unknown {
						code += "?"
					}
				}
				req.Suspects = true
				wantCodes(t, checker, req, &w, test.want, code, test.says)
			})
		}
	}
}
