package main

import (
	"context"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"sesgate/authz"
	"sesgate/authz/collect"
	"sesgate/authz/facts"
	"sesgate/proxy"
	"sesgate/proxy/relay"
)

// The object graph, top to bottom:
//
//	proxy.Server ─▶ watch ─▶ authz.Checker ─▶ facts.Cached ─▶ collect.Collector ─▶ AWS
//	     ├───────▶ relay.SES ─▶ SES
//	     └───────▶ log, status.Board, readiness   (recorders of events)

// gather makes the cache of facts over AWS.
func gather(c *cloud, cfg Config, wait time.Duration) *facts.Cached {
	// Processes that a deployment starts together do not ask together.
	opts := collect.Options{StartJitter: 500 * time.Millisecond}
	if c.world != nil {
		opts = collect.Options{Reads: -1} // a simulation has no other users to be fair to
	}
	return facts.NewCached(collect.New(c.config, opts), facts.Options{
		Wait: wait,
		Soft: cfg.Preflight.Fresh,
		Hard: cfg.Preflight.Keep,
	})
}

func checker(c *cloud, cfg Config, known *facts.Cached) *authz.Checker {
	return &authz.Checker{
		Facts:        known,
		Region:       c.config.Region,
		OtherRegions: otherRegions(c, cfg),
	}
}

// otherRegions are where a missing identity is looked for: those configured, in a
// simulation all that the world has.
func otherRegions(c *cloud, cfg Config) []string {
	others := slices.Clone(cfg.AWS.OtherRegions)
	if c.world != nil && len(others) == 0 {
		others = c.world.Regions()
	}
	return slices.DeleteFunc(others, func(r string) bool { return r == c.config.Region })
}

func sender(c *cloud, cfg Config) *relay.SES {
	return relay.New(c.config, relay.Options{Timeout: cfg.Relay.Timeout})
}

// server makes the SMTP server of one listener.
func server(l Listener, cfg Config, c *cloud, check proxy.Checker, send proxy.Relay, memory *proxy.Budget, log *zap.Logger, recorders []proxy.Recorder) *proxy.Server {
	return &proxy.Server{
		Name:              l.Address,
		Hostname:          hostname(cfg),
		Region:            c.config.Region,
		Checker:           check,
		Relay:             send,
		Recorders:         recorders,
		Logger:            log,
		Mode:              proxy.Mode(cfg.Preflight.Mode),
		Diagnostics:       proxy.Diagnostics(l.Diagnostics),
		Route:             route(cfg),
		Networks:          prefixes(l.Networks),
		MaxConnections:    int(l.MaxConnections),
		MaxPerClient:      int(l.MaxPerClient),
		IdleTimeout:       l.IdleTimeout,
		DataTimeout:       l.DataTimeout,
		MessageTimeout:    l.MessageTimeout,
		ReplyTimeout:      l.ReplyTimeout,
		WriteTimeout:      l.WriteTimeout,
		RejectLoneEndings: l.LineEndings == "reject",
		Memory:            memory,
		MaxMessageBytes:   l.MaxMessageSize,
		Wait:              cfg.Preflight.Wait,
		SendTimeout:       cfg.Relay.Timeout,
		Grace:             cfg.Shutdown.Grace,
	}
}

// route is how messages are handed to SES that nothing else is said of.
func route(cfg Config) authz.Route {
	return authz.Route{ConfigurationSet: cfg.AWS.ConfigurationSet}
}

func hostname(cfg Config) string {
	if cfg.Hostname != "" {
		return cfg.Hostname
	}
	name, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return name
}

// prefixes parses networks that the configuration's check has passed.
func prefixes(networks []string) []netip.Prefix {
	list := make([]netip.Prefix, len(networks))
	for i, n := range networks {
		list[i] = netip.MustParsePrefix(n).Masked()
	}
	return list
}

// watch is the Checker as the status page sees it: it remembers the last verdict.
type watch struct {
	*authz.Checker
	last atomic.Pointer[authz.Verdict]
}

func (w *watch) Check(ctx context.Context, req authz.Request) authz.Verdict {
	v := w.Checker.Check(ctx, req)
	w.last.Store(&v)
	return v
}
