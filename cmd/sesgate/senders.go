package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"sesgate/authz"
	"sesgate/authz/facts"
	"sesgate/proxy"
	"sesgate/proxy/status"
)

const (
	shownSenders = 50                     // identities on the page
	judgedFor    = time.Minute            // how long a verdict on the page stands
	glance       = 300 * time.Millisecond // how long the page waits for facts
	simulator    = "success@simulator.amazonses.com"
)

// senders works out what the page shows of the account and its identities. Looking
// at the page must not take from mail the one read a second that SES allows: a
// look judges one identity anew, in a simulation all. It is safe for concurrent
// use.
type senders struct {
	way       func() *way // that mail of no route goes by
	simulated bool

	mu     sync.Mutex
	used   map[string]string // by identity, the last address that sent as it
	judged map[string]status.Sender
}

func newSenders(w func() *way, simulated bool) *senders {
	return &senders{way: w, simulated: simulated, used: map[string]string{}, judged: map[string]status.Sender{}}
}

// Record notes who sends, so that an identity is judged by a real address.
func (s *senders) Record(e proxy.Event) {
	if e.Identity == "" || e.HeaderFrom == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.used[e.Identity]; known || len(s.used) < 10*shownSenders {
		s.used[e.Identity] = strings.Clone(e.HeaderFrom)
	}
}

// state is what is known now.
func (s *senders) state() status.State {
	ctx, cancel := context.WithTimeout(context.Background(), glance)
	defer cancel()
	way := s.way()
	snap := way.known.Snapshot(ctx, facts.Query{Region: way.region})
	entries := s.inOrder(snap.Index.Value.Identities)
	shown := entries[:min(len(entries), shownSenders)]
	state := status.State{Account: snap.Account, More: len(entries) - len(shown)}
	for _, e := range s.due(shown) {
		s.judge(e)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range shown {
		one := s.judged[e.Name]
		one.Identity, one.Status, one.As = e.Name, e.Status, s.address(e.Name)
		state.Senders = append(state.Senders, one)
	}
	return state
}

// inOrder lists the identities that mail is sent as first.
func (s *senders) inOrder(entries []facts.IndexEntry) []facts.IndexEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, func(a, b facts.IndexEntry) int { return s.unused(a.Name) - s.unused(b.Name) })
	return sorted
}

func (s *senders) unused(name string) int {
	if _, used := s.used[name]; used {
		return 0
	}
	return 1
}

// due are the identities to judge anew: the one that was judged longest ago.
func (s *senders) due(entries []facts.IndexEntry) []facts.IndexEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	due := slices.DeleteFunc(slices.Clone(entries), func(e facts.IndexEntry) bool {
		return time.Since(s.judged[e.Name].Judged) < judgedFor
	})
	if s.simulated || len(due) == 0 {
		return due
	}
	return []facts.IndexEntry{slices.MinFunc(due, func(a, b facts.IndexEntry) int {
		return s.judged[a.Name].Judged.Compare(s.judged[b.Name].Judged)
	})}
}

func (s *senders) judge(e facts.IndexEntry) {
	ctx, cancel := context.WithTimeout(context.Background(), glance)
	defer cancel()
	s.mu.Lock()
	from := s.address(e.Name)
	s.mu.Unlock()
	v := s.way().Check(ctx, authz.Request{MailFrom: from, Recipients: []string{simulator}, Header: &authz.Header{From: from}})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.judged[e.Name] = status.Sender{Judged: time.Now(), Verdict: v}
}

// address is one that sends as the identity.
func (s *senders) address(identity string) string {
	switch from, used := s.used[identity]; {
	case used:
		return from
	case strings.Contains(identity, "@"):
		return identity
	}
	return "postmaster@" + identity
}
