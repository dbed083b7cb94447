package collect_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"sesgate/authz/awssim"
	"sesgate/authz/collect"
	"sesgate/authz/facts"
)

// news is a usual message.
var news = facts.Query{Region: here, Senders: []string{"news@example.com"}}

func TestAThousandFirstMessagesAskAWSOncePerFact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := load(t, "role.txtar")
		c := facts.NewCached(collect.New(inMemoryConfig(w), collect.Options{Resolver: resolver(map[string][]string{
			"email.eu-west-1.amazonaws.com": {"52.94.5.1"},
		})}), facts.Options{Wait: 10 * time.Second})
		defer c.Close()
		began := time.Now()
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				s := c.Snapshot(t.Context(), news)
				if gaps := s.Gaps(); gaps != nil {
					t.Errorf("gaps are %v", gaps)
				}
			})
		}
		all.Wait()
		want := map[string]int{
			"sts:GetCallerIdentity": 1, "organizations:DescribeOrganization": 1,
			"iam:GetRole": 1, "iam:ListRolePolicies": 1, "iam:GetRolePolicy": 2, "iam:ListAttachedRolePolicies": 1,
			"iam:GetPolicy": 4, "iam:GetPolicyVersion": 4,
			"ses:GetAccount": 1, "ses:ListEmailIdentities": 1, "ses:GetEmailIdentity": 1, "ses:GetConfigurationSet": 1,
		}
		if diff := gocmp.Diff(want, calls(w)); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("took %v; four reads of SES at its pace take 3s", took)
		}
	})
}

func TestTheDemoWorldIsKnownCompletely(t *testing.T) {
	t.Parallel()
	w, err := awssim.Demo()
	if err != nil {
		t.Fatal(err)
	}
	c := facts.NewCached(collector(t, w), facts.Options{Wait: 20 * time.Second})
	defer c.Close()
	s := c.Snapshot(t.Context(), facts.Query{Region: w.Region(), Senders: []string{"hello@example.com"}})
	for _, gap := range s.Gaps() {
		t.Error(&gap)
	}
	if !s.Identities["example.com"].Value.VerifiedToSend || !s.ConfigurationSets["transactional"].Value.SendingEnabled {
		t.Errorf("identities %v, configuration sets %v", s.Identities, s.ConfigurationSets)
	}
}
