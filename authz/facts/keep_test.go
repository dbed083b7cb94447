package facts_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sesgate/authz/facts"
)

// mail is what a message asks.
var mail = facts.Query{Region: here, Senders: []string{"a@example.com"}}

// warnings collects what Keep and Restore say.
type warnings struct{ list []string }

func (w *warnings) warn(err error) { w.list = append(w.list, err.Error()) }

// run is one life of a process that keeps its facts in a file.
func run(t *testing.T, w *world, path string, see func(*facts.Snapshot, *facts.Cached)) []string {
	t.Helper()
	var said warnings
	c := facts.NewCached(w, facts.Options{})
	c.Restore(path, said.warn)
	c.Keep(path, said.warn)
	see(c.Snapshot(t.Context(), mail), c)
	c.Close()
	return said.list
}

func nothing(*facts.Snapshot, *facts.Cached) {}

func TestARestartNeitherWaitsNorReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "facts.yaml")
	synctest.Test(t, func(t *testing.T) {
		var before *facts.Snapshot
		if said := run(t, newWorld(), path, func(s *facts.Snapshot, _ *facts.Cached) { before = s }); len(said) > 0 {
			t.Fatal(said)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
			t.Fatalf("%v, mode %v", err, info.Mode())
		}
		time.Sleep(time.Minute)
		w := newWorld()
		w.caller.ARN = "arn:aws:sts::111122223333:assumed-role/app/another-task"
		said := run(t, w, path, func(s *facts.Snapshot, _ *facts.Cached) {
			if !s.Identities["example.com"].Value.VerifiedToSend || s.Principal.Value.Name != "app" || !s.ConfigurationSets["events"].Known() {
				t.Errorf("snapshot %+v", s)
			}
			if !s.Account.At.Equal(before.Account.At.Truncate(time.Second)) {
				t.Errorf("the account was read at %v, its file says %v", before.Account.At, s.Account.At)
			}
		})
		if diff := cmp.Diff(map[string]int{"Caller": 1, "Endpoint " + here: 1}, w.calls); diff != "" || len(said) > 0 {
			t.Errorf("%v; calls (-want +got):\n%s", said, diff)
		}
	})
}

func TestFactsOfBeforeAreNeverOlderThanTheyMayBe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "facts.yaml")
	synctest.Test(t, func(t *testing.T) {
		run(t, newWorld(), path, nothing)
		time.Sleep(30 * time.Minute)
		w := newWorld()
		w.accounts[here] = facts.Account{Sandbox: true}
		run(t, w, path, func(s *facts.Snapshot, c *facts.Cached) {
			if s.Account.Value.Sandbox || time.Since(s.Account.At) < 29*time.Minute {
				t.Errorf("waited for %+v", s.Account)
			}
			synctest.Wait()
			if s := c.Snapshot(t.Context(), mail); !s.Account.Value.Sandbox {
				t.Errorf("was not read again: %+v", s.Account)
			}
		})
		time.Sleep(2 * time.Hour)
		w = newWorld()
		run(t, w, path, nothing)
		if w.calls["Account "+here] != 1 || w.calls["Principal "+app.ARN] != 1 {
			t.Errorf("calls %v", w.calls)
		}
	})
}

func TestFactsOfAnotherPrincipalAreNotUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "facts.yaml")
	synctest.Test(t, func(t *testing.T) {
		run(t, newWorld(), path, nothing)
		w := newWorld()
		w.caller.ARN = "arn:aws:sts::111122223333:assumed-role/other/i-0abc"
		said := run(t, w, path, nothing)
		if len(said) != 1 || !strings.Contains(said[0], "is about another principal than "+w.caller.ARN) {
			t.Errorf("said %q", said)
		}
		if w.calls["Account "+here] != 1 {
			t.Errorf("calls %v", w.calls)
		}
		if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), w.caller.ARN) {
			t.Errorf("%v:\n%s", err, text)
		}
	})
}

func TestABrokenFileCostsAWarning(t *testing.T) {
	path := filepath.Join(t.TempDir(), "facts.yaml")
	synctest.Test(t, func(t *testing.T) {
		run(t, newWorld(), path, nothing)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"", "\x00\x01", string(whole[:len(whole)/2]), "{}", "version: 9", "hello", "version: 1\n# end\n", "version: 1\nregions: {eu-west-1: }\n# end\n", "caller: x\n# end\n"} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			said := run(t, newWorld(), path, func(s *facts.Snapshot, _ *facts.Cached) {
				if !s.Account.Known() || !s.Principal.Known() {
					t.Errorf("%q: snapshot %+v", text, s)
				}
			})
			if len(said) != 1 || !strings.HasPrefix(said[0], "what was known at the last stop is not used: ") {
				t.Errorf("%q: said %q", text, said)
			}
			if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), "identities:") {
				t.Errorf("%v: was not written anew:\n%s", err, text)
			}
		}
	})
}

func TestAFileThatCannotBeWrittenCostsAWarningOnceInAWhile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "facts.yaml")
	synctest.Test(t, func(t *testing.T) {
		said := run(t, newWorld(), path, func(_ *facts.Snapshot, c *facts.Cached) {
			for range 90 {
				time.Sleep(time.Minute)
				c.Snapshot(t.Context(), mail)
			}
		})
		if len(said) != 2 || !strings.Contains(said[0], "is not kept for the next start") {
			t.Errorf("said %q", said)
		}
	})
}

func TestNothingIsWrittenWhileNobodyIsKnown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "facts.yaml")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.errs["Caller"] = errThrottled
		run(t, w, path, nothing)
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a file is there: %v", err)
		}
	})
}
