package main

import (
	"context"
	"crypto/sha256"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/zap"
)

const (
	settle = 200 * time.Millisecond // files are often written one after the other
	poll   = time.Minute            // not every file system tells of changes
)

// watcher tells by changed that one of some files holds something else. It watches
// their directories: editors put a new file in the place of the old one, Kubernetes
// another symbolic link.
type watcher struct {
	files   func() []string
	changed chan<- struct{}
	log     *zap.Logger
}

// run watches until ctx ends.
func (w watcher) run(ctx context.Context) {
	events := make(chan fsnotify.Event)
	notifier, err := fsnotify.NewWatcher()
	if err != nil {
		w.log.Warn("changes of files are noticed once a minute only", zap.Error(err))
	} else {
		defer notifier.Close()
		events = notifier.Events
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	var held map[string][sha256.Size]byte // nothing: a file may have changed since it was read
	look := time.After(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-events:
			if look == nil {
				look = time.After(settle)
			}
			continue
		case <-look:
			look = nil
		case <-tick.C:
		}
		if holds := w.contents(notifier); !maps.Equal(holds, held) {
			held = holds
			select {
			case w.changed <- struct{}{}:
			default: // it is known already
			}
		}
	}
}

// contents are the hashes of the files; one that cannot be read has none. Their
// directories are watched from then on.
func (w watcher) contents(notifier *fsnotify.Watcher) map[string][sha256.Size]byte {
	sums := map[string][sha256.Size]byte{}
	for _, file := range w.files() {
		if notifier != nil {
			notifier.Add(filepath.Dir(file)) // if it cannot be, the file is polled
		}
		if text, err := os.ReadFile(file); err == nil {
			sums[file] = sha256.Sum256(text)
		}
	}
	return sums
}
