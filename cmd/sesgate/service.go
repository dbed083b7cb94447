package main

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"

	"github.com/coreos/go-systemd/v22/daemon"
	"go.uber.org/zap"

	"sesgate/proxy"
)

// service is sesgate at work: what stays while configurations come and go. Its
// fields belong to the goroutine that runs it, but for those that are safe by
// themselves.
type service struct {
	program *program
	load    func() (Config, []string, error) // reads the configuration again; nil never does
	file    string                           // that it is in; "" is none
	hangup  <-chan os.Signal                 // asks for it
	log     *zap.Logger
	level   zap.AtomicLevel
	sockets sockets
	token   string // that the status page asks for; "" is none

	state     *readiness
	memory    *proxy.Budget
	recorders []proxy.Recorder
	doors     []*door
	now       atomic.Pointer[generation]
	settled   <-chan struct{} // closed once nobody is served as before the last change

	running  sync.WaitGroup
	stop     context.CancelFunc
	mu       sync.Mutex
	failures []error
}

// generation is a configuration in use. It is not changed.
type generation struct {
	cfg       Config
	back      *backend
	listeners []string // addresses
	files     []string // whose changes count
}

// byway reports whether the route of that name goes another way to SES than messages
// of no rule do.
func (g *generation) byway(name string) bool {
	for i, r := range g.cfg.Routes {
		if route := r.route(i); route.Name == name {
			return g.back.ways.of(route) != g.back.ways.all[0]
		}
	}
	return false
}

// serve runs everything on listeners that are open, until the program is told to
// stop, and returns when the last client is served. It closes what it is given.
func (s *service) serve(cfg Config, c *cloud, listeners []net.Listener, page net.Listener) error {
	gates, err := openGates(cfg, nil)
	if err != nil {
		closeAll(append(listeners, page))
		c.Close()
		return err
	}
	ctx, stop := context.WithCancel(s.program.ctx)
	defer stop()
	s.stop, s.memory = stop, messages(cfg)
	s.state = &readiness{contended: s.memory.Contended, byway: func(route string) bool { return s.now.Load().byway(route) }}
	back := newBackend(c, cfg)
	back.ways.restore(cfg.Facts.File, s.log)
	back.ways.keep(cfg.Facts.File, s.log)
	s.begin(cfg, back)
	record := &proxy.Log{Logger: s.log, Addresses: proxy.Addresses(cfg.Log.Addresses)}
	seen := newSenders(func() *way { return s.now.Load().back.ways.all[0] }, c.world != nil)
	board := newBoard(s, record, seen)
	bursts := &bursts{}
	s.recorders = []proxy.Recorder{record, board, s.state, seen, bursts}
	s.running.Go(func() { bursts.watch(ctx) })
	for i, l := range cfg.Listeners {
		d := s.door(cfg, l, back, gates[i])
		d.socket = listeners[i]
		d.gate.warn(s.log)
		s.doors = append(s.doors, d)
	}
	s.begin(cfg, back)
	for _, d := range s.doors {
		s.open(ctx, d)
	}
	s.warm(ctx)
	started(s.program.stdout, cfg, c, listeners, page, s.log)
	stopPage := servePage(page, board, s.log)
	s.notify(daemon.SdNotifyReady)
	s.mind(ctx)
	s.notify(daemon.SdNotifyStopping)
	s.state.drain()
	s.log.Info("stopping: no new mail is taken", zap.Duration("grace", s.now.Load().cfg.Shutdown.Grace))
	s.running.Wait()
	stopPage()
	s.now.Load().back.Close()
	s.log.Info("stopped")
	return errors.Join(s.failures...)
}

// mind reloads when there is reason to, until ctx ends.
func (s *service) mind(ctx context.Context) {
	changed := make(chan struct{}, 1)
	if s.load != nil {
		w := watcher{files: func() []string { return s.now.Load().files }, changed: changed, log: s.log}
		s.running.Go(func() { w.run(ctx) })
	}
	alive := watchdog(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-alive:
			s.notify(daemon.SdNotifyWatchdog)
		case <-s.hangup:
			s.reload(ctx)
		case <-changed:
			s.reload(ctx)
		}
	}
}

// begin notes that a configuration is in use, with the doors that there are.
func (s *service) begin(cfg Config, back *backend) {
	g := &generation{cfg: cfg, back: back}
	if s.file != "" {
		g.files = append(g.files, s.file)
	}
	if f := back.cloud.facts; f != nil {
		g.files = append(g.files, f.path)
	}
	for _, d := range s.doors {
		g.listeners = append(g.listeners, d.socket.Addr().String())
		for _, f := range d.gate.files() {
			g.files = append(g.files, f.names()...)
		}
	}
	s.now.Store(g)
}

// warm reads what messages need, if they are checked.
func (s *service) warm(ctx context.Context) {
	if g := s.now.Load(); g.cfg.Preflight.Mode != "off" {
		s.running.Go(func() { g.back.warm(ctx, s.state, s.log) })
	}
}

// fail notes why a listener has ended, and ends the others.
func (s *service) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, err)
	s.stop()
}
