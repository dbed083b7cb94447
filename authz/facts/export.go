package facts

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// version is that of the file's format.
const version = 1

// Export makes the file that holds what snapshots know, by the role of the route
// that they were gathered for, "" for none. region is the one in which mail is sent
// if nothing else is said. Of a fact that is in several snapshots the one read last
// is held.
func Export(region string, at time.Time, gathered map[string][]*Snapshot) *File {
	f := &File{doc: document{Version: version, Written: second(at), Region: region}}
	f.part = part{"the export", &f.doc.held}
	for role, snapshots := range gathered {
		h := &f.doc.held
		if role != "" {
			h = &held{}
			if f.doc.Roles == nil {
				f.doc.Roles = make(map[string]*held)
			}
			f.doc.Roles[role] = h
		}
		for _, s := range snapshots {
			h.add(s)
		}
	}
	return f
}

// add takes in what a snapshot knows.
func (h *held) add(s *Snapshot) {
	if s.Caller.Value.ARN != "" {
		keep(&h.Caller, s.Caller)
	}
	keep(&h.Principal, s.Principal)
	if s.Caller.Known() {
		keepNamed(&h.Organizations, s.Caller.Value.Account, s.Organization)
	}
	if s.Region == "" {
		return // it is about no region
	}
	h.in(s.Region).add(s)
}

func (r *region) add(s *Snapshot) {
	keep(&r.Endpoint, s.Endpoint)
	keep(&r.Account, s.Account)
	keep(&r.Index, s.Index)
	for name, f := range s.Identities {
		if f.Value.Listed || !f.Value.Exists && s.Index.Known() {
			continue // the index says as much
		}
		if !strings.HasPrefix(name, "arn:") {
			name = f.Value.Name
		}
		keepNamed(&r.Identities, name, f)
	}
	for name, f := range s.ConfigurationSets {
		keepNamed(&r.ConfigurationSets, name, f)
	}
	keepNamed(&r.Tenants, s.Tenant.Value.Name, s.Tenant)
	keepNamed(&r.GlobalEndpoints, s.GlobalEndpoint.Value.ID, s.GlobalEndpoint)
}

// keep holds a fact that is known and not older than the one held.
func keep[T any](at **dated[T], f Fact[T]) {
	if f.Known() && (*at == nil || !f.At.Before((*at).Read)) {
		*at = &dated[T]{Read: second(f.At), Value: f.Value}
	}
}

func keepNamed[T any](facts *map[string]*dated[T], name string, f Fact[T]) {
	if !f.Known() {
		return
	}
	if *facts == nil {
		*facts = make(map[string]*dated[T])
	}
	held := (*facts)[name]
	keep(&held, f)
	(*facts)[name] = held
}

// second is a time as people read it.
func second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// Save writes the file for its owner alone to read, all of it or nothing.
func (f *File) Save(path string) error {
	text, err := f.Text()
	if err != nil {
		return err
	}
	return replace(path, text)
}

// replace puts a new file in the place of an old one.
func replace(path string, text []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), ".sesgate-*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // it is gone if all went well
	_, err = temp.Write(text)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}

const head = `# What sesgate knows about AWS, for check --facts and serve --facts. It may be edited,
# and parts may be left out: what is missing is asked of AWS, or counts as unknown.
# A policy's document is JSON as AWS shows it, as text or as YAML.
`

// Text returns the file as YAML that [Load] reads back. The same facts give the
// same text.
func (f *File) Text() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(head)
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(&f.doc); err != nil {
		return nil, err
	}
	return b.Bytes(), enc.Close()
}
