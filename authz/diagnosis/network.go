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

// network returns the code of an error of the network's types that means that
// nothing was sent.
func network(err error) (Code, bool) {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound && sesHost.MatchString(dns.Name) {
			return RegNoSES, true
		}
		return Net, true
	}
	if untrusted(err) {
		return NetTLS, true
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == "proxyconnect") {
		return Net, true
	}
	return "", false
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
