package diagnosis_test

import (
	"fmt"
	"os"

	"sesgate/authz/diagnosis"
)

func ExampleFromText() {
	f, ok := diagnosis.FromText("554 Access denied: User `arn:aws:sts::111122223333:assumed-role/app/i-0abc' " +
		"is not authorized to perform `ses:SendRawEmail' on resource " +
		"`arn:aws:ses:eu-west-1:111122223333:configuration-set/marketing'")
	fmt.Println(ok, f.Code)
	fmt.Println(f.Title)
	fmt.Println(f.Detail)
	// Output:
	// true access-denied
	// role app may not ses:SendRawEmail on configuration-set/marketing
	// SES does not say why; caller arn:aws:sts::111122223333:assumed-role/app/i-0abc
}

func ExampleUnverified_Findings() {
	u, _ := diagnosis.ParseUnverified("Email address is not verified. " +
		"The following identities failed the check in region EU-WEST-1: news@example.com, kim@example.org")
	for _, f := range u.Findings([]string{"news@example.com"}, []string{"kim@example.org"}) {
		fmt.Printf("%s [%s]\n", f.Title, f.Code)
	}
	// Output:
	// address not verified in eu-west-1: news@example.com [id-none]
	// sandbox: recipient not verified in eu-west-1: kim@example.org [sbx-rcpt]
}

func ExampleEntry_Explain() {
	entry, _ := diagnosis.Lookup(diagnosis.CSNone)
	if err := entry.Explain(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// cs-none: the configuration set does not exist in this region
	//
	// SMTP reply    554 5.3.5
	// Retry         the same message is refused again until the cause is removed
	// Cause         the configuration set was deleted, misspelt, or created in another
	//               region or account
	// How to tell   aws sesv2 list-configuration-sets; SES says: Configuration set
	//               NAME does not exist
	// Fix           create it here, or correct the name in aws.configuration_set, or
	//               the default of the identity: aws sesv2
	//               put-email-identity-configuration-set-attributes
	// AWS says      NotFoundException: Configuration set <marketing> does not exist.
	// Known         from documentation
	// More          https://docs.aws.amazon.com/ses/latest/dg/using-configuration-sets.html
}
