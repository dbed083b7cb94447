package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

type healthCommand struct {
	Config  string        `short:"c" placeholder:"FILE" help:"Configuration file of the server, for its status address; also SESGATE_CONFIG."`
	Address string        `placeholder:"HOST:PORT" help:"Status address of the server (default: that of the configuration, 127.0.0.1:8025)."`
	Timeout time.Duration `default:"3s" help:"How long to wait for the answer."`
}

// Run asks /readyz, and says what it answered: nothing more than ok, or why not.
func (c healthCommand) Run(p *program) error {
	address := c.Address
	if address == "" {
		cfg, _, err := settings{Config: c.Config}.load(p)
		if err != nil {
			return err
		}
		address = cfg.Status.Address
	}
	if address == "off" {
		return &problem{exitUsage, fmt.Errorf("status.address is off, so there is nothing to ask: set it to 127.0.0.1:8025")}
	}
	ctx, cancel := context.WithTimeout(p.ctx, c.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return &problem{exitUsage, fmt.Errorf("address %q: %w", address, err)}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("no answer from %s: %w; is sesgate serve running, with that status.address?", address, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", address, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", strings.TrimSpace(string(text)))
	}
	_, err = fmt.Fprintln(p.stdout, "ok")
	return err
}
