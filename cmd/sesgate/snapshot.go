package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"sesgate/authz"
	"sesgate/authz/collect"
	"sesgate/authz/facts"
)

type snapshotCommand struct {
	settings
	From           []string      `placeholder:"SENDER" help:"Addresses or domains that mail is sent from, separated by commas, besides those of the routes (default: all identities of the account)."`
	OrganizationOf []string      `placeholder:"ACCOUNT" help:"Only the service control policies that bear on these accounts, read in the management account or by a delegated administrator."`
	Output         string        `short:"o" placeholder:"FILE" help:"Where to write, for nobody else to read (default: standard output)."`
	Wait           time.Duration `default:"5m" help:"How long to wait for facts."`
}

// Help is what sesgate snapshot --help says beside the flags.
func (snapshotCommand) Help() string {
	return `The file is YAML that people can read and edit. check --facts FILE judges by it alone,
without AWS, if it says who sends; else, and in serve --facts FILE, it is laid over what
AWS says. sesgate eval takes cases that are complete and no file.`
}

// Run writes what is known as a file. What is not known goes to standard error.
func (c snapshotCommand) Run(p *program) error {
	cfg, _, err := c.load(p)
	if err != nil {
		return err
	}
	senders, err := sendersOf(cfg, c.From)
	if err != nil {
		return &problem{exitUsage, err}
	}
	for _, account := range c.OrganizationOf {
		if !shapeOfAccount.MatchString(account) {
			return &problem{exitUsage, fmt.Errorf("--organization-of %q is not the number of an account, 12 digits", account)}
		}
	}
	cloud, err := connect(p.ctx, cfg, zap.NewNop())
	if err != nil {
		return err
	}
	defer cloud.Close()
	ctx, cancel := context.WithTimeout(p.ctx, c.Wait)
	defer cancel()

	e := exporter{ctx: ctx, gathered: map[string][]*facts.Snapshot{}}
	home := ""
	if len(c.OrganizationOf) > 0 {
		e.organizations(cloud, c.OrganizationOf)
	} else {
		ways := openWays(cloud, cfg, c.Wait)
		defer ways.Close()
		e.everything(ways, cfg, senders)
		home = cloud.config.Region
	}
	for _, line := range e.missing {
		fmt.Fprintf(p.stderr, "sesgate: not in the file: %s\n", line)
	}
	if !e.known {
		return errors.New("nothing is known: no file is written")
	}
	return c.write(p, facts.Export(home, time.Now(), e.gathered))
}

func (c snapshotCommand) write(p *program, f *facts.File) error {
	if c.Output != "" && c.Output != "-" {
		if err := f.Save(c.Output); err != nil {
			return fmt.Errorf("write %s: %w", c.Output, err)
		}
		return nil
	}
	text, err := f.Text()
	if err == nil {
		_, err = p.stdout.Write(text)
	}
	return err
}

// exporter gathers what goes into a file.
type exporter struct {
	ctx      context.Context
	gathered map[string][]*facts.Snapshot // by role
	missing  []string                     // what is not known
	known    bool                         // something is
}

// everything gathers, for each way, its region, the regions in which identities are
// looked for, and what the senders that go by it are judged by.
func (e *exporter) everything(ways *ways, cfg Config, senders []string) {
	for _, way := range ways.all {
		all := e.gather(way, facts.Query{})
		for _, region := range way.OtherRegions {
			e.gather(way, facts.Query{Region: region})
		}
		if len(senders) > 0 {
			continue
		}
		for _, identity := range all.Index.Value.Identities {
			e.sender(way, identity.Name, defaultRoute(cfg))
		}
	}
	for _, sender := range senders {
		route := routeOf(cfg, sender)
		e.sender(ways.of(route), sender, route)
	}
}

// sender gathers what mail of a sender, a domain or an address, is judged by.
func (e *exporter) sender(way *way, name string, route authz.Route) {
	if !strings.Contains(name, "@") {
		name = anybody + "@" + name
	}
	q := facts.Query{Senders: []string{name}, ConfigurationSet: route.ConfigurationSet, Tenant: route.Tenant, EndpointID: route.EndpointID}
	for _, arn := range []string{route.IdentityARN, route.ReturnPathARN} {
		if arn != "" {
			q.IdentityARNs = append(q.IdentityARNs, arn)
		}
	}
	if route.FeedbackAddress != "" && route.ReturnPathARN == "" {
		q.Senders = append(q.Senders, route.FeedbackAddress)
	}
	e.gather(way, q)
}

func (e *exporter) gather(way *way, q facts.Query) *facts.Snapshot {
	if q.Region == "" {
		q.Region = way.region
	}
	s := way.known.Snapshot(e.ctx, q)
	e.gathered[way.role] = append(e.gathered[way.role], s)
	e.known = e.known || s.Caller.Known()
	for _, g := range s.Gaps() {
		e.lacks(g)
	}
	return s
}

// organizations reads what bears on accounts that need not be the caller's.
func (e *exporter) organizations(c *cloud, accounts []string) {
	live := collect.New(c.config, collect.Options{})
	for _, account := range accounts {
		org, err := live.Organization(e.ctx, facts.Caller{Account: account})
		if err != nil {
			e.lacks(facts.Gap{What: "organization of account " + account, Err: err})
			continue
		}
		if org.LevelsGap != nil {
			e.lacks(*org.LevelsGap)
			continue
		}
		e.known = true
		now := time.Now()
		e.gathered[""] = append(e.gathered[""], &facts.Snapshot{
			Caller:       facts.Fact[facts.Caller]{Value: facts.Caller{Account: account}, At: now},
			Organization: facts.Fact[facts.Organization]{Value: org, At: now},
		})
	}
}

// lacks notes what the file will not hold, once.
func (e *exporter) lacks(g facts.Gap) {
	if line := gapText(g); !slices.Contains(e.missing, line) {
		e.missing = append(e.missing, line)
	}
}
