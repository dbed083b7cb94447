package main

import (
	"context"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"go.uber.org/zap"
)

// notify tells systemd how the service is, if it runs under systemd (sd_notify(3)).
func (s *service) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		s.log.Warn("tell systemd", zap.String("state", state), zap.Error(err))
	}
}

// watchdog is a clock that ticks when systemd is to be told that the service is
// alive: twice in the time after which it would be killed. Without WatchdogSec it
// never ticks.
func watchdog(ctx context.Context) <-chan time.Time {
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil || interval <= 0 {
		return nil
	}
	tick := time.NewTicker(interval / 2)
	context.AfterFunc(ctx, tick.Stop)
	return tick.C
}
