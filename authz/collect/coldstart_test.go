package collect_test

import (
	"flag"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sesgate/authz"
	"sesgate/authz/awssim"
	"sesgate/authz/collect"
	"sesgate/authz/facts"
)

var sidecars = flag.Int("sidecars", 100, "how many processes start together")

// Many sidecars of one account start together. SES lets the account read once
// a second, so that most of their reads are throttled: mail does not wait for it.
func TestManySidecarsStartTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := load(t, "role.txtar", "world.json",
			`{"caller": "arn:aws:sts::111122223333:assumed-role/app/i-0abc", "iam_page_size": 100, "control_plane_rate": 1}`,
			"ses/eu-west-1/identities/example.com.json", `{"verified": true}`)
		var all sync.WaitGroup
		for range *sidecars {
			all.Go(func() { startSidecar(t, w) })
		}
		all.Wait()
	})
}

// startSidecar is one process: messages from its first moment on, each of which has
// to be judged within the budget.
func startSidecar(t *testing.T, w *awssim.World) {
	const budget = 4 * time.Second
	asked := &meter{next: w}
	known := facts.NewCached(collect.New(inMemoryConfig(asked), collect.Options{
		StartJitter: 500 * time.Millisecond,
		Resolver:    resolver(map[string][]string{"email.eu-west-1.amazonaws.com": {"52.94.5.1"}}),
	}), facts.Options{Wait: budget})
	defer known.Close()
	checker := authz.Checker{Facts: known, Region: here}
	for range 4 {
		began := time.Now()
		v := checker.Check(t.Context(), authz.Request{
			MailFrom: "news@example.com", Recipients: []string{"ann@example.org"},
			Header: &authz.Header{From: "news@example.com", Recipients: []string{"ann@example.org"}},
		})
		if took := time.Since(began); took > budget {
			t.Errorf("a message waited %v", took)
		}
		if v.Decision == authz.Deny {
			t.Errorf("refused, as %+v", v.Findings)
		}
		time.Sleep(5 * time.Second)
	}
	asked.check(t)
}

// meter is a process's way to AWS. It counts the calls.
type meter struct {
	next http.Handler

	mu  sync.Mutex
	ses []time.Time // when SES was read
	iam int
}

func (m *meter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	switch r.URL.Hostname() {
	case "email.eu-west-1.amazonaws.com":
		m.ses = append(m.ses, time.Now())
	case "iam.amazonaws.com":
		m.iam++
	}
	m.mu.Unlock()
	m.next.ServeHTTP(w, r)
}

func (m *meter) check(t *testing.T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.iam == 0 || m.iam >= 15 {
		t.Errorf("%d calls of IAM, want fewer than 15", m.iam)
	}
	if len(m.ses) == 0 {
		t.Error("SES was never read")
	}
	for i := 1; i < len(m.ses); i++ {
		if gap := m.ses[i].Sub(m.ses[i-1]); gap < time.Second {
			t.Errorf("SES was read again after %v", gap)
		}
	}
}
