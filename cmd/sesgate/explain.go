package main

import (
	"fmt"
	"strings"

	"sesgate/authz/diagnosis"
)

type explainCommand struct {
	What []string `arg:"" help:"A code such as iam-noallow, or the text of an error in quotes."`
}

// Run explains a code, or what the text of an error says and the code it means.
func (c explainCommand) Run(p *program) error {
	text := strings.TrimSpace(strings.Join(c.What, " "))
	code := diagnosis.Code(strings.ToLower(strings.Trim(text, "[] ")))
	if entry, ok := diagnosis.Lookup(code); ok {
		return entry.Explain(p.stdout)
	}
	f, ok := diagnosis.FromText(text)
	if !ok {
		return fmt.Errorf("neither a code nor an error that sesgate knows: %s%s", diagnosis.Clean(text, 200), didYouMean(string(code), codes()))
	}
	return f.Explain(p.stdout)
}

func codes() []string {
	var list []string
	for _, e := range diagnosis.All() {
		list = append(list, string(e.Code))
	}
	return list
}
