package main

import (
	"context"
	"reflect"
	"time"

	"go.uber.org/zap"

	"sesgate/authz/facts"
)

// backend is all that lies behind the listeners: AWS, and the ways there. A new
// configuration that says the same of it goes on with it, so that no fact is read
// again.
type backend struct {
	cloud *cloud
	ways  *ways
	check *watch
}

func newBackend(c *cloud, cfg Config) *backend {
	ways := openWays(c, cfg, cfg.Preflight.Wait)
	return &backend{cloud: c, ways: ways, check: &watch{Checker: ways}}
}

// sameBackend reports whether two configurations differ in nothing that concerns
// the backend.
func sameBackend(a, b Config) bool { return reflect.DeepEqual(ofBackend(a), ofBackend(b)) }

// ofBackend leaves out what only listeners, log and page are concerned with.
func ofBackend(cfg Config) Config {
	cfg.Hostname, cfg.Listeners, cfg.Limits = "", nil, Limits{}
	cfg.Status, cfg.Log, cfg.Shutdown = Status{}, Log{}, Shutdown{}
	cfg.Preflight.Mode = ""
	return cfg
}

// warm reads what every message needs before the first one comes, and says who
// sends.
func (b *backend) warm(ctx context.Context, state *readiness, log *zap.Logger) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	b.ways.warm(ctx)
	for i, way := range b.ways.all {
		snap := way.known.Snapshot(ctx, facts.Query{Region: way.region})
		if ctx.Err() != nil {
			return
		}
		if i == 0 {
			state.learn(snap)
		}
		if !snap.Caller.Known() {
			log.Warn("sends as nobody", zap.String("role", way.role), zap.String("region", way.region), zap.Error(snap.Caller.Gap))
			continue
		}
		log.Info("sends as", zap.String("principal", snap.Caller.Value.ARN), zap.String("region", way.region),
			zap.Bool("sandbox", snap.Account.Value.Sandbox), zap.Int("gaps", len(snap.Gaps())))
	}
	if reasons := state.reasons(); len(reasons) > 0 {
		log.Warn("not ready", zap.Strings("reasons", reasons))
	}
}

// Close gives up the backend, once no message is under way there.
func (b *backend) Close() {
	b.ways.Close()
	b.cloud.Close()
}
