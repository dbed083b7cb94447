package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"sesgate/authz/policy"
)

type lintCommand struct {
	As        string   `enum:"identity,resource,scp,boundary,session,endpoint" default:"identity" help:"What the policies are attached to: ${enum}."`
	Principal string   `placeholder:"ARN" help:"User or role that the policies apply to."`
	Account   string   `placeholder:"ID" help:"Account whose identities are used."`
	Region    []string `placeholder:"REGION" help:"Regions in which mail is sent."`
	Identity  string   `placeholder:"ARN" help:"Identity that a sending authorization policy is attached to."`
	Files     []string `arg:"" optional:"" placeholder:"FILE" help:"Policies as JSON; none, or -, is standard input."`
}

// Run prints a line for each likely mistake, as compilers do, and exits 1 if there
// is one that is certain.
func (c lintCommand) Run(p *program) error {
	where := policy.Place{Regions: c.Region, Account: c.Account, Identity: c.Identity}
	if c.Principal != "" {
		principal, err := policy.ParsePrincipal(c.Principal)
		if err != nil {
			return &problem{exitUsage, fmt.Errorf("--principal: %w", err)}
		}
		where.Principal = principal
	}
	files := c.Files
	if len(files) == 0 {
		files = []string{"-"}
	}
	certain := false
	for _, file := range files {
		src, err := c.read(p, file)
		if err != nil {
			return err
		}
		found, err := c.lint(p.stdout, file, src, where)
		if err != nil {
			return err
		}
		certain = certain || found
	}
	if certain {
		return verdict(exitNo)
	}
	return nil
}

func (c lintCommand) read(p *program, file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(p.stdin)
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	return src, nil
}

// lint prints what is wrong in one policy, and reports whether some of it is
// certain.
func (c lintCommand) lint(w io.Writer, file string, src []byte, where policy.Place) (certain bool, err error) {
	layer := layersByName[c.As]
	doc, err := policy.ParseFor(layer, file, src)
	if err != nil {
		return true, writeClean(w, err.Error()+"\n")
	}
	var b strings.Builder
	for _, found := range policy.Lint(layer, doc, where) {
		certain = certain || !found.Suspected
		b.WriteString(problemText(file, found))
	}
	return certain, writeClean(w, b.String())
}

var layersByName = map[string]policy.Layer{
	"identity": policy.Identity, "resource": policy.Resource, "scp": policy.SCP,
	"boundary": policy.Boundary, "session": policy.Session, "endpoint": policy.Endpoint,
}

// problemText says a likely mistake in two lines.
func problemText(where string, p policy.Problem) string {
	likely := ""
	if p.Suspected {
		likely = "likely: "
	}
	return fmt.Sprintf("%s:%d:%d: %s%s [%s]\n    fix: %s\n", where, p.Line, p.Column, likely, p.Title, p.Rule, p.Fix)
}
