package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"sesgate/authz/diagnosis"
)

type explainCommand struct {
	What []string `arg:"" optional:"" help:"A code such as iam-noallow, or the text of an error in quotes; nothing lists the codes."`
}

// Run explains a code, or what the text of an error says and the code it means.
func (c explainCommand) Run(p *program) error {
	if len(c.What) == 0 {
		return list(p.stdout)
	}
	text := strings.TrimSpace(strings.Join(c.What, " "))
	code := diagnosis.Code(strings.ToLower(strings.Trim(text, "[] ")))
	if entry, ok := diagnosis.Lookup(code); ok {
		return entry.Explain(p.stdout)
	}
	f, ok := diagnosis.FromText(text)
	if !ok {
		return fmt.Errorf("neither a code nor an error that sesgate knows: %s%s; sesgate explain lists the codes", diagnosis.Clean(text, 200), didYouMean(string(code), codes()))
	}
	return f.Explain(p.stdout)
}

// list prints every code with its title.
func list(w io.Writer) error {
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, e := range diagnosis.All() {
		fmt.Fprintf(columns, "%s\t%d %s\t%s\n", e.Code, e.Reply, e.Enhanced, e.Title)
	}
	return columns.Flush()
}

func codes() []string {
	var list []string
	for _, e := range diagnosis.All() {
		list = append(list, string(e.Code))
	}
	return list
}
