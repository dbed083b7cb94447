package main

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// Listener is one address on which mail is taken.
type Listener struct {
	Address        string   `yaml:"address"`
	Diagnostics    string   `yaml:"diagnostics"`
	Networks       []string `yaml:"networks"`
	AllowOpen      bool     `yaml:"allow_open"`
	MaxMessageSize int64    `yaml:"max_message_size"`
	MaxConnections int64    `yaml:"max_connections"`
}

// DefaultListener is what a listener has that the file says nothing of.
func DefaultListener() Listener {
	return Listener{
		Address:        "127.0.0.1:2525",
		MaxMessageSize: 28 * megabyte,
		MaxConnections: 1000,
	}
}

func (d *decoder) checkListener(path string, l Listener) {
	local, err := isLocal(l.Address)
	if err != nil {
		d.wrong(path+".address", "%v", err)
	}
	for i, n := range l.Networks {
		if _, err := netip.ParsePrefix(n); err != nil {
			d.wrong(fmt.Sprintf("%s.networks[%d]", path, i), "%q is not a network such as 10.0.0.0/8", n)
		}
	}
	if err == nil && !local && len(l.Networks) == 0 && !l.AllowOpen {
		d.wrong(path+".address", "%q can be reached from other machines, and everybody there could send mail as you: "+
			"name the clients in networks, or listen on 127.0.0.1 (or, if something else keeps strangers out, set allow_open: true)", l.Address)
	}
	if l.Diagnostics != "" {
		d.oneOf(path+".diagnostics", l.Diagnostics, "full", "code", "none")
	}
	if l.MaxMessageSize < 1024 || l.MaxMessageSize > 29*megabyte {
		d.wrong(path+".max_message_size", "%d is not between 1KB and 29MB (SES takes 40 MB after base64)", l.MaxMessageSize)
	}
	if l.MaxConnections < 1 || l.MaxConnections > 100_000 {
		d.wrong(path+".max_connections", "%d is not between 1 and 100000", l.MaxConnections)
	}
}

// isLocal reports whether only this machine can reach the address.
func isLocal(address string) (bool, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		if !strings.HasPrefix(path, "/") || len(path) > 100 {
			return false, fmt.Errorf("%q is not unix:/path with an absolute path of at most 100 octets", address)
		}
		return true, nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false, fmt.Errorf("%q is not host:port such as 127.0.0.1:2525, nor unix:/path", address)
	}
	if _, err := net.LookupPort("tcp", port); err != nil || port == "" {
		return false, fmt.Errorf("%q has no port between 0 and 65535 after the colon", address)
	}
	if host == "localhost" {
		return true, nil
	}
	if host == "" {
		return false, nil
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false, fmt.Errorf("%q: the host is not an IP address; use one of this machine's, 127.0.0.1 or localhost", address)
	}
	return ip.IsLoopback(), nil
}
