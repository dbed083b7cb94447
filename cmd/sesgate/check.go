package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"time"

	"go.uber.org/zap"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
	"sesgate/proxy"
)

type checkCommand struct {
	settings
	From             string        `required:"" placeholder:"ADDRESS" help:"Address of the From header, with or without a name."`
	To               []string      `required:"" placeholder:"ADDRESS" help:"Recipients, separated by commas."`
	FromName         string        `placeholder:"NAME" help:"Display name of the From header."`
	ReturnPath       string        `placeholder:"ADDRESS" help:"Address of a Return-Path header."`
	ConfigurationSet string        `placeholder:"NAME" help:"Configuration set (default: that of the sender's route, else of the identity)."`
	JSON             bool          `name:"json" help:"Print one JSON document."`
	Wait             time.Duration `default:"30s" help:"How long to wait for facts."`
}

// Run prints the verdict on one message. Nothing is sent.
func (c checkCommand) Run(p *program) error {
	request, err := c.request()
	if err != nil {
		return &problem{exitUsage, err}
	}
	cfg, _, err := c.load(p)
	if err != nil {
		return err
	}
	if c.ConfigurationSet != "" {
		if !shapeOfName.MatchString(c.ConfigurationSet) {
			return &problem{exitUsage, fmt.Errorf("--configuration-set %q: letters, digits, - and _, 64 at most", c.ConfigurationSet)}
		}
	}
	cloud, err := connect(p.ctx, cfg, zap.NewNop())
	if err != nil {
		return err
	}
	defer cloud.Close()
	cloud.facts.standAlone()
	ways := openWays(cloud, cfg, c.Wait)
	defer ways.Close()
	ctx, cancel := context.WithTimeout(p.ctx, c.Wait)
	defer cancel()
	request.Route = routeOf(cfg, request.Header.From)
	if c.ConfigurationSet != "" {
		request.Route.ConfigurationSet = c.ConfigurationSet
	}
	v := ways.Check(ctx, request)
	if c.JSON {
		err = writeJSON(p.stdout, v)
	} else {
		err = writeVerdict(p.stdout, v, request)
	}
	if err != nil {
		return fmt.Errorf("write the verdict: %w", err)
	}
	return exitOf(v.Decision)
}

// request is the message that the flags describe. The addresses pass the same
// gate as those of an SMTP client.
func (c checkCommand) request() (authz.Request, error) {
	h := &authz.Header{}
	name, from := c.FromName, c.From
	if a, err := mail.ParseAddress(from); err == nil && name == "" {
		name, from = a.Name, a.Address
	}
	h.FromName, h.NameOpaque = name, !plain(name)
	var err error
	if h.From, err = address("--from", from); err != nil {
		return authz.Request{}, err
	}
	if c.ReturnPath != "" {
		if h.ReturnPath, err = address("--return-path", c.ReturnPath); err != nil {
			return authz.Request{}, err
		}
	}
	request := authz.Request{MailFrom: h.From, Header: h, Suspects: true}
	for _, to := range c.To {
		to, err := address("--to", strings.TrimSpace(to))
		if err != nil {
			return authz.Request{}, err
		}
		request.Recipients = append(request.Recipients, to)
	}
	return request, nil
}

func address(flag, text string) (string, error) {
	text = strings.TrimSuffix(strings.TrimPrefix(text, "<"), ">")
	if err := proxy.CheckAddress(text); err != nil {
		return "", fmt.Errorf("%s %q: %w", flag, text, err)
	}
	return text, nil
}

// plain reports whether a display name is ASCII, which is written as it is.
func plain(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' })
}

func exitOf(d authz.Decision) error {
	switch d {
	case authz.Allow:
		return nil
	case authz.Deny:
		return verdict(exitNo)
	}
	return verdict(exitUnknown)
}

