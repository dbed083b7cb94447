package awssim_test

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"sesgate/authz/awssim"
)

// Each file of testdata/mistakes is a world with all the mistakes of one kind;
// want is every line of the error.
func TestEveryMistakeInAWorldIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/mistakes/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in testdata/mistakes (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			last := len(archive.Files) - 1
			want := archive.Files[last]
			if want.Name != "want" {
				t.Fatal("the last file is not want")
			}
			archive.Files = archive.Files[:last]
			_, err = awssim.LoadTxtar(txtar.Format(archive))
			if err == nil {
				t.Fatal("the world loads")
			}
			if diff := cmp.Diff(strings.TrimSpace(string(want.Data)), err.Error()); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAWorldOfNothingLoads(t *testing.T) {
	t.Parallel()
	w, err := awssim.Load(fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	if w.Region() != "eu-west-1" || w.Caller() != "arn:aws:sts::111122223333:assumed-role/app/i-0abc" || len(w.Regions()) != 0 {
		t.Errorf("got region %s, caller %s, regions %v", w.Region(), w.Caller(), w.Regions())
	}
}

func TestAWorldLoadsFromATree(t *testing.T) {
	t.Parallel()
	w, err := awssim.Load(fstest.MapFS{
		"world.json":                            {Data: []byte(`{"region": "us-west-2"}`)},
		"ses/us-west-2/identities/a@b.org.json": {Data: []byte(`{"verified": true}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"us-west-2"}, w.Regions()); diff != "" {
		t.Errorf("regions (-want +got):\n%s", diff)
	}
}

func TestAChangeWithAMistakeChangesNothing(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, open)
	if err := w.Set("ses/eu-west-1/identities/example.com.json", `{"verified": "yes"}`); err == nil {
		t.Error("a wrong type is taken")
	}
	if err := w.Remove("world.json"); err == nil {
		t.Error("a file that is not there is removed")
	}
	if _, err := w.send("", "a@example.com", "x@example.org"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAnIdentityIsVerifiedWhileTheWorldRuns(t *testing.T) {
	t.Parallel()
	w := serveTxtar(t, open)
	if _, err := w.send("", "a@new.example", "x@example.org"); err == nil {
		t.Fatal("sent unverified")
	}
	if err := w.Set("ses/eu-west-1/identities/new.example.json", `{"verified": true}`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.send("", "a@new.example", "x@example.org"); err != nil {
		t.Error(err)
	}
}
