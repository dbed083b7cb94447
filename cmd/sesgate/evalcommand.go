package main

type evalCommand struct{}

// Run answers cases as they come in.
func (evalCommand) Run(p *program) error { return evalCases(p.stdin, p.stdout) }
