package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestTheLimitsThatArePromisedAreTheDefaults holds docs/guarantees.md to the code.
func TestTheLimitsThatArePromisedAreTheDefaults(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/guarantees.md")
	if err != nil {
		t.Fatal(err)
	}
	cfg := Default()
	l := cfg.Listeners[0]
	for _, limit := range []string{
		fmt.Sprintf("`max_message_size`, %d MB", l.MaxMessageSize/megabyte),
		fmt.Sprintf("`max_connections`, %d ", l.MaxConnections),
		fmt.Sprintf("`max_connections_per_client`, %d ", l.MaxPerClient),
		fmt.Sprintf("or %d MB", plentyMemory/megabyte),
		"`idle_timeout`, " + inWords(l.IdleTimeout),
		"`data_timeout`, " + inWords(l.DataTimeout),
		"`message_timeout`, " + inWords(l.MessageTimeout),
		"`write_timeout`, " + inWords(l.WriteTimeout),
		"`preflight.wait`, " + inWords(cfg.Preflight.Wait),
		"`relay.timeout`, " + inWords(cfg.Relay.Timeout),
	} {
		if !strings.Contains(string(page), limit) {
			t.Errorf("docs/guarantees.md does not say %q", limit)
		}
	}
}

// inWords is a duration as the page writes it.
func inWords(d time.Duration) string {
	switch {
	case d == time.Minute:
		return "1 minute"
	case d > time.Minute:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	}
	return fmt.Sprintf("%d s", int(d.Seconds()))
}
