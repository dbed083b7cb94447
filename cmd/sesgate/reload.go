package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/coreos/go-systemd/v22/daemon"
	"go.uber.org/zap"
)

// reload reads certificates, users and the configuration again. Each that is wrong
// stays as it was, and the log says every mistake.
func (s *service) reload(ctx context.Context) {
	s.notify(daemon.SdNotifyReloading + "\n" + daemon.SdNotifyMonotonicUsec())
	defer s.notify(daemon.SdNotifyReady)
	for _, d := range s.doors {
		s.refresh(d)
	}
	cfg, _, err := s.load()
	if err == nil {
		err = s.adopt(ctx, cfg)
	}
	if err == nil {
		return
	}
	for line := range strings.Lines(err.Error()) {
		s.log.Error("the configuration is wrong, the one before stays in use", zap.String("mistake", strings.TrimSuffix(line, "\n")))
	}
}

// refresh reads a listener's certificate and users.
func (s *service) refresh(d *door) {
	for _, f := range d.gate.files() {
		switch changed, err := f.load(); {
		case err != nil:
			s.log.Error("a file is wrong, what it held before stays in use", zap.String("listener", d.settings.Address), zap.Error(err))
		case changed:
			s.log.Info("a file was read again", zap.String("listener", d.settings.Address), zap.Strings("files", f.names()))
		}
	}
}

// adopt goes over to a configuration, or changes nothing and says why.
func (s *service) adopt(ctx context.Context, cfg Config) error {
	before := s.now.Load()
	stale := before.back.cloud.facts.changed()
	if reflect.DeepEqual(cfg, before.cfg) && !stale {
		return nil
	}
	back := before.back
	if stale || !sameBackend(cfg, before.cfg) {
		c, err := connect(ctx, cfg, s.log)
		if err != nil {
			return err
		}
		back = newBackend(c, cfg)
		back.ways.keep(cfg.Facts.File, s.log)
	}
	doors, err := s.prepare(cfg, back)
	if err != nil {
		if back != before.back {
			back.Close()
		}
		return err
	}
	s.takesEffectLater(cfg)
	served := s.change(ctx, doors)
	s.begin(cfg, back)
	s.level.SetLevel(severity(cfg.Log))
	if back != before.back {
		s.warm(ctx)
	}
	s.settle(served, func() {
		if back != before.back {
			before.back.Close()
		}
	})
	s.log.Info("reloaded", zap.Strings("listeners", s.now.Load().listeners), zap.String("preflight", cfg.Preflight.Mode))
	return nil
}

// settle has what a change leaves behind given up once nobody is served as before
// it: nor as before the changes that went before, which a message may outlast.
func (s *service) settle(served, giveUp func()) {
	earlier, settled := s.settled, make(chan struct{})
	s.settled = settled
	s.running.Go(func() {
		defer close(settled)
		if earlier != nil {
			<-earlier
		}
		served()
		giveUp()
	})
}

// prepare makes the doors of a configuration and opens none. Where an old door
// stays, it has no socket yet.
func (s *service) prepare(cfg Config, back *backend) ([]*door, error) {
	gates, err := openGates(cfg, s.doors)
	if err != nil {
		return nil, err
	}
	var doors []*door
	var errs []error
	for i, l := range cfg.Listeners {
		d := s.door(cfg, l, back, gates[i])
		switch old := s.at(l.Address); {
		case old == nil:
			d.socket, err = s.sockets.listen(cfg, l)
		case !d.takesOver(old):
			d.socket, err = share(old.socket)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("listeners[%d].address: %w", i, hint(err)))
		}
		doors = append(doors, d)
	}
	if len(errs) == 0 {
		return doors, nil
	}
	for _, d := range doors {
		if d.socket != nil {
			d.socket.Close()
		}
	}
	return nil, errors.Join(errs...)
}

// change puts doors in the place of the old ones. What it returns waits until
// nobody is served as before any more.
func (s *service) change(ctx context.Context, doors []*door) (served func()) {
	var waits []func()
	stays := map[*door]bool{}
	for _, d := range doors {
		if d.socket != nil {
			s.open(ctx, d)
			continue
		}
		old := s.at(d.settings.Address)
		stays[old] = true
		waits = append(waits, old.server.Replace(d.server))
		d.server, d.socket, d.close, d.closed = old.server, old.socket, old.close, old.closed
	}
	for _, d := range s.doors {
		if !stays[d] {
			d.close()
			waits = append(waits, func() { <-d.closed })
		}
	}
	s.doors = doors
	return func() {
		for _, wait := range waits {
			wait()
		}
	}
}

// takesEffectLater names what does not change in a running process.
func (s *service) takesEffectLater(cfg Config) {
	old := s.now.Load().cfg
	for _, setting := range []struct {
		key     string
		differs bool
	}{
		{"status", !reflect.DeepEqual(cfg.Status, old.Status)},
		{"limits", cfg.Limits != old.Limits},
		{"log.format", cfg.Log.Format != old.Log.Format},
		{"log.addresses", cfg.Log.Addresses != old.Log.Addresses},
	} {
		if setting.differs {
			s.log.Warn("the setting takes effect when sesgate is started again", zap.String("key", setting.key))
		}
	}
}
