package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"sesgate/authz/facts"
	"sesgate/proxy"
	"sesgate/proxy/status"
)

type serveCommand struct {
	settings
}

// Run takes mail until the process is told to stop, and returns when the last
// client is served.
func (c serveCommand) Run(p *program) error {
	cfg, warnings, err := c.load(p)
	if err != nil {
		return err
	}
	log := logger(cfg.Log, p.stderr)
	defer log.Sync()
	for _, w := range warnings {
		log.Warn("environment", zap.String("variable", w))
	}
	cloud, err := connect(p.ctx, cfg, log)
	if err != nil {
		return err
	}
	defer cloud.Close()
	listeners, err := listen(cfg)
	if err != nil {
		return err
	}
	page, err := listenStatus(cfg.Status.Address)
	if err != nil {
		closeAll(listeners)
		return err
	}
	return serve(p, cfg, cloud, log, listeners, page)
}

// serve runs everything on listeners that are open.
func serve(p *program, cfg Config, cloud *cloud, log *zap.Logger, listeners []net.Listener, page net.Listener) error {
	gates, err := openGates(cfg)
	if err != nil {
		closeAll(listeners)
		return err
	}
	ways := openWays(cloud, cfg, cfg.Preflight.Wait)
	defer ways.Close()
	check := &watch{Checker: ways}
	state := &readiness{}
	record := &proxy.Log{Logger: log, Addresses: proxy.Addresses(cfg.Log.Addresses)}
	board := newBoard(cfg, cloud, check, state, record, listeners)
	load := &bursts{}
	recorders := []proxy.Recorder{record, board, state, load}

	memory := messages(cfg)
	ctx, stop := context.WithCancel(p.ctx)
	defer stop()
	var running sync.WaitGroup
	failures := make(chan error, len(listeners)+1)
	for i, l := range listeners {
		srv := server(cfg.Listeners[i], cfg, cloud, check, ways, memory, log, recorders)
		gates[i].equip(srv, cfg.Listeners[i])
		gates[i].warn(log)
		running.Go(func() {
			if err := srv.Serve(ctx, l); err != nil {
				failures <- fmt.Errorf("listener %s: %w", cfg.Listeners[i].Address, err)
				stop()
			}
		})
	}
	if cfg.Preflight.Mode != "off" {
		running.Go(func() { warm(ctx, ways, state, log) })
	}
	running.Go(func() { load.watch(ctx) })
	started(p.stdout, cfg, cloud, listeners, page, log)
	stopPage := servePage(page, board, log)
	<-ctx.Done()
	state.drain()
	log.Info("stopping: no new mail is taken", zap.Duration("grace", cfg.Shutdown.Grace))
	running.Wait()
	stopPage()
	log.Info("stopped")
	close(failures)
	var errs []error
	for err := range failures {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// warm reads what every message needs before the first one comes, and says who
// sends.
func warm(ctx context.Context, w *ways, state *readiness, log *zap.Logger) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	w.warm(ctx)
	for i, way := range w.all {
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

func listenStatus(address string) (net.Listener, error) {
	if address == "off" {
		return nil, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("status.address: %w", hint(err))
	}
	return l, nil
}

// servePage serves the status page in the background; the function it returns
// ends it.
func servePage(l net.Listener, board *status.Board, log *zap.Logger) func() {
	if l == nil {
		return func() {}
	}
	srv := &http.Server{Handler: board, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := srv.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			log.Error("status page ended", zap.Error(err))
		}
	}()
	return func() {
		srv.Close()
		<-done
	}
}

// logger writes to w in the configured form.
func logger(cfg Log, w io.Writer) *zap.Logger {
	enc := zap.NewProductionEncoderConfig()
	enc.TimeKey, enc.EncodeTime = "time", zapcore.RFC3339NanoTimeEncoder
	enc.EncodeDuration = zapcore.StringDurationEncoder
	encoder := zapcore.NewJSONEncoder(enc)
	if cfg.Format == "console" {
		enc.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
		encoder = zapcore.NewConsoleEncoder(enc)
	}
	level, err := zapcore.ParseLevel(cfg.Level)
	if err != nil {
		level = zapcore.InfoLevel
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(w)), level))
}
