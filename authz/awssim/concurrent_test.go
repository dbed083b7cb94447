package awssim_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
)

func TestAWorldIsAskedAndChangedByManyAtOnce(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, faults(`[{"call": "ses:GetAccount", "every": 7, "fault": "503"}]`)+iamWorld)
	const senders, each = 8, 25
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for range each {
				if _, err := w.send("", "a@example.com", "x@example.org"); err != nil {
					t.Errorf("send: %v", err)
				}
			}
		})
	}
	wg.Go(func() {
		for i := range each {
			if err := w.Set("iam/policies/edge.json", fmt.Sprintf(`{"Id": "%d"}`, i)); err != nil {
				t.Errorf("change: %v", err)
			}
			w.Messages()
			w.Calls()
			w.Regions()
		}
	})
	wg.Go(func() {
		for range each {
			_, _ = w.ses.GetAccount(t.Context(), &sesv2.GetAccountInput{})
			if _, err := w.iam.GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("app")}); err != nil {
				t.Errorf("read: %v", err)
			}
		}
	})
	wg.Wait()
	if got := w.Accepted(); got != senders*each {
		t.Errorf("%d messages taken, want %d", got, senders*each)
	}
	if got := len(w.Messages()); got != 100 {
		t.Errorf("%d messages kept, want the newest 100", got)
	}
	if got, want := len(w.Calls()), senders*each+2*each; got != want {
		t.Errorf("%d calls noted, want %d", got, want)
	}
}
