package users

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"sesgate/proxy"
)

func TestWrongFilesSayWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.bad.users")
	if err != nil || len(files) == 0 {
		t.Fatalf("no wrong files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Parse(src)
			if err == nil {
				t.Fatal("accepted")
			}
			wants := regexp.MustCompile(`(?m)^# want: (.*)$`).FindAllStringSubmatch(string(src), -1)
			got := strings.Split(err.Error(), "\n")
			if len(got) != len(wants) {
				t.Fatalf("got %d mistakes, want %d:\n%s", len(got), len(wants), err)
			}
			for i, want := range wants {
				if !strings.HasPrefix(got[i], want[1]) {
					t.Errorf("got  %s\nwant %s", got[i], want[1])
				}
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("a mistake shows what may be a password:\n%s", err)
			}
		})
	}
}

// argonHash is of "correct horse battery staple", and costs little.
const argonHash = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$slnZ5u0fmwepU+Gf4r30joStPYm2BSkxLhpXmonHhyE"

// mustParse reads the good file with real, but cheap, hashes.
func mustParse(t testing.TB) *List {
	t.Helper()
	src, err := os.ReadFile("testdata/good.users")
	if err != nil {
		t.Fatal(err)
	}
	cheap, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	l, err := Parse([]byte(strings.NewReplacer("BCRYPT", string(cheap), "ARGON", argonHash).Replace(string(src))))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	l := mustParse(t)
	for _, c := range []struct {
		name, password string
		want           error
	}{
		{"shop", "secret", nil},
		{"shop", "secret", nil}, // remembered
		{"shop", "Secret", proxy.ErrPassword},
		{"shop", "", proxy.ErrPassword},
		{"Shop", "secret", proxy.ErrPassword},
		{"nobody", "secret", proxy.ErrPassword},
		{"", "", proxy.ErrPassword},
		{"ci@example.com", "correct horse battery staple", nil},
		{"ci@example.com", "correct horse battery stapl", proxy.ErrPassword},
		{"any", strings.Repeat("x", 2000), proxy.ErrPassword},
	} {
		u, err := l.Authenticate(context.Background(), c.name, c.password)
		if !errors.Is(err, c.want) || err == nil && u.Name != c.name {
			t.Errorf("%q, %.20q: user %q, error %v, want %v", c.name, c.password, u.Name, err, c.want)
		}
	}
}

func TestWhatALineSays(t *testing.T) {
	t.Parallel()
	l := mustParse(t)
	shop, _ := l.Authenticate(context.Background(), "shop", "secret")
	if !shop.Restricted || shop.Route != "bulk" || !shop.Senders.Has("x@eu.example.org") || shop.Senders.Has("x@example.com") {
		t.Errorf("shop is %+v", shop)
	}
	if any, _ := l.Authenticate(context.Background(), "any", "secret"); any.Restricted {
		t.Errorf("any is %+v", any)
	}
}

func TestAUserIsCurrentAsLongAsItsPassword(t *testing.T) {
	t.Parallel()
	before, after := mustParse(t), mustParse(t) // other salts, as after a change of password
	shop, _ := before.Authenticate(context.Background(), "shop", "secret")
	ci, _ := before.Authenticate(context.Background(), "ci@example.com", "correct horse battery staple")
	if _, ok := before.Current(shop); !ok {
		t.Error("shop is not current in its own list")
	}
	if _, ok := after.Current(shop); ok {
		t.Error("shop has another hash, and is current")
	}
	if _, ok := after.Current(ci); !ok {
		t.Error("ci has the same hash, and is not current")
	}
}

func TestAPasswordThatCannotBeCheckedInTimeIsNoWrongOne(t *testing.T) {
	t.Parallel()
	l := mustParse(t)
	for range slots {
		l.slots <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, err := l.Authenticate(ctx, "shop", "secret"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestHashesAreThoseThatAreRead(t *testing.T) {
	t.Parallel()
	text, err := Hash("secret")
	if err != nil {
		t.Fatal(err)
	}
	h, err := parseHash(text)
	if err != nil || !h.matches("secret") || h.matches("secre") {
		t.Errorf("%s: %v", text, err)
	}
	for _, bad := range []string{"", "a\x00b", strings.Repeat("x", 73)} {
		if _, err := Hash(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// BenchmarkAuthenticate compares what takes as long for names in the file as for
// others: the ratio of the first two is 1.
func BenchmarkAuthenticate(b *testing.B) {
	hash, err := Hash("secret")
	if err != nil {
		b.Fatal(err)
	}
	l, err := Parse([]byte("shop:" + hash + "\n"))
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ what, name, password string }{
		{"wrong", "shop", "guess"}, {"unknown", "nobody", "guess"}, {"remembered", "shop", "secret"},
	} {
		b.Run(c.what, func(b *testing.B) {
			l.Authenticate(context.Background(), c.name, c.password)
			for b.Loop() {
				l.Authenticate(context.Background(), c.name, c.password)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.users")
	for _, file := range files {
		if src, err := os.ReadFile(file); err == nil {
			f.Add(src)
		}
	}
	f.Add([]byte("a:" + argonHash + "\na:" + argonHash + " x@y.example *\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		l, err := Parse(src)
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Error("a mistake without words")
			}
			return
		}
		for name, u := range l.users {
			if name == "" || u.hash == nil || u.Name != name {
				t.Errorf("user %q is %+v", name, u)
			}
		}
	})
}
