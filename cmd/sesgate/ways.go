package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"go.uber.org/zap"

	"sesgate/authz"
	"sesgate/authz/collect"
	"sesgate/authz/facts"
	"sesgate/proxy"
	"sesgate/proxy/relay"
)

// ways are the ways to SES that the routes of a configuration use, one for each
// role and region. As a proxy.Checker and proxy.Relay they pass everything on to
// the way of its route. Close ends them.
type ways struct {
	all []*way // that of the default route first
}

// way is SES in one region, used with the credentials of one role.
type way struct {
	role    string // ARN; "" is none
	region  string
	checker string // ARN of the role that reads facts; "" is the one that sends
	*authz.Checker
	known *facts.Cached // shared by the ways of the role
	relay *relay.SES
}

// openWays makes the ways of all routes. It makes no call.
func openWays(c *cloud, cfg Config, wait time.Duration) *ways {
	w := &ways{}
	w.open(c, cfg, wait, defaultRoute(cfg))
	for _, rule := range routes(cfg) {
		w.open(c, cfg, wait, rule.Route)
	}
	return w
}

func (w *ways) open(c *cloud, cfg Config, wait time.Duration, r authz.Route) {
	made := way{role: r.Role, region: r.Region}
	if made.region == "" {
		made.region = c.config.Region
	}
	for _, other := range w.all {
		if other.role == made.role && other.region == made.region {
			return
		}
		if other.role == made.role {
			made.known = other.known
		}
	}
	config := c.config.Copy()
	if made.role != "" {
		config.Credentials = collect.Assume(c.config, made.role, "sesgate")
	}
	made.checker = checkerOf(cfg, made.role)
	if made.known == nil {
		opts := collect.Options{Checker: made.checker, CheckerFrom: c.config.Credentials}
		made.known = gather(c.facts.over(made.role, live(config, c.world != nil, opts)), cfg, wait)
	}
	config.Region = made.region
	opts := relay.Options{Timeout: cfg.Relay.Timeout}
	if cfg.Preflight.Mode != "off" { // else nothing is read
		opts.Rate = (&sendRate{known: made.known, region: made.region}).perSecond
	}
	made.relay = relay.New(config, opts)
	made.Checker = &authz.Checker{
		Facts:        made.known,
		Region:       made.region,
		OtherRegions: otherRegions(c, cfg, made.region),
		Egress:       egress(cfg),
		Simulator:    cfg.Facts.Simulator,
		Suppression:  cfg.Facts.Suppression != "off",

		RefuseSuppressed: cfg.Facts.Suppression == "refuse",
	}
	if made.role == "" { // a route's role is named by the route
		made.Checker.Expected = cfg.Principal.Expected
	}
	w.all = append(w.all, &made)
}

// restore has the facts begin with what an earlier process has kept.
func (w *ways) restore(path string, log *zap.Logger) {
	w.each(path, func(way *way, file string) { way.known.Restore(file, warnOf(log, file)) })
}

// keep has the facts kept for the next process.
func (w *ways) keep(path string, log *zap.Logger) {
	w.each(path, func(way *way, file string) { way.known.Keep(file, warnOf(log, file)) })
}

// each shows a way of each role, and the file of its facts; path "" is none.
func (w *ways) each(path string, see func(way *way, file string)) {
	seen := map[string]bool{}
	for _, way := range w.all {
		if path != "" && !seen[way.role] {
			see(way, fileOf(path, way.role))
		}
		seen[way.role] = true
	}
}

// fileOf is the file of a role's facts: facts.yaml → facts-111122223333-mail.yaml.
func fileOf(path, role string) string {
	if role == "" {
		return path
	}
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + "-" + account(role) + "-" + role[strings.LastIndex(role, "/")+1:] + ext
}

func warnOf(log *zap.Logger, file string) func(error) {
	return func(err error) { log.Warn("facts.file", zap.String("file", file), zap.Error(err)) }
}

// checkerOf is the role that reads facts about a sender. A route's role of another
// account has to read by itself; so does the checker.
func checkerOf(cfg Config, role string) string {
	checker := cfg.Facts.Role
	if role == checker || role != "" && account(role) != account(checker) {
		return ""
	}
	return checker
}

// live reads facts from AWS.
func live(config aws.Config, simulated bool, opts collect.Options) facts.Source {
	// Processes that a deployment starts together do not ask together.
	opts.StartJitter = 500 * time.Millisecond
	if simulated {
		opts.StartJitter, opts.Reads = 0, -1 // a simulation has no other users to be fair to
	}
	return collect.New(config, opts)
}

// gather makes the cache of facts.
func gather(src facts.Source, cfg Config, wait time.Duration) *facts.Cached {
	return facts.NewCached(src, facts.Options{
		Wait: wait,
		Soft: cfg.Preflight.Fresh,
		Hard: cfg.Preflight.Keep,
	})
}

// otherRegions are where an identity is looked for that is missing in region:
// those configured, in a simulation all that the world has.
func otherRegions(c *cloud, cfg Config, region string) []string {
	others := slices.Clone(cfg.AWS.OtherRegions)
	switch {
	case len(others) > 0:
	case c.facts != nil && c.facts.alone:
		others = c.facts.Regions()
	case c.world != nil:
		others = c.world.Regions()
	}
	return slices.DeleteFunc(others, func(r string) bool { return r == region })
}

// of is the way that a route goes by.
func (w *ways) of(r authz.Route) *way {
	for _, way := range w.all {
		if way.role == r.Role && (way.region == r.Region || r.Region == "" && way.region == w.all[0].region) {
			return way
		}
	}
	return w.all[0]
}

// Check asks the Checker of the request's route.
func (w *ways) Check(ctx context.Context, req authz.Request) authz.Verdict {
	return w.of(req.Route).Check(ctx, req)
}

// Forget drops the facts of the route that the verdict is about.
func (w *ways) Forget(v authz.Verdict) { w.of(v.Route()).Forget(v) }

// Send hands over by the message's route.
func (w *ways) Send(ctx context.Context, msg proxy.Message) (proxy.Receipt, error) {
	return w.of(msg.Route).relay.Send(ctx, msg)
}

// warm reads what every message needs, by every way.
func (w *ways) warm(ctx context.Context) {
	for _, way := range w.all {
		way.known.Warm(ctx, []string{way.region})
	}
}

// Close ends reads and drops idle connections.
func (w *ways) Close() {
	for _, way := range w.all {
		way.known.Close() // of a role's later ways once more, which does nothing
		way.relay.Close()
	}
}
