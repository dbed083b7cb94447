package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
)

// sockets are those that systemd has opened for this process, by their names
// (FileDescriptorName= in systemd.socket(5)). They stay open, so that clients wait
// for the next process while this one ends.
type sockets map[string][]net.Listener

// inherit takes over the sockets of systemd. It is called once.
func inherit() (sockets, error) {
	given, err := activation.ListenersWithNames()
	if err != nil {
		return nil, fmt.Errorf("take the sockets of systemd: %w", err)
	}
	return given, nil
}

// open opens every listener, or none.
func (s sockets) open(cfg Config) ([]net.Listener, error) {
	var open []net.Listener
	var errs []error
	for i, l := range cfg.Listeners {
		listener, err := s.listen(cfg, l)
		if err != nil {
			errs = append(errs, fmt.Errorf("listeners[%d].address: %w", i, hint(err)))
			continue
		}
		open = append(open, listener)
	}
	if len(errs) > 0 {
		closeAll(open)
		return nil, errors.Join(errs...)
	}
	return open, nil
}

// listen opens one listener.
func (s sockets) listen(cfg Config, l Listener) (net.Listener, error) {
	name, ok := strings.CutPrefix(l.Address, "systemd:")
	if !ok {
		return listenOn(l)
	}
	if n := len(s[name]); n != 1 {
		return nil, fmt.Errorf("systemd has passed %d sockets of the name %q, not one (it has %q): name them by FileDescriptorName= in the socket units", n, name, slices.Sorted(maps.Keys(s)))
	}
	socket := s[name][0]
	if tcp, ok := socket.Addr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		l.Address += " (" + tcp.String() + ")"
		for _, err := range l.faults() {
			return nil, err
		}
		if cfg.AWS.Simulate != "" {
			return nil, fmt.Errorf("%q: with aws.simulate nothing is really sent, so only loopback is served", l.Address)
		}
	}
	return share(socket)
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		if l != nil {
			l.Close()
		}
	}
}

func listenOn(l Listener) (net.Listener, error) {
	path, ok := strings.CutPrefix(l.Address, "unix:")
	if !ok {
		return net.Listen("tcp", l.Address)
	}
	if err := makeRoom(path); err != nil {
		return nil, err
	}
	mode, err := fileMode(l.Mode)
	if err != nil {
		return nil, err
	}
	socket, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, mode); err != nil {
		socket.Close()
		return nil, err
	}
	return socket, nil
}

// makeRoom removes the socket that a killed process has left, and nothing else.
func makeRoom(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&os.ModeSocket == 0:
		return fmt.Errorf("%s is there already and is no socket: move it away, or choose another path", path)
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
		return fmt.Errorf("%s: another process listens there; stop it, or choose another path", path)
	}
	return os.Remove(path)
}

// hint adds what to do to errors that people meet when they start a server.
func hint(err error) error {
	switch {
	case strings.Contains(err.Error(), "address already in use"):
		return fmt.Errorf("%w: another process listens there; stop it, or choose another port", err)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w: ports below 1024 need privileges; choose one above, such as 2525", err)
	}
	return err
}
