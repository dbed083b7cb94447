package proxy

import (
	"net"
	"strings"

	"go.uber.org/zap"
)

// The replies about TLS. Codes are those of RFC 3207 sections 4 and 4.1.
var (
	readyForTLS   = fixed(220, 2, 0, 0, "ready for TLS")
	alreadySecure = fixed(503, 5, 5, 1, "TLS is in use already")
	lateTLS       = fixed(503, 5, 5, 1, "STARTTLS comes before AUTH and MAIL: send RSET, or connect again")
	bareTLS       = fixed(501, 5, 5, 4, "STARTTLS takes no parameter")
	needTLS       = fixed(530, 5, 7, 0, "send STARTTLS first: turn TLS on in the application")
)

// startTLS answers STARTTLS, which the library knows nothing of. It returns nil
// once the client speaks TLS, or has failed to.
func (s *session) startTLS() *reply {
	switch {
	case s.conn.Secure():
		return alreadySecure
	case s.run.TLS == nil:
		return noTLS
	case strings.ToUpper(strings.TrimSpace(s.conn.Line())) != "STARTTLS":
		return bareTLS
	case s.user != nil, s.underway():
		return lateTLS
	}
	s.greeted = false // what was said in the clear is forgotten (RFC 3207 section 4.2)
	s.conn.StartTLS(readyForTLS.wire())
	return nil
}

// underway reports whether a transaction is open.
func (s *session) underway() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tx != nil
}

// greets notes a client's EHLO, by the command that the library has read last.
func (s *session) greets() {
	switch line := s.conn.Line(); strings.ToUpper(line[:min(len(line), 4)]) {
	case "EHLO", "HELO", "LHLO":
		s.greeted = true
	}
}

// offersTLS reports whether EHLO tells of STARTTLS.
func (s *session) offersTLS() bool { return s.run.TLS != nil && !s.conn.Secure() }

// unsecured logs a handshake that has failed: often an operator's only hint that a
// client does not trust the certificate.
func (r *run) unsecured(client net.Addr, err error) {
	r.log.Warn("tls handshake", zap.String("listener", r.listener), zap.String("client", clientName(client)), zap.Error(err))
}
