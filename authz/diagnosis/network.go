package diagnosis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"regexp"
)

// sesHost is a name of an endpoint of SES's API.
var sesHost = regexp.MustCompile(`(?i)^email(-fips)?\..+\.amazonaws\.com(\.cn)?\.?$`)

// network returns what an error of the network's types means, if it means that
// nothing was sent. The finding quotes text.
func network(err error, text string) (Finding, bool) {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return lookupFailed(dns, text), true
	}
	if untrusted(err) {
		return answered(NetTLS, text), true
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == "proxyconnect") {
		return answered(Net, text), true
	}
	return Finding{}, false
}

// lookupFailed tells a name that does not exist from a resolver that does not
// answer, which says nothing about the region.
func lookupFailed(dns *net.DNSError, text string) Finding {
	code := Net
	if dns.IsNotFound && !dns.Temporary() && sesHost.MatchString(dns.Name) {
		code = RegNoSES
	}
	f := answered(code, text)
	f.Title = Clean("the name "+dns.Name+" cannot be looked up", maxTitle)
	f.Source = Clean(dns.Name, maxName)
	return f
}

// interrupted reports whether err cut short a call that was under way.
func interrupted(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, &timeout) && timeout.Timeout()
}

func untrusted(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		alert        tls.AlertError
		authority    x509.UnknownAuthorityError
		host         x509.HostnameError
		invalid      x509.CertificateInvalidError
		roots        x509.SystemRootsError
	)
	for _, target := range []any{&verification, &record, &alert, &authority, &host, &invalid, &roots} {
		if errors.As(err, target) {
			return true
		}
	}
	return false
}
