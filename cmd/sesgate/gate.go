package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
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

// openGates reads the files of every listener.
func openGates(cfg Config) ([]gate, error) {
	gates := make([]gate, len(cfg.Listeners))
	var errs []error
	for i, l := range cfg.Listeners {
		if l.TLS != "none" {
			gates[i].certificate = &certificate{certFile: l.CertFile, keyFile: l.KeyFile}
			if err := gates[i].certificate.load(); err != nil {
				errs = append(errs, fmt.Errorf("listeners[%d]: %w", i, err))
			}
		}
		if l.Users != "" {
			gates[i].users = &usersFile{path: l.Users}
			if err := gates[i].users.load(); err != nil {
				errs = append(errs, fmt.Errorf("listeners[%d]: %w", i, err))
			}
		}
	}
	if len(errs) > 0 {
		return nil, &problem{exitUsage, errors.Join(errs...)}
	}
	return gates, nil
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
func (c *certificate) load() error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("cert_file %s and key_file %s: %w", c.certFile, c.keyFile, err)
	}
	c.pair.Store(&pair)
	return nil
}

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
	path string
	list atomic.Pointer[users.List]
}

// load reads the file. On an error the users that were read before stay.
func (f *usersFile) load() error {
	src, err := os.ReadFile(f.path)
	if err != nil {
		return fmt.Errorf("users: %w", err)
	}
	list, err := users.Parse(src)
	if err != nil {
		return inFile(f.path, err)
	}
	f.list.Store(list)
	return nil
}

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
