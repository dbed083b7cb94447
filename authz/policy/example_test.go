package policy_test

import (
	"fmt"

	"sesgate/authz/policy"
)

// A user may send, but an SCP of the organization denies a sender, and who is
// behind the address is not known.
func Example() {
	identity, err := policy.ParseFor(policy.Identity, "policy mail of user app", []byte(`{
		"Version": "2012-10-17",
		"Statement": {"Effect": "Allow", "Action": "ses:Send*", "Resource": "*"}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	scp, err := policy.ParseFor(policy.SCP, "SCP Senders", []byte(`{
		"Version": "2012-10-17",
		"Statement": [
			{"Effect": "Allow", "Action": "*", "Resource": "*"},
			{"Sid": "NoCEO", "Effect": "Deny", "Action": "ses:*", "Resource": "*",
				"Condition": {"StringLike": {"ses:FromAddress": "ceo@*"}}}
		]
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	set := &policy.Set{
		Identity: []*policy.Document{identity},
		SCPs:     [][]*policy.Document{{scp}},
	}
	caller, err := policy.ParsePrincipal("arn:aws:iam::111122223333:user/app")
	if err != nil {
		fmt.Println(err)
		return
	}

	for _, from := range []string{"news@example.com", "ceo@example.com", ""} {
		var ctx policy.Context
		ctx.SetUnknown("ses:FromAddress")
		if from != "" {
			ctx.Set("ses:FromAddress", from)
		}
		e := policy.Explain(set, &policy.Request{
			Principal: caller,
			Action:    "ses:SendRawEmail",
			Resource:  "arn:aws:ses:eu-west-1:111122223333:identity/example.com",
			Context:   &ctx,
		})
		fmt.Println(e.Decision, e.DeniedBy, e.Needs)
		for _, m := range e.Matches {
			if m.Statement.Effect == policy.EffectDeny {
				fmt.Printf("  %s, line %d: %s %v\n", m.Document.Name, m.Statement.Line, m.Statement.Sid, m.Truth)
			}
		}
	}
	// Output:
	// allow [] []
	// explicitDeny [scp] []
	//   SCP Senders, line 5: NoCEO yes
	// unknown [] [ses:FromAddress]
	//   SCP Senders, line 5: NoCEO maybe
}
