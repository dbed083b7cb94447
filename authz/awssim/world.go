package awssim

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// World is one AWS account as the simulator plays it. It is safe for concurrent
// use. Its zero value has no files and is not usable: see [Load], [LoadTxtar]
// and [Demo].
type World struct {
	mu      sync.Mutex
	files   map[string][]byte
	state   *state // what files say; replaced, never changed
	traffic map[string]*traffic
	journal journal
}

func newWorld(files map[string][]byte) (*World, error) {
	s, err := read(files)
	if err != nil {
		return nil, err
	}
	return &World{files: files, state: s, traffic: map[string]*traffic{}}, nil
}

// Set puts a file into the world, as if the world had been loaded with it: a
// policy is mended, an identity verified, faults begin. What has happened so far
// is kept: captured mail, quotas used, faults already counted unless the file is
// faults.json. A managed policy gets a new version. A file with a mistake is
// refused and changes nothing.
func (w *World) Set(name, content string) error {
	return w.change(func(files map[string][]byte) error {
		files[name] = []byte(content)
		return nil
	})
}

// Remove takes a file out of the world; see [World.Set].
func (w *World) Remove(name string) error {
	return w.change(func(files map[string][]byte) error {
		if _, ok := files[name]; !ok {
			return fmt.Errorf("remove %s: the world has no such file", name)
		}
		delete(files, name)
		return nil
	})
}

func (w *World) change(edit func(files map[string][]byte) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	files := maps.Clone(w.files)
	if err := edit(files); err != nil {
		return err
	}
	next, err := read(files)
	if err != nil {
		return err
	}
	next.inherit(w.state)
	if bytes.Equal(files[faultsFile], w.files[faultsFile]) {
		next.faults = w.state.faults
	}
	w.files, w.state = files, next
	return nil
}

// Caller is the ARN that sts:GetCallerIdentity tells.
func (w *World) Caller() string { return w.current().Caller }

// Region is the world's home region.
func (w *World) Region() string { return w.current().Region }

// Regions are the regions that the world has SES files for, sorted. In every
// other region the account is as AWS leaves one that was never used: in the
// sandbox, without identities.
func (w *World) Regions() []string {
	return slices.Sorted(maps.Keys(w.current().regions))
}

func (w *World) current() *state {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// state is one reading of a world's files.
type state struct {
	settings
	partition, account string
	principals         map[string]map[string]*principal // by kind ("role", "user", "group") and name
	managed            map[string]*managedPolicy        // by ARN
	regions            map[string]*region
	member             string // the world's own account, whoever calls
	organization       *organization
	scps               map[string]string // service control policies by name
	simulations        []simulation
	refusals           []refusal
	faults             []*fault
}

// settings is world.json.
type settings struct {
	Region           string            `json:"region"`
	Caller           string            `json:"caller"`
	UserID           string            `json:"user_id"`
	Credentials      string            `json:"credentials"`
	AccessKeys       map[string]string `json:"access_keys"`
	Callers          map[string]string `json:"callers"`
	MaxClockSkew     duration          `json:"max_clock_skew"`
	ClockAhead       duration          `json:"clock_ahead"`
	ControlPlaneRate float64           `json:"control_plane_rate"`
	IAMPageSize      int               `json:"iam_page_size"`
	SESPageSize      int               `json:"ses_page_size"`
}

// duration is a [time.Duration] that files write like "5m".
type duration time.Duration

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = duration(parsed)
	return err
}

// region returns the SES of a region.
func (s *state) region(name string) *region {
	if r := s.regions[name]; r != nil {
		return r
	}
	return unusedRegion()
}

func (s *state) arn(service, region, resource string) string {
	return strings.Join([]string{"arn", s.partition, service, region, s.account, resource}, ":")
}

// inherit takes over what older files began: the version history of the managed
// policies that both have.
func (s *state) inherit(old *state) {
	for arn, policy := range s.managed {
		if before := old.managed[arn]; before != nil {
			policy.follow(before)
		}
	}
}
