package main

import (
	"fmt"
	"io"
	"strings"

	"sesgate/proxy/users"
)

type hashCommand struct {
	Name string `arg:"" help:"Name of the user."`
}

// Run reads a password from standard input and prints the line of its user.
func (c hashCommand) Run(p *program) error {
	text, err := io.ReadAll(io.LimitReader(p.stdin, 4<<10))
	if err != nil {
		return fmt.Errorf("read the password: %w", err)
	}
	password, _, _ := strings.Cut(string(text), "\n")
	hash, err := users.Hash(strings.TrimSuffix(password, "\r"))
	if err != nil {
		return err
	}
	line := c.Name + ":" + hash
	if _, err := users.Parse([]byte(line)); err != nil {
		return fmt.Errorf("%q cannot be a user: %w", c.Name, err)
	}
	_, err = fmt.Fprintln(p.stdout, line)
	return err
}
