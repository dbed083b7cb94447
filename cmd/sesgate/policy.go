package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"sesgate/authz"
	"sesgate/authz/facts"
	"sesgate/proxy"
)

type policyCommand struct {
	settings
	From      []string      `placeholder:"SENDER" help:"Addresses or domains that mail is sent from, separated by commas, besides those of the routes."`
	Role      string        `placeholder:"ARN" help:"For this role of a route, in place of the principal of the AWS environment."`
	Preflight bool          `help:"Also what is read to explain refusals; without it refusals are left to SES."`
	Wait      time.Duration `default:"30s" help:"How long to wait for facts."`
}

// Run prints the least that IAM has to allow, as JSON that can be pasted. What to
// know about it goes to standard error.
func (c policyCommand) Run(p *program) error {
	cfg, _, err := c.load(p)
	if err != nil {
		return err
	}
	senders, err := sendersOf(cfg, c.From)
	if err != nil {
		return &problem{exitUsage, err}
	}
	if len(senders) == 0 {
		return &problem{exitUsage, errors.New("--from is needed: the policy is for the identities of the senders that it names")}
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

	w := &policyWriter{ctx: ctx, cfg: cfg, ways: ways, role: c.Role}
	if w.isChecker() {
		return c.print(p, w.ofChecker())
	}
	for _, sender := range senders {
		w.sender(sender, routeOf(cfg, sender))
	}
	if len(w.statements) == 0 {
		return &problem{exitUsage, fmt.Errorf("none of the senders goes by the role %q: the routes' roles are %s", c.Role, strings.Join(roles(cfg), ", "))}
	}
	if c.Role == "" {
		w.assumed(roles(cfg))
	}
	if c.Preflight {
		w.reads()
	}
	return c.print(p, w)
}

func (c policyCommand) print(p *program, w *policyWriter) error {
	for _, note := range w.notes {
		fmt.Fprintf(p.stderr, "sesgate: %s\n", note)
	}
	enc := json.NewEncoder(p.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Version   string
		Statement []statement
	}{"2012-10-17", w.statements})
}

// sendersOf are those that the flag and the routes name, a domain as an address in
// it.
func sendersOf(cfg Config, from []string) ([]string, error) {
	names := slices.Clone(from)
	for _, r := range cfg.Routes {
		names = append(names, r.Senders...)
	}
	var list []string
	for _, name := range names {
		if strings.ContainsAny(name, "*?") {
			continue // nobody in particular
		}
		address := name
		if !strings.Contains(name, "@") {
			address = anybody + "@" + name
		}
		if err := proxy.CheckAddress(address); err != nil {
			return nil, fmt.Errorf("--from %q: %w", name, err)
		}
		list = append(list, address)
	}
	return list, nil
}

// anybody stands for the senders of a domain.
const anybody = "anybody"

// roles are those that routes assume.
func roles(cfg Config) []string {
	var list []string
	for _, r := range cfg.Routes {
		if r.Role != "" && !slices.Contains(list, r.Role) {
			list = append(list, r.Role)
		}
	}
	return list
}

// statement is one of an IAM policy.
type statement struct {
	Sid      string
	Effect   string
	Action   []string
	Resource []string
}

// policyWriter gathers the statements that one principal needs.
type policyWriter struct {
	ctx        context.Context
	cfg        Config
	ways       *ways
	role       string // of the principal; "" is that of the AWS environment
	known      []*facts.Snapshot
	routes     []authz.Route // those that known are about
	statements []statement
	notes      []string
}

// sender adds what handing over the mail of a sender takes: the resources that the
// Checker says SES authorises.
func (w *policyWriter) sender(address string, r authz.Route) {
	if r.Role != w.role {
		if w.role == "" {
			w.note("mail from %s goes by %s: sesgate policy --role %s prints its policy", name(address), r.Role, r.Role)
		}
		return
	}
	way := w.ways.of(r)
	v := way.Check(w.ctx, authz.Request{Route: r, MailFrom: address, Header: &authz.Header{From: address}})
	snap := way.known.Snapshot(w.ctx, facts.Query{Region: way.region})
	w.known, w.routes = append(w.known, snap), append(w.routes, r)
	resources := slices.Clone(v.Resources)
	if len(resources) == 0 {
		w.note("who sends is not known: put partition, account and identity in the place of aws, ACCOUNT and %s", domain(address))
		resources = append(resources, fmt.Sprintf("arn:aws:ses:%s:ACCOUNT:identity/%s", way.region, domain(address)))
	}
	if v.Identity == "" && r.IdentityARN == "" && len(v.Resources) > 0 {
		w.note("which identity covers %s in %s is not known: the policy names all that may", name(address), way.region)
	}
	if snap.Account.Known() && snap.Account.Value.Sandbox {
		w.note("the account is in the sandbox in %s, where the recipients' identities are authorised, too: the policy names all; print it again once production access is granted", way.region)
		resources = append(resources, arnOf(snap, "ses", way.region, "identity/*"))
	}
	w.allow("SendMail", []string{"ses:SendRawEmail"}, resources...)
}

// assumed adds the roles that routes assume, and the one that reads facts.
func (w *policyWriter) assumed(roles []string) {
	if len(roles) > 0 {
		w.allow("AssumeRolesOfRoutes", []string{"sts:AssumeRole"}, roles...)
	}
	if checker := w.cfg.Facts.Role; checker != "" {
		w.allow("AssumeChecker", []string{"sts:AssumeRole"}, checker)
	}
}

// allow adds resources to the statement of that name, which it makes if there is
// none.
func (w *policyWriter) allow(sid string, actions []string, resources ...string) {
	i := slices.IndexFunc(w.statements, func(s statement) bool { return s.Sid == sid })
	if i < 0 {
		i = len(w.statements)
		w.statements = append(w.statements, statement{Sid: sid, Effect: "Allow", Action: actions})
	}
	s := &w.statements[i]
	for _, r := range resources {
		if !slices.Contains(s.Resource, r) {
			s.Resource = append(s.Resource, r)
		}
	}
}

// note keeps what is to be said, each thing once.
func (w *policyWriter) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(w.notes, text) {
		w.notes = append(w.notes, text)
	}
}

// name is a sender as it was given.
func name(address string) string { return strings.TrimPrefix(address, anybody+"@") }

func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// arnOf is the ARN of something of the sending account.
func arnOf(snap *facts.Snapshot, service, region, resource string) string {
	partition, account := "aws", "ACCOUNT"
	if snap.Caller.Known() {
		partition, account = snap.Caller.Value.Partition, snap.Caller.Value.Account
	}
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", partition, service, region, account, resource)
}
