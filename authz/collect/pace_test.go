package collect_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"sesgate/authz/collect"
)

// inMemory carries requests to a handler without a network, so that they can be
// made in fake time.
type inMemory struct{ http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	out := httptest.NewRecorder()
	m.ServeHTTP(out, in)
	return out.Result(), nil
}

func inMemoryConfig(handler http.Handler) aws.Config {
	return aws.Config{
		Region:      here,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		HTTPClient:  &http.Client{Transport: inMemory{handler}},
	}
}

func TestSESIsAskedOnceASecondInEachRegion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := load(t, "role.txtar", "world.json",
			`{"caller": "arn:aws:sts::111122223333:assumed-role/app/i-0abc", "ses_page_size": 1, "control_plane_rate": 1}`)
		c := collect.New(inMemoryConfig(w), collect.Options{})
		began := time.Now()
		var all sync.WaitGroup
		for _, region := range []string{here, "us-east-1"} {
			for _, ask := range []func() error{
				func() error { _, err := c.Account(t.Context(), region); return err },
				func() error { _, err := c.Index(t.Context(), region); return err },
				func() error { _, err := c.Identity(t.Context(), region, "example.com"); return err },
				func() error { _, err := c.ConfigurationSet(t.Context(), region, "events"); return err },
			} {
				all.Go(func() {
					if err := ask(); err != nil {
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		// In eu-west-1 the index has two pages.
		if took := time.Since(began); took != 4*time.Second {
			t.Errorf("5 reads in one region and 4 in the other took %v, want 4s", took)
		}
		last := make(map[string]time.Time)
		for _, call := range w.Calls() {
			if gap := call.Time.Sub(last[call.Region]); gap < time.Second {
				t.Errorf("%s in %s came %v after the one before", call.Action, call.Region, gap)
			}
			last[call.Region] = call.Time
		}
	})
}

func TestTheFirstReadsOfManyProcessesSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := load(t, "role.txtar")
		began := time.Now()
		early := 0
		for range 40 {
			c := collect.New(inMemoryConfig(w), collect.Options{StartJitter: 10 * time.Second})
			start := time.Now()
			if _, err := c.Account(t.Context(), here); err != nil {
				t.Fatal(err)
			}
			switch waited := time.Since(start); {
			case waited >= 10*time.Second:
				t.Errorf("waited %v", waited)
			case waited < 5*time.Second:
				early++
			}
		}
		if early == 0 || early == 40 || time.Since(began) == 0 {
			t.Errorf("%d of 40 came in the first half", early)
		}
	})
}

func TestWhoeverIsNotServedInTimeGetsAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := load(t, "role.txtar")
		c := collect.New(inMemoryConfig(w), collect.Options{StartJitter: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := c.Account(ctx, here)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
		if n := len(w.Calls()); n != 0 {
			t.Errorf("%d calls", n)
		}
	})
}
