package proxy

import (
	"net/netip"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// How many wrong passwords are taken: at once, and a minute after that. Those of
// one client under one name, so that one application with an old password does not
// lock out the others behind the same address; and those of one client in all.
const (
	wrongOfUser   = 10
	wrongOfClient = 60
	maxWatched    = 10_000 // clients, and clients with names, that are remembered
)

// failures limits wrong passwords. The zero value is ready, and safe for concurrent
// use.
type failures struct {
	mu       sync.Mutex
	limiters *lru.Cache[guesser, *rate.Limiter]
}

// guesser is who may guess no more: a client under a name, or a client.
type guesser struct{ client, name string }

// allow reports whether a client may try a password.
func (f *failures) allow(client, name string) bool {
	user, all := f.of(client, name)
	return user.Tokens() >= 1 && all.Tokens() >= 1
}

// count notes a wrong password. Guesses that were under way together are all
// counted, and what is too much of them is waited for.
func (f *failures) count(client, name string) {
	user, all := f.of(client, name)
	user.Reserve()
	all.Reserve()
}

func (f *failures) of(client, name string) (user, all *rate.Limiter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.limiters == nil {
		f.limiters, _ = lru.New[guesser, *rate.Limiter](maxWatched) // fails for a size of 0 only
	}
	client = network(client)
	return f.limiter(guesser{client, "user " + name}, wrongOfUser), f.limiter(guesser{client, ""}, wrongOfClient)
}

func (f *failures) limiter(g guesser, perMinute int) *rate.Limiter {
	l, ok := f.limiters.Get(g)
	if !ok {
		l = rate.NewLimiter(rate.Every(time.Minute/time.Duration(perMinute)), perMinute)
		f.limiters.Add(g, l)
	}
	return l
}

// network is the client's address; of IPv6 its /64, which is what one host gets.
func network(client string) string {
	addr, err := netip.ParseAddr(client)
	if err != nil || addr.Is4() {
		return client
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return client
	}
	return prefix.String()
}
