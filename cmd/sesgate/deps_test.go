package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport says which of our packages and which foreign modules a package may
// import. The standard library is always allowed. Read it downwards: an arrow
// never points up. It is a statement of policy; do not change it to fix a build.
var mayImport = map[string][]string{
	"cmd/sesgate": {"sesgate/", "github.com/alecthomas/kong", "github.com/aws/", "go.uber.org/zap", "go.yaml.in/yaml/v3",
		"github.com/coreos/go-systemd/v22", "github.com/fsnotify/fsnotify"},
	"proxy/status": {"sesgate/proxy", "sesgate/authz", "sesgate/authz/diagnosis", "sesgate/authz/facts", "sesgate/cache"},
	"proxy/relay":  {"sesgate/proxy", "sesgate/authz", "github.com/aws/", "golang.org/x/time/rate"},
	"proxy": {"sesgate/proxy/guard", "sesgate/authz", "sesgate/authz/diagnosis", "sesgate/authz/facts",
		"github.com/emersion/go-smtp", "github.com/emersion/go-sasl", "github.com/pires/go-proxyproto", "github.com/oklog/ulid/v2", "go.uber.org/zap", "golang.org/x/net/idna",
		"github.com/hashicorp/golang-lru/v2", "golang.org/x/time/rate"},
	"proxy/users":     {"sesgate/proxy", "golang.org/x/crypto/"},
	"proxy/guard":     {},
	"authz":           {"sesgate/authz/facts", "sesgate/authz/policy", "sesgate/authz/diagnosis"},
	"authz/collect":   {"sesgate/authz/facts", "sesgate/authz/policy", "github.com/aws/", "golang.org/x/time/rate", "golang.org/x/sync/"},
	"authz/facts":     {"sesgate/authz/policy", "sesgate/cache", "go.yaml.in/yaml/v3", "golang.org/x/net/publicsuffix"},
	"authz/diagnosis": {},
	"authz/policy":    {},
	"authz/awssim":    {"golang.org/x/tools/txtar"},
	"cache":           {"github.com/hashicorp/golang-lru/v2"},
}

func TestArrowsBetweenPackagesPointDown(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, file := range sources(t) {
		dir := path.Dir(file)
		allowed, ok := mayImport[dir]
		if !ok {
			t.Errorf("%s: package %s is not in the table", file, dir)
			continue
		}
		seen[dir] = true
		for _, imported := range importsOf(t, file) {
			if !strings.Contains(strings.Split(imported, "/")[0], ".") && !strings.HasPrefix(imported, "sesgate/") {
				continue
			}
			if !slices.ContainsFunc(allowed, func(a string) bool {
				return imported == a || strings.HasSuffix(a, "/") && strings.HasPrefix(imported, a) || strings.HasPrefix(imported, a+"/") && !strings.HasPrefix(a, "sesgate/")
			}) {
				t.Errorf("%s imports %s, which %s may not", file, imported, dir)
			}
		}
	}
	for dir := range mayImport {
		if !seen[dir] {
			t.Errorf("package %s is in the table, but has no source", dir)
		}
	}
}

func TestEveryPackageHasAPackageComment(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for _, file := range sources(t) {
		dir := path.Dir(file)
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		documented[dir] = documented[dir] || f.Doc != nil
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("package %s has no package comment", dir)
		}
	}
}

// root is the module's, seen from this package.
const root = "../.."

// sources are the Go files of the module that are not tests, relative to root.
func sources(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, name)
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && rel != ".") {
			return fs.SkipDir
		}
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			files = append(files, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func importsOf(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	paths := make([]string, len(f.Imports))
	for i, spec := range f.Imports {
		paths[i], err = strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
	}
	return paths
}
