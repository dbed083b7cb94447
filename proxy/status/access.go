package status

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// admits reports whether a request may see the page: it carries the Token, if
// there is one, as a bearer's or, for browsers, as the password of basic
// authentication under any name (RFC 6750, RFC 7617).
func (b *Board) admits(r *http.Request) bool {
	if b.Token == "" {
		return true
	}
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		_, given, _ = r.BasicAuth()
	}
	want, got := sha256.Sum256([]byte(b.Token)), sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// isProbe reports whether a path may be asked for without the Token: those who
// probe seldom can carry one.
func isProbe(path string) bool { return path == "/livez" || path == "/readyz" }

// trusts reports whether the client may be told why the proxy is not ready: it
// has the Token, or is on this machine.
func (b *Board) trusts(r *http.Request) bool {
	client, err := netip.ParseAddrPort(r.RemoteAddr)
	return b.admits(r) || err == nil && client.Addr().Unmap().IsLoopback()
}

// answersTo tells the board's own names from those that somebody else pointed at
// its address: a page from evil.example whose name is rebound to 127.0.0.1 still
// sends Host: evil.example.
func (b *Board) answersTo(host string) bool {
	name := hostName(host)
	addr, err := netip.ParseAddr(name)
	isAddress := err == nil
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || isAddress && addr.Unmap().IsLoopback() {
		return true
	}
	for _, own := range b.Hosts {
		ownAddr, err := netip.ParseAddr(hostName(own))
		switch {
		case err == nil && isAddress:
			if ownAddr.IsUnspecified() || ownAddr.Unmap() == addr.Unmap() {
				return true
			}
		case err != nil && !isAddress && name != "" && hostName(own) == name:
			return true
		}
	}
	return false
}

// hostName is the name or address of a Host header, without port and brackets.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
