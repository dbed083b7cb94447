package main

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"sesgate/proxy"
)

// Listener is one address on which mail is taken.
type Listener struct {
	Address        string   `yaml:"address"`
	Mode           string   `yaml:"mode"`
	Protocol       string   `yaml:"protocol"`
	TLS            string   `yaml:"tls"`
	CertFile       string   `yaml:"cert_file"`
	KeyFile        string   `yaml:"key_file"`
	RequireTLS     bool     `yaml:"require_tls"`
	Users          string   `yaml:"users"`
	ProxyProtocol  []string `yaml:"proxy_protocol"`
	Diagnostics    string   `yaml:"diagnostics"`
	Networks       []string `yaml:"networks"`
	AllowOpen      bool     `yaml:"allow_open"`
	LineEndings    string   `yaml:"line_endings"`
	NullSender     string   `yaml:"null_sender"`
	AllowHeaders   []string `yaml:"allow_headers"`
	MaxMessageSize int64    `yaml:"max_message_size"`
	MaxConnections int64    `yaml:"max_connections"`
	MaxPerClient   int64    `yaml:"max_connections_per_client"`

	IdleTimeout    time.Duration `yaml:"idle_timeout"`
	DataTimeout    time.Duration `yaml:"data_timeout"`
	MessageTimeout time.Duration `yaml:"message_timeout"`
	ReplyTimeout   time.Duration `yaml:"reply_timeout"`
	WriteTimeout   time.Duration `yaml:"write_timeout"`
}

// DefaultListener is what a listener has that the file says nothing of.
func DefaultListener() Listener {
	return Listener{
		Address:        "127.0.0.1:2525",
		Mode:           "0660",
		Protocol:       "smtp",
		TLS:            "none",
		LineEndings:    "normalize",
		NullSender:     "refuse",
		MaxMessageSize: 28 * megabyte,
		MaxConnections: 1000,
		MaxPerClient:   100,
		IdleTimeout:    5 * time.Minute,
		DataTimeout:    time.Minute,
		MessageTimeout: 10 * time.Minute,
		WriteTimeout:   time.Minute,
	}
}

func (d *decoder) checkListener(path string, l Listener) {
	local, err := isLocal(l.Address)
	if err != nil {
		d.wrong(path+".address", "%v", err)
	}
	if err == nil && (!local || len(l.ProxyProtocol) > 0) {
		d.checkOpen(path, l)
	}
	if _, err := fileMode(l.Mode); err != nil {
		d.wrong(path+".mode", "%v", err)
	}
	d.oneOf(path+".protocol", l.Protocol, "smtp", "lmtp")
	d.checkTLS(path, l)
	d.checkNetworks(path+".networks", l.Networks)
	d.checkNetworks(path+".proxy_protocol", l.ProxyProtocol)
	if l.Diagnostics != "" {
		d.oneOf(path+".diagnostics", l.Diagnostics, "full", "code", "none")
	}
	if l.MaxMessageSize < 1024 || l.MaxMessageSize > 29*megabyte {
		d.wrong(path+".max_message_size", "%d is not between 1KB and 29MB (SES takes 40 MB after base64)", l.MaxMessageSize)
	}
	if l.MaxConnections < 1 || l.MaxConnections > 100_000 {
		d.wrong(path+".max_connections", "%d is not between 1 and 100000", l.MaxConnections)
	}
	if l.MaxPerClient < 1 || l.MaxPerClient > 100_000 {
		d.wrong(path+".max_connections_per_client", "%d is not between 1 and 100000", l.MaxPerClient)
	}
	d.oneOf(path+".line_endings", l.LineEndings, "normalize", "reject")
	if l.NullSender != "refuse" && proxy.CheckAddress(l.NullSender) != nil {
		d.wrong(path+".null_sender", "%q is neither refuse nor an address such as bounces@example.com", l.NullSender)
	}
	for i, name := range l.AllowHeaders {
		d.oneOf(fmt.Sprintf("%s.allow_headers[%d]", path, i), strings.ToUpper(name), proxy.SteeringHeaders...)
	}
	d.checkTimeouts(path, l)
}

