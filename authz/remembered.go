package authz

import (
	"sync"
	"time"

	"sesgate/authz/facts"
)

// remembered keeps what is worked out of facts about principals, which change
// seldom and are asked for with every message. It is safe for concurrent use; its
// zero value is empty.
type remembered struct {
	mu    sync.RWMutex
	whose map[origin]*who
}

// origin is the facts that a who is made of: when each was read, and where what it
// points to is. Facts read again are others, whatever they say.
type origin struct {
	caller                  facts.Caller
	principal, organization time.Time // zero: not known
	policies                *facts.Policy
	boundary                *facts.Policy
	levels                  *facts.Level
	endpoint                bool // is known and public
}

// most is how many principals are kept: each route may have a role of its own, and
// facts that were read again leave their last who behind until there are too many.
const most = 64

// who returns what newWho makes of the snapshot.
func (r *remembered) who(snap *facts.Snapshot) *who {
	from := originOf(snap)
	r.mu.RLock()
	w, ok := r.whose[from]
	r.mu.RUnlock()
	if ok {
		return w
	}
	w = newWho(snap)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.whose == nil || len(r.whose) >= most {
		r.whose = make(map[origin]*who)
	}
	r.whose[from] = w
	return w
}

func originOf(snap *facts.Snapshot) origin {
	s := origin{
		policies: first(snap.Principal.Value.Policies),
		boundary: snap.Principal.Value.Boundary,
		levels:   first(snap.Organization.Value.Levels),
		endpoint: snap.Endpoint.Known() && !snap.Endpoint.Value.Private,
	}
	if snap.Caller.Known() {
		s.caller = snap.Caller.Value
	}
	if snap.Principal.Known() {
		s.principal = snap.Principal.At
	}
	if snap.Organization.Known() {
		s.organization = snap.Organization.At
	}
	return s
}

// first is where a list begins, which tells it from others; nil if it is empty.
func first[T any](list []T) *T {
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}
