package status

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAdviceIsTakenApartIntoWhatIsReadAndWhatIsCopied(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fix  string
		want []passage
	}{
		{"", nil},
		{"ask the organization's administrators; then wait", []passage{{Prose: "ask the organization's administrators; then wait"}}},
		{"publish in DNS: a1._domainkey.launch.example.com CNAME a1.dkim.amazonses.com; b2._domainkey.launch.example.com CNAME b2.dkim.amazonses.com",
			[]passage{{Prose: "publish in DNS: "}, {Block: "a1._domainkey.launch.example.com CNAME a1.dkim.amazonses.com\nb2._domainkey.launch.example.com CNAME b2.dkim.amazonses.com"}}},
		{"publish in DNS: bounce.example.com MX 10 feedback-smtp.eu-west-1.amazonses.com",
			[]passage{{Prose: "publish in DNS: "}, {Block: "bounce.example.com MX 10 feedback-smtp.eu-west-1.amazonses.com"}}},
		{`publish bounce.example.com TXT "v=spf1 include:amazonses.com ~all"`,
			[]passage{{Prose: "publish "}, {Block: `bounce.example.com TXT "v=spf1 include:amazonses.com ~all"`}}},
		{"publish MX 10 feedback-smtp.REGION.amazonses.com for the MAIL FROM domain",
			[]passage{{Prose: "publish MX 10 feedback-smtp.REGION.amazonses.com for the MAIL FROM domain"}}},
		{"aws sesv2 create-email-identity --email-identity nowhere.example --region eu-west-1, then publish the DKIM records it prints",
			[]passage{{Block: "aws sesv2 create-email-identity --email-identity nowhere.example --region eu-west-1"}, {Prose: "then publish the DKIM records it prints"}}},
		{"did you mean example.com? otherwise: aws sesv2 create-email-identity --email-identity exmaple.com --region eu-west-1",
			[]passage{{Prose: "did you mean example.com? otherwise: "}, {Block: "aws sesv2 create-email-identity --email-identity exmaple.com --region eu-west-1"}}},
		{"take role app out of that statement: aws sesv2 get-email-identity-policies shows it",
			[]passage{{Prose: "take role app out of that statement: "}, {Code: "aws sesv2 get-email-identity-policies"}, {Prose: " shows it"}}},
		{"aws sesv2 put-account-sending-attributes --sending-enabled, once the reason is gone",
			[]passage{{Block: "aws sesv2 put-account-sending-attributes --sending-enabled"}, {Prose: "once the reason is gone"}}},
		{"add the statement that sesgate policy --from SENDER prints to a policy of the role",
			[]passage{{Prose: "add the statement that "}, {Block: "sesgate policy --from SENDER"}, {Prose: "prints to a policy of the role"}}},
		{"run sesgate check for this sender", []passage{{Prose: "run "}, {Code: "sesgate check"}, {Prose: " for this sender"}}},
		{"restart sesgate or refresh its facts", []passage{{Prose: "restart sesgate or refresh its facts"}}},
		{`add to a policy of role app: {"Effect":"Allow","Action":"ses:SendRawEmail"}`,
			[]passage{{Prose: "add to a policy of role app: "}, {Block: "{\n  \"Effect\": \"Allow\",\n  \"Action\": \"ses:SendRawEmail\"\n}"}}},
		{`add "arn:aws:ses:eu-west-1:111122223333:configuration-set/tracking" to the statement's Resource`,
			[]passage{{Prose: `add "`}, {Code: "arn:aws:ses:eu-west-1:111122223333:configuration-set/tracking"}, {Prose: `" to the statement's Resource`}}},
		{"use ${aws:PrincipalTag/NAME} for roles", []passage{{Prose: "use ${aws:PrincipalTag/NAME} for roles"}}},
	} {
		if diff := cmp.Diff(tt.want, passages(tt.fix), cmp.Transformer("empty", func(p []passage) []passage { return append([]passage{}, p...) })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.fix, diff)
		}
	}
}

func FuzzPassages(f *testing.F) {
	for _, s := range corpus {
		f.Add(s)
		f.Add("publish " + s + ".example CNAME " + s + "; then aws sesv2 get-account --region " + s)
	}
	f.Add(`a {"b": 1}`)
	f.Fuzz(func(t *testing.T, fix string) {
		var all strings.Builder
		for _, p := range passages(fix) {
			if p == (passage{}) || p.Prose != "" && p.Code+p.Block != "" {
				t.Errorf("%q has the passage %+v", fix, p)
			}
			all.WriteString(p.Prose + p.Code + p.Block)
		}
		if words(all.String()) != words(fix) {
			t.Errorf("%q became %q", fix, all.String())
		}
	})
}

// words is s without what separates passages.
func words(s string) string {
	return strings.NewReplacer(";", "", ",", "", " ", "", "\n", "", "\r", "", "\t", "").Replace(s)
}

func TestALineMayEndBetweenThePartsOfAnARN(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"arn:aws:iam::111122223333:role/team/app", "arn:|aws:|iam::|111122223333:|role/|team/|app"},
		{"may not ses:SendRawEmail on arn:aws:ses:*", "may not ses:SendRawEmail on arn:|aws:|ses:|*"},
		{"policy at 10:00 and/or later", "policy at 10:00 and/or later"},
	} {
		if got := strings.Join(pieces(tt.text), "|"); got != tt.want {
			t.Errorf("%q is %q, want %q", tt.text, got, tt.want)
		}
	}
}
