package policy

import "testing"

// What is not known does not matter where every value leads to the same answer.
func TestWhatCannotMatterLeavesTheAnswerCertain(t *testing.T) {
	t.Parallel()
	unknown := &Context{}
	unknown.SetUnknown("aws:SourceIp")
	for name, test := range map[string]struct {
		principal string
		set       Set
	}{
		"Null with both values": {"arn:aws:iam::111122223333:user/jane", Set{
			Identity: []*Document{mustParse(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ses:*","Resource":"*",
				"Condition":{"Null":{"aws:SourceIp":["true","false"]}}}}`)},
		}},
		"boundary of a service": {"cognito-idp.amazonaws.com", Set{
			Unreadable: Layers(Boundary),
			Resource: []*Document{mustParse(t, `{"Version":"2012-10-17","Statement":[
				{"Effect":"Allow","Action":"ses:*","Resource":"*","Principal":{"Service":"cognito-idp.amazonaws.com"}},
				{"Effect":"Deny","Action":"ses:*","Resource":"*","NotPrincipal":{"Service":"cognito-idp.amazonaws.com"}}]}`)},
		}},
		"boundary of the root user": {"arn:aws:iam::111122223333:root", Set{
			Unreadable: Layers(Boundary),
			Resource: []*Document{mustParse(t, `{"Version":"2012-10-17","Statement":
				{"Effect":"Deny","Action":"ses:*","Resource":"*","NotPrincipal":{"AWS":"111122223333"}}}`)},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			caller, err := ParsePrincipal(test.principal)
			if err != nil {
				t.Fatal(err)
			}
			got := Evaluate(&test.set, &Request{Principal: caller, Action: "ses:SendEmail",
				Resource: "arn:aws:ses:us-east-1:111122223333:identity/example.com", Context: unknown})
			if got.Decision != Allow {
				t.Errorf("%s, needs %q, want allow", got.Decision, got.Needs)
			}
		})
	}
}
