package proxy

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/emersion/go-sasl"

	"sesgate/authz/diagnosis"
)

// Users says who may send mail by a password. It is safe for concurrent use.
type Users interface {
	// Authenticate returns the user of that name and password, or ErrPassword; another
	// error says that it cannot be told now.
	Authenticate(ctx context.Context, name, password string) (User, error)
	// Current returns the user as it is now, or false if it is gone or has another
	// password.
	Current(u User) (User, bool)
}

// ErrPassword says that there is no user of that name and password.
var ErrPassword = errors.New("user name or password is wrong")

// User is somebody who may send mail.
type User struct {
	Name       string
	Hash       string  // of the password
	Senders    Senders // whom the user may send as, if it is restricted
	Restricted bool
	Route      string // by which its mail goes; "" leaves it to the sender
}

// maySendAs reports whether a user may send as the address.
func (u User) maySendAs(address string) bool { return !u.Restricted || u.Senders.Has(address) }

// The replies about AUTH. Codes are those of RFC 4954 sections 4 and 6.
var (
	needAuth      = fixed(530, 5, 7, 0, "authentication is needed: set user name and password in the application")
	lateAuth      = fixed(503, 5, 5, 1, "AUTH comes before MAIL: send RSET first")
	twiceAuth     = fixed(503, 5, 5, 1, "authenticated already: connect again to change the user")
	badAuth       = fixed(501, 5, 5, 2, "the answer to AUTH cannot be read: it is base64, of name and password for PLAIN")
	bareAuth      = fixed(501, 5, 5, 4, "AUTH needs a mechanism: PLAIN or LOGIN")
	unknownAuth   = fixed(504, 5, 5, 4, "mechanisms are PLAIN and LOGIN")
	clearAuth     = fixed(538, 5, 7, 11, "a password is taken under TLS only: turn TLS on in the application")
	cancelledAuth = fixed(501, 5, 7, 0, "authentication was cancelled")
	authenticated = fixed(235, 2, 7, 0, "authenticated")
	busyAuth      = fixed(454, 4, 7, 0, "passwords cannot be checked now: try again later")
	staleUser     = fixed(421, 4, 7, 0, "the user is gone or has another password: connect again")
	tooManyAuth   = fixed(421, 4, 7, 0, "too many wrong passwords: try again in a minute")
)

// authLines are what the library says of AUTH by itself.
var authLines = map[string]*reply{
	"235 2.0.0 Authentication succeeded": authenticated,
	"503 5.5.1 Already authenticated":    twiceAuth,
	"454 4.7.0 Invalid base64 data":      badAuth,
	"501 5.0.0 Negotiation cancelled":    cancelledAuth,
	"502 5.5.4 Missing parameter":        bareAuth,
}

const (
	maxWrong   = 3                // passwords of a connection that are wrong
	wrongDelay = time.Second      // before a client is told so
	authWait   = 10 * time.Second // for passwords of others to be checked
	maxUser    = 100              // octets of a name that events have
)

// authLine is what is said instead of a line of the library's.
func (s *session) authLine(text string) *reply {
	if r := authLines[text]; r != bareAuth {
		return r
	}
	if r := s.mayAuthenticate(); r != nil {
		return r
	}
	return bareAuth
}

// AuthMechanisms implements go-smtp's AuthSession: what EHLO offers.
func (s *session) AuthMechanisms() []string {
	if !s.takesPasswords() {
		return nil
	}
	return []string{sasl.Plain, sasl.Login}
}

// takesPasswords reports whether a password can be told here without others
// hearing it.
func (s *session) takesPasswords() bool { return s.run.Users != nil && (s.conn.Secure() || s.private) }

// Auth implements go-smtp's AuthSession: it begins an AUTH command.
func (s *session) Auth(mechanism string) (sasl.Server, error) {
	var server sasl.Server
	switch mechanism {
	case sasl.Plain:
		server = plainServer{s}
	case sasl.Login:
		server = &loginServer{session: s}
	}
	if r := s.mayAuthenticate(); r != nil {
		return nil, r.error()
	}
	if server == nil {
		return nil, unknownAuth.error()
	}
	return server, nil
}

// mayAuthenticate says why no password is taken now, or nil.
func (s *session) mayAuthenticate() *reply {
	if s.underway() {
		return lateAuth
	}
	s.renew()
	switch {
	case !s.greeted:
		return noHello
	case s.run.Users == nil:
		return noPassword
	case !s.takesPasswords():
		return clearAuth
	}
	return nil
}

// authenticate looks whether a password is a user's.
func (s *session) authenticate(name, password string) error {
	if !s.run.failures.allow(s.client, name) {
		s.conn.End()
		return s.refuseAuth(name, tooManyAuth, "too many wrong passwords before")
	}
	ctx, cancel := context.WithTimeout(s.run.ctx, authWait)
	defer cancel()
	user, err := s.run.Users.Authenticate(ctx, name, password)
	switch {
	case errors.Is(err, ErrPassword):
		return s.wrong(name, "the user name or the password is wrong")
	case err != nil:
		return busyAuth.error()
	}
	s.user = &user
	return nil
}

// wrong refuses a password, late enough that guessing takes time, and the last
// time for good.
func (s *session) wrong(name, why string) error {
	s.run.failures.count(s.client, name)
	wait := time.NewTimer(wrongDelay)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-s.run.ctx.Done():
	}
	if s.failed++; s.failed >= maxWrong {
		s.conn.End()
		return s.refuseAuth(name, tooManyAuth, why)
	}
	return s.refuseAuth(name, nil, why)
}

// refuseAuth says no to an AUTH command, which is an event: nothing tells more of
// a client that sends no mail.
func (s *session) refuseAuth(name string, status *reply, why string) error {
	tx := s.begin("")
	tx.event.User = diagnosis.Clean(name, maxUser)
	f := diagnosis.New(diagnosis.AuthFailed)
	f.Title = why
	r := s.refuse(tx, refusal{findings: []diagnosis.Finding{f}, status: status})
	return s.end(tx, r).error()
}

// identify says why nobody may begin a transaction here, or nil. A user that is
// gone, or has a new password, is no user any more.
func (s *session) identify() *reply {
	if s.run.Users == nil {
		s.user = nil
		return nil
	}
	if s.user == nil {
		return needAuth
	}
	user, ok := s.run.Users.Current(*s.user)
	if !ok {
		s.conn.End()
		return staleUser
	}
	s.user = &user
	return nil
}

// plainServer speaks PLAIN (RFC 4616).
type plainServer struct{ *session }

func (p plainServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil {
		return nil, false, nil
	}
	parts := strings.Split(string(response), "\x00")
	if len(parts) != 3 {
		return nil, true, badAuth.error()
	}
	identity, name, password := parts[0], parts[1], parts[2]
	if identity != "" && identity != name { // to act as somebody else is not for anybody here
		return nil, true, p.wrong(name, "the authorization identity is another user's")
	}
	return nil, true, p.authenticate(name, password)
}

// loginServer speaks LOGIN (draft-murchison-sasl-login), which is older than SASL
// and all that some clients speak.
type loginServer struct {
	*session
	name *string
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case response == nil:
		return []byte("Username:"), false, nil
	case l.name == nil:
		name := strings.TrimSuffix(string(response), "\x00")
		l.name = &name
		return []byte("Password:"), false, nil
	}
	return nil, true, l.authenticate(*l.name, string(response))
}
