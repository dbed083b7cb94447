package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"go.uber.org/zap"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
)

type doctorCommand struct {
	settings
	From []string      `placeholder:"SENDER" help:"Addresses or domains that mail is sent from, besides those of the routes (default: the identities in SES)."`
	To   []string      `placeholder:"ADDRESS" help:"Recipients, for policies that depend on them."`
	JSON bool          `name:"json" help:"Print one JSON document."`
	Wait time.Duration `default:"1m" help:"How long to wait for facts."`
}

// Run prints every check there is, one line each, what is wrong with its fix.
func (c doctorCommand) Run(p *program) error {
	cfg, _, err := c.load(p)
	if err != nil {
		return err
	}
	senders, err := sendersOf(cfg, c.From)
	if err != nil {
		return &problem{exitUsage, err}
	}
	for i, to := range c.To {
		if c.To[i], err = address("--to", strings.TrimSpace(to)); err != nil {
			return &problem{exitUsage, err}
		}
	}
	cloud, err := connect(p.ctx, cfg, zap.NewNop())
	if err != nil {
		return err
	}
	defer cloud.Close()
	ways := openWays(cloud, cfg, c.Wait)
	defer ways.Close()
	ctx, cancel := context.WithTimeout(p.ctx, c.Wait)
	defer cancel()

	d := &doctor{ctx: ctx, cfg: cfg, file: c.file(p), environ: p.environ, cloud: cloud, ways: ways, to: c.To}
	d.examine(senders)
	if c.JSON {
		enc := json.NewEncoder(p.stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		err = enc.Encode(struct {
			Status health  `json:"status"`
			Checks []check `json:"checks"`
		}{d.worst(), d.checks})
	} else {
		_, err = io.WriteString(p.stdout, d.report(p.colours()))
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return exitOf(map[health]authz.Decision{healthy: authz.Allow, ill: authz.Deny}[d.worst()])
}

// health is what a check has found.
type health string

const (
	healthy health = "ok"
	ill     health = "problem"
	unclear health = "unknown"
)

// check is one line of the report.
type check struct {
	ID      string         `json:"id"`
	Section string         `json:"section"`
	Status  health         `json:"status"`
	Title   string         `json:"title"`
	Detail  string         `json:"detail,omitempty"`
	Fix     string         `json:"fix,omitempty"`
	Code    diagnosis.Code `json:"code,omitempty"`
}

// doctor examines a configuration. All it says of a message comes from the same
// Checker that judges mail.
type doctor struct {
	ctx     context.Context
	cfg     Config
	file    string // that it is in; "" is none
	environ []string
	cloud   *cloud
	ways    *ways
	to      []string
	checks  []check

	verdicts  []authz.Verdict // of the senders
	gaps      []facts.Gap
	sandboxes []string // regions in which the account is in the sandbox
}

// examine goes from what everything needs to what one sender needs, then through
// the causes that AWS's troubleshooting page lists, in its order.
func (d *doctor) examine(senders []string) {
	d.configuration()
	d.proxies()
	d.clock()
	for _, way := range d.ways.all {
		snap := way.known.Snapshot(d.ctx, facts.Query{Region: way.region})
		d.credentials(way, snap)
		d.endpoint(snap)
		d.account(snap)
		d.gaps = append(d.gaps, snap.Gaps()...)
		if len(senders) == 0 && len(d.cfg.Routes) == 0 {
			senders = d.indexed(snap)
		}
	}
	for _, sender := range senders {
		d.sender(sender)
	}
	d.causes()
	d.unread()
}

func (d *doctor) add(c check) { d.checks = append(d.checks, c) }

// worst is the status of the whole: a problem before what is unknown.
func (d *doctor) worst() health {
	worst := healthy
	for _, c := range d.checks {
		switch {
		case c.Status == ill:
			return ill
		case c.Status == unclear:
			worst = unclear
		}
	}
	return worst
}

// report is the text for people: a line a check, below it what shows it and what
// to do. colours are those of the words with which lines begin.
func (d *doctor) report(colours map[health]string) string {
	var b strings.Builder
	section := ""
	counts := map[health]int{}
	for _, c := range d.checks {
		if c.Section != section {
			section = c.Section
			fmt.Fprintf(&b, "\n%s\n", diagnosis.Clean(section, 200))
		}
		code := ""
		if c.Code != "" {
			code = " [" + string(c.Code) + "]"
		}
		var line strings.Builder
		paragraph(&line, fmt.Sprintf("  %-9s", c.Status), c.Title+code)
		b.WriteString(strings.Replace(line.String(), string(c.Status), painted(c.Status, colours), 1))
		paragraph(&b, strings.Repeat(" ", 13), c.Detail)
		if c.Fix != "" {
			paragraph(&b, strings.Repeat(" ", 13), "fix: "+c.Fix)
		}
		counts[c.Status]++
	}
	fmt.Fprintf(&b, "\n%d ok, %d with a problem, %d unknown\n", counts[healthy], counts[ill], counts[unclear])
	return strings.TrimPrefix(b.String(), "\n")
}

// colours are for a terminal, unless its user wants none (https://no-color.org).
func (p *program) colours() map[health]string {
	out, ok := p.stdout.(*os.File)
	if !ok || lookup(p.environ, "NO_COLOR") != "" || lookup(p.environ, "TERM") == "dumb" {
		return nil
	}
	if info, err := out.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return map[health]string{healthy: "32", ill: "1;31", unclear: "33"} // green, bold red, yellow
}

// painted is the word in its colour, an ECMA-48 SGR parameter.
func painted(h health, colours map[health]string) string {
	if colours[h] == "" {
		return string(h)
	}
	return "\x1b[" + colours[h] + "m" + string(h) + "\x1b[0m"
}

// paragraph writes text within 100 columns, made printable: some of it comes from
// policies and answers of others. A longer word, such as an ARN, stays whole.
func paragraph(b *strings.Builder, begin, text string) {
	const columns = 100
	line := begin
	empty := true
	for _, word := range strings.Fields(diagnosis.Clean(text, 4000)) {
		if !empty && len(line)+1+len(word) > columns {
			fmt.Fprintln(b, line)
			line, empty = strings.Repeat(" ", 13), true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	if !empty {
		fmt.Fprintln(b, line)
	}
}
