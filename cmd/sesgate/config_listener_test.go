package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSesgateIsNoOpenRelay is the matrix of what may reach a listener and what
// keeps strangers from sending.
func TestSesgateIsNoOpenRelay(t *testing.T) {
	t.Parallel()
	for _, address := range []struct {
		text  string
		local bool
	}{
		{"127.0.0.1:2525", true}, {"[::1]:2525", true}, {"localhost:2525", true}, {"unix:/run/sesgate.sock", true},
		{"0.0.0.0:2525", false}, {"[::]:2525", false}, {":2525", false}, {"10.0.0.1:2525", false}, {"[::ffff:10.0.0.1]:2525", false},
	} {
		for rule, settings := range map[string]string{
			"nothing":  "",
			"networks": "networks: [10.0.0.0/8]",
			"users":    "users: u, tls: starttls, cert_file: c, key_file: k",
			"open":     "allow_open: true",
		} {
			t.Run(address.text+" "+rule, func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "config.yaml")
				text := fmt.Sprintf("listeners: [{address: %q, %s}]\n", address.text, settings)
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				_, _, err := Load(path, nil)
				if refused := err != nil; refused != (!address.local && rule == "nothing") {
					t.Errorf("%s: %v", text, err)
				}
				if err != nil && !strings.Contains(err.Error(), "everybody there could send mail as you") {
					t.Errorf("%v", err)
				}
			})
		}
	}
}
