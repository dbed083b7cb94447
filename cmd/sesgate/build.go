package main

import (
	"context"
	"net/netip"
	"os"
	"sync/atomic"

	"go.uber.org/zap"

	"sesgate/authz"
	"sesgate/proxy"
)

// The object graph, top to bottom:
//
//	proxy.Server ─▶ watch ─▶ ways ─▶ authz.Checker ─▶ facts.Cached ─▶ collect.Collector ─▶ AWS
//	     │                    └────▶ relay.SES ─▶ SES
//	     └───────▶ log, status.Board, readiness   (recorders of events)

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
		Routes:            routes(cfg),
		Route:             defaultRoute(cfg),
		Networks:          prefixes(l.Networks),
		MaxConnections:    int(l.MaxConnections),
		MaxPerClient:      int(l.MaxPerClient),
		IdleTimeout:       l.IdleTimeout,
		DataTimeout:       l.DataTimeout,
		MessageTimeout:    l.MessageTimeout,
		ReplyTimeout:      l.ReplyTimeout,
		WriteTimeout:      l.WriteTimeout,
		RejectLoneEndings: l.LineEndings == "reject",
		NullSender:        nullSender(l),
		AllowHeaders:      l.AllowHeaders,
		Memory:            memory,
		MaxMessageBytes:   l.MaxMessageSize,
		Wait:              cfg.Preflight.Wait,
		SendTimeout:       cfg.Relay.Timeout,
		Grace:             cfg.Shutdown.Grace,
	}
}

// nullSender is the address as which bounces are sent, "" where they are refused.
func nullSender(l Listener) string {
	if l.NullSender == "refuse" {
		return ""
	}
	return l.NullSender
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
	proxy.Checker
	last atomic.Pointer[authz.Verdict]
}

func (w *watch) Check(ctx context.Context, req authz.Request) authz.Verdict {
	v := w.Checker.Check(ctx, req)
	w.last.Store(&v)
	return v
}
