package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

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
	log, level := logger(cfg.Log, p.stderr)
	defer log.Sync()
	for _, w := range warnings {
		log.Warn("environment", zap.String("variable", w))
	}
	given, err := inherit()
	if err != nil {
		return err
	}
	cloud, err := connect(p.ctx, cfg, log)
	if err != nil {
		return err
	}
	listeners, err := given.open(cfg)
	if err != nil {
		cloud.Close()
		return err
	}
	token, err := statusToken(cfg.Status.TokenFile)
	if err != nil {
		cloud.Close()
		closeAll(listeners)
		return err
	}
	page, err := listenStatus(cfg.Status.Address)
	if err != nil {
		cloud.Close()
		closeAll(listeners)
		return err
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	s := &service{
		program: p, log: log, level: level, sockets: given, hangup: hangup, file: c.file(p), token: token,
		load: func() (Config, []string, error) { return c.load(p) },
	}
	return s.serve(cfg, cloud, listeners, page)
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

// statusToken reads the token that the page asks for; file "" is none.
func statusToken(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", &problem{exitUsage, fmt.Errorf("status.token_file: %w", err)}
	}
	token := strings.TrimSpace(string(text))
	if len(token) < 16 {
		return "", &problem{exitUsage, fmt.Errorf("status.token_file: the token in %s is shorter than 16 characters; make one with: openssl rand -hex 24", file)}
	}
	return token, nil
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

// logger writes to w in the configured form, what is of the level at least.
func logger(cfg Log, w io.Writer) (*zap.Logger, zap.AtomicLevel) {
	enc := zap.NewProductionEncoderConfig()
	enc.TimeKey, enc.EncodeTime = "time", zapcore.RFC3339NanoTimeEncoder
	enc.EncodeDuration = zapcore.StringDurationEncoder
	encoder := zapcore.NewJSONEncoder(enc)
	if cfg.Format == "console" {
		enc.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
		encoder = zapcore.NewConsoleEncoder(enc)
	}
	level := zap.NewAtomicLevelAt(severity(cfg))
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(w)), level)), level
}

// severity is the least that is logged.
func severity(cfg Log) zapcore.Level {
	level, err := zapcore.ParseLevel(cfg.Level)
	if err != nil {
		return zapcore.InfoLevel
	}
	return level
}