func (d *decoder) checkTimeouts(path string, l Listener) {
	d.between(path+".idle_timeout", l.IdleTimeout, time.Second, time.Hour)
	d.between(path+".data_timeout", l.DataTimeout, time.Second, time.Hour)
	d.between(path+".message_timeout", l.MessageTimeout, time.Second, 24*time.Hour)
	d.between(path+".write_timeout", l.WriteTimeout, time.Second, time.Hour)
	if l.ReplyTimeout != 0 {
		d.between(path+".reply_timeout", l.ReplyTimeout, time.Second, time.Hour)
	}
}

// checkOpen keeps strangers from sending where they reach the listener.
func (d *decoder) checkOpen(path string, l Listener) {
	for key, err := range l.faults() {
		d.wrong(path+"."+key, "%v", err)
	}
}

// faults are what makes a listener that strangers reach an open relay, or has
// passwords sent there in the clear, by key.
func (l Listener) faults() iter.Seq2[string, error] {
	reached := "can be reached from other machines"
	if len(l.ProxyProtocol) > 0 {
		reached = "is reached by the clients of its proxies"
	}
	return func(yield func(string, error) bool) {
		if len(l.Networks) == 0 && l.Users == "" && !l.AllowOpen && !yield("address",
			fmt.Errorf("%q %s, and everybody there could send mail as you: "+
				"name the clients in networks, or give them passwords in users, or listen on 127.0.0.1 "+
				"(or, if something else keeps strangers out, set allow_open: true)", l.Address, reached)) {
			return
		}
		if l.Users != "" && l.TLS == "none" {
			yield("users", errors.New("passwords are taken under TLS only where other machines reach the listener: "+
				"set tls to starttls or implicit, with cert_file and key_file"))
		}
	}
}

func (d *decoder) checkTLS(path string, l Listener) {
	d.oneOf(path+".tls", l.TLS, "none", "starttls", "implicit")
	for _, set := range []struct {
		key string
		is  bool
	}{{"cert_file", l.CertFile != ""}, {"key_file", l.KeyFile != ""}, {"require_tls", l.RequireTLS}} {
		switch {
		case set.is && l.TLS == "none":
			d.wrong(path+"."+set.key, "has no meaning while tls is none: set tls to starttls or implicit")
		case !set.is && l.TLS != "none" && set.key != "require_tls":
			d.wrong(path+".tls", "%s needs %s", l.TLS, set.key)
		}
	}
}

func (d *decoder) checkNetworks(path string, networks []string) {
	for i, n := range networks {
		at := fmt.Sprintf("%s[%d]", path, i)
		prefix, err := netip.ParsePrefix(n)
		addr, single := netip.ParseAddr(n)
		switch {
		case single == nil:
			addr = addr.Unmap()
			d.wrong(at, "%q is an address, not a network: write %s/%d for it alone", n, addr, addr.BitLen())
		case err != nil:
			d.wrong(at, "%q is not a network such as 10.0.0.0/8", n)
		case prefix.Addr().Is4In6() && prefix.Bits() >= 96:
			d.wrong(at, "%q holds no client: clients of IPv4 are known as such, write %s/%d", n, prefix.Addr().Unmap(), prefix.Bits()-96)
		case prefix.Addr().Is4In6():
			d.wrong(at, "%q holds no client: clients of IPv4 are known as such, write their network as 10.0.0.0/8", n)
		}
	}
}

// fileMode reads the permissions of a Unix socket, in octal.
func fileMode(text string) (fs.FileMode, error) {
	mode, err := strconv.ParseUint(text, 8, 32)
	if err != nil || mode > 0o777 {
		return 0, fmt.Errorf("%q is not the permissions of a file, such as \"0660\"", text)
	}
	return fs.FileMode(mode), nil
}

// isLocal reports whether only this machine can reach the address.
func isLocal(address string) (bool, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		if !strings.HasPrefix(path, "/") || len(path) > 100 {
			return false, fmt.Errorf("%q is not unix:/path with an absolute path of at most 100 octets", address)
		}
		return true, nil
	}
	if name, ok := strings.CutPrefix(address, "systemd:"); ok {
		if name == "" {
			return false, fmt.Errorf("%q names no socket: write systemd:NAME, by FileDescriptorName= of the socket unit", address)
		}
		return true, nil // once it is there it is looked at again
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false, fmt.Errorf("%q is not host:port such as 127.0.0.1:2525, nor unix:/path or systemd:NAME", address)
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
