package awssim

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// Load reads a world from a tree of files, laid out as the package comment says.
// Every mistake is reported at once, each naming its file.
func Load(fsys fs.FS) (*World, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[name], err = fs.ReadFile(fsys, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read world: %w", err)
	}
	return newWorld(files)
}

// LoadTxtar is [Load] for a txtar archive, as tests and stories have them.
func LoadTxtar(data []byte) (*World, error) {
	files := map[string][]byte{}
	var errs []error
	for _, file := range txtar.Parse(data).Files {
		if _, ok := files[file.Name]; ok {
			errs = append(errs, fmt.Errorf("%s: is in the archive twice", file.Name))
		}
		files[file.Name] = file.Data
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return newWorld(files)
}

const faultsFile = "faults.json"

// layout is what a world's files are. In a pattern * stands for one name, ** for
// one or more directories' worth.
var layout = []struct {
	pattern string
	read    func(s *state, names []string, data []byte) error
}{
	{"README.md", func(*state, []string, []byte) error { return nil }},
	{"world.json", (*state).readSettings},
	{"refusals.json", (*state).readRefusals},
	{faultsFile, (*state).readFaults},
	{"organizations/organization.json", (*state).readOrganization},
	{"organizations/policies/*.json", (*state).readSCP},
	{"iam/simulations.json", (*state).readSimulations},
	{"iam/roles/*/role.json", (*state).readRole},
	{"iam/roles/*/attached.json", (*state).readRoleAttachments},
	{"iam/roles/*/inline/*.json", (*state).readRolePolicy},
	{"iam/users/*/user.json", (*state).readUser},
	{"iam/users/*/attached.json", (*state).readUserAttachments},
	{"iam/users/*/groups.json", (*state).readUserGroups},
	{"iam/users/*/inline/*.json", (*state).readUserPolicy},
	{"iam/groups/*/group.json", (*state).readGroup},
	{"iam/groups/*/attached.json", (*state).readGroupAttachments},
	{"iam/groups/*/inline/*.json", (*state).readGroupPolicy},
	{"iam/policies/**.json", (*state).readManagedPolicy},
	{"ses/*/account.json", (*state).readAccount},
	{"ses/*/identities/*.json", (*state).readIdentity},
	{"ses/*/identities/*/policies/*.json", (*state).readIdentityPolicy},
	{"ses/*/configuration-sets/*.json", (*state).readConfigurationSet},
	{"ses/*/tenants/*.json", (*state).readTenant},
	{"ses/*/endpoints/*.json", (*state).readEndpoint},
	{"ses/*/suppressed.json", (*state).readSuppressed},
}

// read makes a state of files.
func read(files map[string][]byte) (*state, error) {
	s := &state{
		settings: settings{Region: "eu-west-1", Caller: "arn:aws:sts::111122223333:assumed-role/app/i-0abc", Credentials: "valid"},
		principals: map[string]map[string]*principal{
			"role": {}, "user": {}, "group": {},
		},
		managed: map[string]*managedPolicy{},
		regions: map[string]*region{},
		scps:    map[string]string{},
	}
	var errs []error
	note := func(name string, err error) {
		for _, err := range flatten(err) {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	// The account of every ARN below stands in world.json.
	if data, ok := files["world.json"]; ok {
		note("world.json", s.readSettings(nil, data))
	}
	note("world.json", s.checkSettings())
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name != "world.json" {
			note(name, s.readFile(name, files[name]))
		}
	}
	if len(errs) == 0 {
		errs = s.check()
	}
	return s, errors.Join(errs...)
}

func (s *state) readFile(name string, data []byte) error {
	for _, kind := range layout {
		names, ok := match(kind.pattern, name)
		switch {
		case !ok:
			continue
		case strings.HasPrefix(kind.pattern, "ses/") && !regionName(names[0]):
			return fmt.Errorf("%q is not the name of a region", names[0])
		}
		return kind.read(s, names, data)
	}
	return errors.New("a world has no such file")
}

// match returns the names that the stars of a pattern stand for.
func match(pattern, name string) ([]string, bool) {
	if before, after, ok := strings.Cut(pattern, "**"); ok {
		stem, ok := strings.CutPrefix(strings.TrimSuffix(name, after), before)
		return []string{stem}, ok && strings.HasSuffix(name, after) && clean(stem)
	}
	want, got := strings.Split(pattern, "/"), strings.Split(name, "/")
	if len(want) != len(got) {
		return nil, false
	}
	var names []string
	for i, part := range want {
		before, after, star := strings.Cut(part, "*")
		stem, ok := strings.CutPrefix(got[i], before)
		if !ok || !strings.HasSuffix(stem, after) {
			return nil, false
		}
		stem = strings.TrimSuffix(stem, after)
		if star != (stem != "") {
			return nil, false
		}
		if star {
			names = append(names, stem)
		}
	}
	return names, true
}

func clean(name string) bool {
	return name != "" && path.Clean("/"+name) == "/"+name
}

func flatten(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var errs []error
		for _, err := range joined.Unwrap() {
			errs = append(errs, flatten(err)...)
		}
		return errs
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// check finds mistakes that lie between files.
func (s *state) check() []error {
	var errs []error
	for _, kind := range []string{"role", "user", "group"} {
		for _, name := range slices.Sorted(maps.Keys(s.principals[kind])) {
			errs = append(errs, s.checkPrincipal(s.principals[kind][name])...)
		}
	}
	errs = append(errs, s.checkOrganization()...)
	for _, region := range slices.Sorted(maps.Keys(s.regions)) {
		s.regions[region].account.setQuota()
		for name, policies := range s.regions[region].policies {
			if s.regions[region].identities[name] == nil {
				errs = append(errs, fmt.Errorf("ses/%s/identities/%s: %d policies, but no file %s.json", region, name, len(policies), name))
			}
		}
	}
	return errs
}