// writeVerdict prints a verdict for people.
func writeVerdict(w io.Writer, v authz.Verdict, r authz.Request) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s to %s in %s\n", v.Decision, r.Header.From, strings.Join(r.Recipients, ", "), v.Region)
	if v.Principal != "" {
		fmt.Fprintf(&b, "  as %s\n", v.Principal)
	}
	for _, f := range v.Findings {
		writeFinding(&b, f)
	}
	for i, p := range v.Problems() {
		if i == 0 {
			b.WriteString("\nin the policies, whether it bears on this message or not:\n")
		}
		b.WriteString(indented(problemText(p.Policy, p.Problem)))
	}
	if len(v.Gaps) > 0 {
		b.WriteString("\nnot known:\n")
	}
	for _, g := range v.Gaps {
		fmt.Fprintf(&b, "  %s\n", gapText(g))
	}
	if v.Decision == authz.Unknown {
		b.WriteString("\nsesgate would relay this message: SES decides\n")
	}
	return writeClean(w, b.String())
}

// writeClean writes lines of which each is made printable: what stands in them
// may come from policies and answers of others.
func writeClean(w io.Writer, text string) error {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		words := strings.TrimLeft(line, " ")
		indent := line[:len(line)-len(words)]
		if _, err := fmt.Fprintln(w, indent+diagnosis.Clean(words, 4000)); err != nil {
			return err
		}
	}
	return nil
}

func writeFinding(b *strings.Builder, f diagnosis.Finding) {
	likely := ""
	if f.Suspected {
		likely = "likely: "
	}
	fmt.Fprintf(b, "\n  %s%s [%s]\n", likely, f.Title, f.Code)
	if f.Detail != "" {
		fmt.Fprintf(b, "    %s\n", f.Detail)
	}
	if f.Fix != "" {
		fmt.Fprintf(b, "    fix: %s\n", f.Fix)
	}
}

func indented(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n  ") + "\n"
}

// gapText says what is not known and what would show it.
func gapText(g facts.Gap) string {
	switch {
	case g.Permission != "":
		return g.What + ": allow " + g.Needs()
	case g.Err != nil:
		return g.What + ": " + diagnosis.Clean(g.Err.Error(), 300)
	}
	return g.What
}

// cause is what AWS or the network answered in place of a fact.
func cause(g facts.Gap) string {
	if g.Err == nil {
		return ""
	}
	return diagnosis.Clean(g.Err.Error(), 300)
}

type verdictJSON struct {
	Decision  string              `json:"decision"`
	Findings  []diagnosis.Finding `json:"findings"`
	Gaps      []gapJSON           `json:"gaps"`
	Principal string              `json:"principal,omitempty"`
	Region    string              `json:"region,omitempty"`
	Resources []string            `json:"resources,omitempty"`
	FactsAge  float64             `json:"facts_age_seconds"`
	Problems  []problemJSON       `json:"policy_problems,omitempty"`
}

type problemJSON struct {
	Policy    string `json:"policy"`
	Rule      string `json:"rule"`
	Title     string `json:"title"`
	Fix       string `json:"fix"`
	Sid       string `json:"sid,omitempty"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	Suspected bool   `json:"suspected,omitempty"`
}

type gapJSON struct {
	What       string `json:"what"`
	Call       string `json:"call,omitempty"`
	Permission string `json:"permission,omitempty"`
	Principal  string `json:"principal,omitempty"` // who lacks it, if not the sender
	Cause      string `json:"cause,omitempty"`
}

func writeJSON(w io.Writer, v authz.Verdict) error {
	doc := verdictJSON{
		Decision: v.Decision.String(), Findings: v.Findings, Gaps: []gapJSON{},
		Principal: v.Principal, Region: v.Region, Resources: v.Resources, FactsAge: v.Age.Seconds(),
	}
	if doc.Findings == nil {
		doc.Findings = []diagnosis.Finding{}
	}
	for _, g := range v.Gaps {
		doc.Gaps = append(doc.Gaps, gapJSON{g.What, g.Call, g.Permission, g.Principal, cause(g)})
	}
	for _, p := range v.Problems() {
		doc.Problems = append(doc.Problems, problemJSON{p.Policy, string(p.Rule), p.Title, p.Fix, p.Statement.Sid, p.Line, p.Column, p.Suspected})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}
