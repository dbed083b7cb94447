// Package users holds who may send mail by a password: the users file, and the
// check of a password against it.
//
// The file has a line for each user: name and hash with a colon between, as
// htpasswd -B writes them, then the senders that the user may send as, and
// perhaps the route of its mail. A user without senders may send as anybody.
//
//	# name:hash                     senders                        route
//	shop:$2y$11$N9qo8uLOickgx2...   shop@example.com example.org   route=bulk
package users

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"sync/atomic"

	"sesgate/proxy"
)

// List is the users of a file, made by [Parse]. It is safe for concurrent use.
type List struct {
	users map[string]*user
	order []*user       // as in the file
	slots chan struct{} // hashes are slow on purpose: so many are computed at a time
	key   [32]byte      // of remembered passwords, made by chance
}

// slots is how many passwords are checked at a time: an argon2id hash may need a
// good part of a small container's memory.
const slots = 2

type user struct {
	proxy.User
	line int
	hash hash
	// last is the keyed digest of the password that matched last, so that a client
	// which connects for every message costs one slow hash, not one each time.
	last atomic.Pointer[[sha256.Size]byte]
}

// Parse reads a users file. Every mistake is in the error, a line each, with its
// line; no error shows a hash, which could be a password put there by mistake.
func Parse(src []byte) (*List, error) {
	l := &List{users: map[string]*user{}, slots: make(chan struct{}, slots)}
	rand.Read(l.key[:])
	var mistakes []error
	number := 0
	for line := range bytes.Lines(src) {
		number++
		if err := l.add(number, string(line)); err != nil {
			mistakes = append(mistakes, fmt.Errorf("line %d: %w", number, err))
		}
	}
	if len(mistakes) == 0 && len(l.users) == 0 {
		mistakes = append(mistakes, errors.New("there is no user in it, so nobody could send: sesgate hash makes the line of one"))
	}
	return l, errors.Join(mistakes...)
}

// add reads one line.
func (l *List) add(number int, line string) error {
	fields := strings.Fields(line)
	if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
		return nil
	}
	u, err := parse(fields)
	if err != nil {
		return err
	}
	if earlier := l.users[u.Name]; earlier != nil {
		return fmt.Errorf("the user %q is on line %d, too", u.Name, earlier.line)
	}
	u.line = number
	l.users[u.Name] = u
	l.order = append(l.order, u)
	return nil
}

// Authenticate implements [proxy.Users]. It takes as long for a name that is not
// in the file as for one that is.
func (l *List) Authenticate(ctx context.Context, name, password string) (proxy.User, error) {
	u, known := l.users[name]
	if !known {
		u = l.decoy(name)
	}
	digest := l.digest(password)
	if known && u.remembers(digest) {
		return u.User, nil
	}
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return proxy.User{}, ctx.Err()
	}
	if matches := u.hash.matches(password); !known || !matches {
		return proxy.User{}, proxy.ErrPassword
	}
	u.last.Store(&digest)
	return u.User, nil
}

// Current implements [proxy.Users].
func (l *List) Current(u proxy.User) (proxy.User, bool) {
	now, ok := l.users[u.Name]
	if !ok || now.Hash != u.Hash {
		return proxy.User{}, false
	}
	return now.User, true
}

// Routes are the routes that users name.
func (l *List) Routes() []string {
	var names []string
	for _, u := range l.order {
		if u.Route != "" {
			names = append(names, u.Route)
		}
	}
	return names
}

// decoy is the user whose hash stands in for that of a name that nobody has:
// always the same one, so that the time that it takes tells nothing.
func (l *List) decoy(name string) *user {
	h := fnv.New32a()
	h.Write(l.key[:])
	h.Write([]byte(name))
	return l.order[h.Sum32()%uint32(len(l.order))]
}

func (l *List) digest(password string) [sha256.Size]byte {
	mac := hmac.New(sha256.New, l.key[:])
	mac.Write([]byte(password))
	return [sha256.Size]byte(mac.Sum(nil))
}

func (u *user) remembers(digest [sha256.Size]byte) bool {
	last := u.last.Load()
	return last != nil && hmac.Equal(last[:], digest[:])
}
