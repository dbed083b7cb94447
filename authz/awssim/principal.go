package awssim

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// principal is a role, user or group of IAM.
type principal struct {
	kind, name string
	Path       string            `json:"path"` // "/" without
	ID         string            `json:"id"`   // AROA…, AIDA…, AGPA…; made up from the name without
	Boundary   string            `json:"boundary"`
	Tags       map[string]string `json:"tags"`
	attached   []string          // ARNs of managed policies
	inline     map[string]string // documents by name
	groups     []string
}

func (s *state) principal(kind, name string) *principal {
	if s.principals[kind][name] == nil {
		s.principals[kind][name] = &principal{kind: kind, name: name, Path: "/", inline: map[string]string{}}
	}
	return s.principals[kind][name]
}

func (s *state) readRole(names []string, data []byte) error {
	return decodeStrict(data, s.principal("role", names[0]))
}

func (s *state) readUser(names []string, data []byte) error {
	return decodeStrict(data, s.principal("user", names[0]))
}

func (s *state) readGroup(names []string, data []byte) error {
	return decodeStrict(data, s.principal("group", names[0]))
}

func (s *state) readRoleAttachments(names []string, data []byte) error {
	return decodeJSON(data, &s.principal("role", names[0]).attached)
}

func (s *state) readUserAttachments(names []string, data []byte) error {
	return decodeJSON(data, &s.principal("user", names[0]).attached)
}

func (s *state) readGroupAttachments(names []string, data []byte) error {
	return decodeJSON(data, &s.principal("group", names[0]).attached)
}

func (s *state) readUserGroups(names []string, data []byte) error {
	return decodeJSON(data, &s.principal("user", names[0]).groups)
}

func (s *state) readRolePolicy(names []string, data []byte) error {
	return s.principal("role", names[0]).readPolicy(names[1], data)
}

func (s *state) readUserPolicy(names []string, data []byte) error {
	return s.principal("user", names[0]).readPolicy(names[1], data)
}

func (s *state) readGroupPolicy(names []string, data []byte) error {
	return s.principal("group", names[0]).readPolicy(names[1], data)
}

func (p *principal) readPolicy(name string, data []byte) (err error) {
	p.inline[name], err = document(data)
	return err
}

// document returns a policy as it was written. That it is JSON is all that is
// asked of it: what a policy means is nothing the simulator knows.
func document(data []byte) (string, error) {
	var object map[string]json.RawMessage
	err := decodeJSON(data, &object)
	return string(data), err
}

// readManagedPolicy files iam/policies/NAME.json as a policy of the account, with
// directories as its path, and iam/policies/aws/NAME.json as one of AWS's.
func (s *state) readManagedPolicy(names []string, data []byte) error {
	text, err := document(data)
	owner, stem := s.account, names[0]
	if after, ok := strings.CutPrefix(stem, "aws/"); ok {
		owner, stem = "aws", after
	}
	arn := fmt.Sprintf("arn:%s:iam::%s:policy/%s", s.partition, owner, stem)
	s.managed[arn] = &managedPolicy{arn: arn, name: path.Base(stem), path: path.Dir("/" + stem), first: 1, documents: []string{text}}
	return err
}

func (s *state) checkPrincipal(p *principal) []error {
	var errs []error
	dir := fmt.Sprintf("iam/%ss/%s", p.kind, p.name)
	if !strings.HasPrefix(p.Path, "/") || !strings.HasSuffix(p.Path, "/") {
		errs = append(errs, fmt.Errorf(`%s/%s.json: key "path": %q does not begin and end with a slash`, dir, p.kind, p.Path))
	}
	if p.Boundary != "" && s.managed[p.Boundary] == nil {
		errs = append(errs, fmt.Errorf("%s/%s.json: no file in iam/policies for the boundary %s", dir, p.kind, p.Boundary))
	}
	for _, arn := range p.attached {
		if s.managed[arn] == nil {
			errs = append(errs, fmt.Errorf("%s/attached.json: no file in iam/policies for %s", dir, arn))
		}
	}
	for _, group := range p.groups {
		if s.principals["group"][group] == nil {
			errs = append(errs, fmt.Errorf("%s/groups.json: no files in iam/groups/%s", dir, group))
		}
	}
	return errs
}

func (p *principal) inlineNames() []string {
	return slices.Sorted(maps.Keys(p.inline))
}

func (s *state) principalARN(p *principal) string {
	return s.arn("iam", "", p.kind+p.Path+p.name)
}

// principalID is the unique ID of a principal: the stated one or, as IDs look in
// IAM, four letters for the kind and sixteen more.
func (s *state) principalID(kind, name string) string {
	if p := s.principals[kind][name]; p != nil && p.ID != "" {
		return p.ID
	}
	prefix := map[string]string{"role": "AROA", "user": "AIDA", "group": "AGPA"}[kind]
	sum := sha256.Sum256([]byte(s.account + kind + name))
	return prefix + base32.StdEncoding.EncodeToString(sum[:10])
}

// managedPolicy is a managed policy with the versions it has had. IAM's versions
// never change: a new document is a new version.
type managedPolicy struct {
	arn, name, path string
	first           int // number of documents[0]
	documents       []string
}

func (m *managedPolicy) follow(before *managedPolicy) {
	text := m.documents[0]
	m.first, m.documents = before.first, slices.Clone(before.documents)
	if text == m.documents[len(m.documents)-1] {
		return
	}
	m.documents = append(m.documents, text)
	if len(m.documents) > 5 { // IAM keeps five
		m.first, m.documents = m.first+1, m.documents[1:]
	}
}

func (m *managedPolicy) defaultVersion() string {
	return fmt.Sprintf("v%d", m.first+len(m.documents)-1)
}

func (m *managedPolicy) version(id string) (text string, ok bool) {
	for i, text := range m.documents {
		if fmt.Sprintf("v%d", m.first+i) == id {
			return text, true
		}
	}
	return "", false
}
