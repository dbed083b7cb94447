package proxy

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sesgate/authz/diagnosis"
)

// TestNoAddressOfATransactionIsSeenWhereTheyAreHidden has addresses in every field
// that an address can get into.
func TestNoAddressOfATransactionIsSeenWhereTheyAreHidden(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		// The secret is no hexadecimal number, and so in no hash by chance.
		local := rapid.StringMatching(`[a-z.+/ ,"<>=*@%é-]{0,3}`).Draw(t, "before") + "secret" + rapid.StringMatching(`[A-Za-z0-9.+/ ,"<>=*@%é:;-]{0,6}`).Draw(t, "after")
		address := local + "@" + rapid.SampledFrom([]string{"example.com", "b\u00fccher.example", "[192.0.2.1]"}).Draw(t, "domain")
		text := fmt.Sprintf(rapid.SampledFrom([]string{
			"may not send as %s", "<%s>, and more", "arn:aws:ses:eu-west-1:111122223333:identity/%s denies", "wanted %q", "\"%s\"", "to=%s;",
		}).Draw(t, "text"), address)
		f := diagnosis.Finding{
			Code: "scp-expl", Title: text, Detail: text, Fix: text, Source: text, Sid: text, Statement: text,
			ConditionKey: text, Resource: text, Recipients: []string{address},
		}
		e := Event{
			User: address, MailFrom: address, HeaderFrom: address, Recipients: []string{address}, Refused: []string{address},
			Principal: "arn:aws:sts::111122223333:assumed-role/app/secret+app@example.com", Route: address, Identity: address,
			Findings: []diagnosis.Finding{f}, Removed: []string{text}, Reply: "550 5.7.1 " + text, Code: 550,
		}
		for _, addresses := range []Addresses{AddressesHash, AddressesNone} {
			l := Log{Addresses: addresses}
			if seen := fmt.Sprintf("%+v", l.Masked(e)); strings.Contains(seen, "secret") {
				t.Errorf("%s: %s", addresses, seen)
			}
			if line := logged(l, jsonEncoder(), e); strings.Contains(line, "secret") {
				t.Errorf("%s: %s", addresses, line)
			}
		}
		if e.Findings[0].Title != text || e.Recipients[0] != address {
			t.Error("masking has changed the event itself")
		}
	})
}
