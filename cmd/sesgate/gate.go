package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"go.uber.org/zap"

	"sesgate/proxy"
	"sesgate/proxy/users"
)

// gate is what the clients of a listener pass: its certificate and its users, each
// nil where the listener has none.
type gate struct {
	certificate *certificate
	users       *usersFile
}

// source is what stands in files that may change.
type source interface {
	// load reads the files. It reports whether they hold something else than before.
	load() (changed bool, err error)
	names() []string
}

// openGates reads the files of every listener. Those that a door has read already
// stay its own.
func openGates(cfg Config, doors []*door) ([]gate, error) {
	gates := make([]gate, len(cfg.Listeners))
	names := routeNames(cfg)
	var errs []error
	for i, l := range cfg.Listeners {
		gates[i] = known(l, names, doors)
		for _, f := range gates[i].files() {
			if _, err := f.load(); err != nil {
				errs = append(errs, inListener(i, err))
			}
		}
	}
	if len(errs) > 0 {
		return nil, &problem{exitUsage, errors.Join(errs...)}
	}
	return gates, nil
}

// known is the gate that the listener asks for, of what doors have already as far
// as they have it. Users who may name other routes are another file.
func known(l Listener, routes []string, doors []*door) gate {
	var g gate
	if l.TLS != "none" {
		g.certificate = &certificate{certFile: l.CertFile, keyFile: l.KeyFile}
	}
	if l.Users != "" {
		g.users = &usersFile{path: l.Users, routes: routes}
	}
	for _, d := range doors {
		if c := d.gate.certificate; c != nil && g.certificate != nil && slices.Equal(c.names(), g.certificate.names()) {
			g.certificate = c
		}
		if u := d.gate.users; u != nil && g.users != nil && u.path == g.users.path && slices.Equal(u.routes, routes) {
			g.users = u
		}
	}
	return g
}

// files are what the gate is read from.
func (g gate) files() []source {
	var list []source
	if g.certificate != nil {
		list = append(list, g.certificate)
	}
	if g.users != nil {
		list = append(list, g.users)
	}
	return list
}

// inListener puts a listener's place before each line of an error.
func inListener(i int, err error) error {
	var errs []error
	for line := range strings.Lines(err.Error()) {
		errs = append(errs, fmt.Errorf("listeners[%d].%s", i, strings.TrimSuffix(line, "\n")))
	}
	return errors.Join(errs...)
}

// equip gives a server what its clients meet.
func (g gate) equip(s *proxy.Server, l Listener) {
	s.LMTP = l.Protocol == "lmtp"
	s.Proxies = prefixes(l.ProxyProtocol)
	if g.certificate != nil {
		s.TLS = g.certificate.config()
		s.ImplicitTLS, s.RequireTLS = l.TLS == "implicit", l.RequireTLS
	}
	if g.users != nil {
		s.Users = g.users
	}
}

// warn says what about the files is better changed.
func (g gate) warn(log *zap.Logger) {
	var secret []string
	if g.certificate != nil {
		secret = append(secret, g.certificate.keyFile)
	}
	if g.users != nil {
		secret = append(secret, g.users.path)
	}
	for _, path := range secret {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o007 != 0 {
			log.Warn("every user of this machine may read or write the file: chmod o= it", zap.String("file", path))
		}
	}
}

// certificate is a certificate and its key, in files that may change.
type certificate struct {
	certFile, keyFile string
	pair              atomic.Pointer[tls.Certificate]
}

// load reads both files. On an error, as when only one of the two has been
// replaced yet, what was read before stays in use.
func (c *certificate) load() (changed bool, err error) {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return false, fmt.Errorf("cert_file %s, key_file %s: %w", c.certFile, c.keyFile, err)
	}
	old := c.pair.Swap(&pair)
	return old == nil || !bytes.Equal(old.Certificate[0], pair.Certificate[0]), nil
}

func (c *certificate) names() []string { return []string{c.certFile, c.keyFile} }

// config is for clients of today: TLS 1.2 and 1.3 (RFC 8996 ends the earlier ones),
// with Go's choice of ciphers.
func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.pair.Load(), nil },
	}
}

// usersFile is a users file that may change.
type usersFile struct {
	path   string
	routes []string // that its users may name
	text   []byte   // of the list; used by who loads it
	list   atomic.Pointer[users.List]
}

// load reads the file. On an error the users that were read before stay.
func (f *usersFile) load() (changed bool, err error) {
	text, err := os.ReadFile(f.path)
	if err != nil {
		return false, fmt.Errorf("users: %w", err)
	}
	if f.list.Load() != nil && bytes.Equal(text, f.text) {
		return false, nil
	}
	list, err := users.Parse(text)
	if err != nil {
		return false, inFile(f.path, err)
	}
	if err := f.astray(list); err != nil {
		return false, inFile(f.path, err)
	}
	f.text = text
	f.list.Store(list)
	return true, nil
}

// astray are the routes that users name and that are not there: their mail would go
// another way than was meant.
func (f *usersFile) astray(list *users.List) error {
	var errs []error
	for _, route := range list.Routes() {
		if !slices.Contains(f.routes, route) {
			errs = append(errs, fmt.Errorf("route=%s: no route has that name%s; give it to one in routes, or take it from the user", route, didYouMean(route, f.routes)))
		}
	}
	return errors.Join(errs...)
}

func (f *usersFile) names() []string { return []string{f.path} }

// Authenticate implements [proxy.Users].
func (f *usersFile) Authenticate(ctx context.Context, name, password string) (proxy.User, error) {
	return f.list.Load().Authenticate(ctx, name, password)
}

// Current implements [proxy.Users].
func (f *usersFile) Current(u proxy.User) (proxy.User, bool) { return f.list.Load().Current(u) }

// inFile puts a file's name before each line of an error.
func inFile(path string, err error) error {
	var errs []error
	for line := range strings.Lines(err.Error()) {
		errs = append(errs, fmt.Errorf("users: %s %s", path, strings.TrimSuffix(line, "\n")))
	}
	return errors.Join(errs...)
}
