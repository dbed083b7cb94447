package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"reflect"
	"time"

	"sesgate/proxy"
)

// door is a listener at work.
type door struct {
	settings Listener
	host     string        // what the server calls itself
	grace    time.Duration // for clients in the end
	gate     gate
	socket   net.Listener
	server   *proxy.Server
	close    context.CancelFunc // stops accepting; clients finish what they do
	closed   chan struct{}      // once the last has
}

// door makes a listener's server.
func (s *service) door(cfg Config, l Listener, back *backend, g gate) *door {
	srv := server(l, cfg, back.cloud, back.check, back.ways, s.memory, s.log, s.recorders)
	g.equip(srv, l)
	return &door{settings: l, host: hostname(cfg), grace: cfg.Shutdown.Grace, gate: g, server: srv}
}

// open has a server serve the door's socket until ctx ends or the door is closed.
func (s *service) open(ctx context.Context, d *door) {
	ctx, d.close = context.WithCancel(ctx)
	d.closed = make(chan struct{})
	s.running.Go(func() {
		defer close(d.closed)
		defer d.close()
		if err := d.server.Serve(ctx, d.socket); err != nil {
			s.fail(fmt.Errorf("listener %s: %w", d.settings.Address, err))
		}
	})
}

// at is the door of that address, or nil.
func (s *service) at(address string) *door {
	for _, d := range s.doors {
		if d.settings.Address == address {
			return d
		}
	}
	return nil
}

// takesOver reports whether the door can take the place of an old one while clients
// are connected there: if it says the same of connections as such.
func (d *door) takesOver(old *door) bool {
	return d.host == old.host && d.grace == old.grace && d.gate.certificate == old.gate.certificate &&
		reflect.DeepEqual(ofConnection(d.settings), ofConnection(old.settings))
}

// ofConnection leaves out what concerns messages, users and who may connect.
func ofConnection(l Listener) Listener {
	l.Diagnostics, l.Networks, l.AllowOpen, l.Users = "", nil, false, ""
	l.MaxMessageSize, l.LineEndings, l.RequireTLS = 0, "", false
	l.NullSender, l.AllowHeaders = "", nil
	return l
}

// share makes a second listener on the same socket, so that the first can be closed
// while nobody who connects is turned away.
func share(l net.Listener) (net.Listener, error) {
	socket, ok := l.(interface{ File() (*os.File, error) })
	if !ok {
		return nil, fmt.Errorf("the socket of %s cannot be shared", l.Addr())
	}
	file, err := socket.File()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	second, err := net.FileListener(file)
	if err != nil {
		return nil, err
	}
	if unix, ok := l.(*net.UnixListener); ok { // its name is the second's from now on
		unix.SetUnlinkOnClose(false)
		second.(*net.UnixListener).SetUnlinkOnClose(true)
	}
	return second, nil
}
