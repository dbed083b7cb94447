package proxy

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"time"

	"go.uber.org/zap"

	"sesgate/authz"
	"sesgate/proxy/guard"
)

// Mode is what a pre-flight finding leads to. In every mode what would not be safe
// to relay is refused: an address of two readings, a message beyond the limits.
type Mode string

const (
	Enforce Mode = "enforce" // what SES would refuse is refused here; "" means the same
	Warn    Mode = "warn"    // findings are recorded, the message is relayed
	Off     Mode = "off"     // the Checker is not asked
)

// Diagnostics is how much a reply tells the client of a refusal's reasons.
type Diagnostics string

const (
	DiagnosticsFull Diagnostics = "full" // everything
	DiagnosticsCode Diagnostics = "code" // the codes of the catalogue
	DiagnosticsNone Diagnostics = "none" // nothing
)

// Server serves SMTP on one listener. Checker and Relay are needed, the zero
// value of every other field works. Fields are not changed once Serve runs.
type Server struct {
	Name      string      // of the listener, in events; "" is its address
	Hostname  string      // what the server calls itself in greetings; "" is localhost
	Checker   Checker     // says what SES would refuse; may be nil where Mode is Off
	Relay     Relay       // hands messages to SES
	Recorders []Recorder  // are told of every transaction
	Logger    *zap.Logger // for what concerns no transaction; nil is none
	Mode      Mode        // what findings lead to; "" is Enforce

	// Diagnostics: "" is full on loopback and Unix sockets, code elsewhere.
	Diagnostics Diagnostics

	// Region is that of routes which name none; "" leaves it to Checker and Relay.
	Region string

	// Routes say by the sender how messages are handed to SES, Route does for all
	// others. No two have the same name.
	Routes Routes
	Route  authz.Route

	// Networks are the clients that may connect; without any, all may that reach
	// the listener. Clients of a Unix socket always may.
	Networks []netip.Prefix

	// Proxies are where connections come from that begin with a PROXY header, which
	// says who the client is. Where there are some, no others are served. Proxies that
	// come by a Unix socket always may.
	Proxies []netip.Prefix

	// TLS begins with the connection where ImplicitTLS is set, otherwise by STARTTLS.
	// nil: there is none. With RequireTLS no mail is taken in the clear.
	TLS         *tls.Config
	ImplicitTLS bool
	RequireTLS  bool

	// Users have to authenticate before they send, under TLS unless the client is on
	// this machine. nil: everybody may send who may connect.
	Users Users

	// LMTP speaks LMTP (RFC 2033) in place of SMTP: a reply to the message for each
	// recipient. As SES takes a message for all of them or for none, they are the same.
	LMTP bool

	MaxConnections int // 0 is 1,000
	MaxPerClient   int // connections of one client of another machine; 0 is 100
	MaxRecipients  int // of one message; 0 is 50, which is the most SES takes

	// MaxMessageBytes is the largest message, in octets and with CRLF line endings;
	// 0 is 28 MiB. SES takes 40 MB after base64 (Quotas, "Message quotas"), which is
	// 30 MiB before, and adds headers of its own.
	MaxMessageBytes int64

	// RejectLoneEndings refuses messages with a CR or LF that stands alone, where
	// otherwise it is made CRLF.
	RejectLoneEndings bool

	// NullSender is the address as which mail with a null reverse-path is sent; "" refuses it.
	NullSender string

	// AllowHeaders are those of the SteeringHeaders with which applications may
	// choose how SES handles a message. All others are taken out unread. As they come
	// after the envelope, nothing is then refused before DATA for what AWS says.
	AllowHeaders []string

	// Memory bounds what messages hold while they are in flight. Servers may share
	// it; nil sets no bound.
	Memory *Budget

	// Wait is how long a transaction may wait for facts, all its checks taken
	// together; 0 is 2 s. What is not known by then is unknown.
	Wait time.Duration

	SendTimeout    time.Duration // for handing one message to SES; 0 is 1 minute
	IdleTimeout    time.Duration // for a command; 0 is 5 minutes
	DataTimeout    time.Duration // between two reads of a message; 0 is 1 minute
	MessageTimeout time.Duration // for a whole message to arrive; 0 is 10 minutes
	WriteTimeout   time.Duration // for a client to take a reply; 0 is 1 minute

	// ReplyTimeout is how long clients wait for the answer to a message once it has
	// arrived. What is not on its way to SES a little earlier is not sent. 0 sets no
	// bound but SendTimeout.
	ReplyTimeout time.Duration

	Grace time.Duration // for open transactions once Serve's context has ended; 0 is 25 s

	serving serving
}

// Limits that are not configured.
const (
	maxJunk    = 100         // commands of a connection between two messages that lead to none, as Postfix has it
	minRate    = 500         // octets of a message that must arrive in a second, on average, as Postfix has it
	maxRefused = 50          // recipients of a connection that are refused for good, between two messages
	maxExcess  = 1 << 20     // octets of a message that is too large which are read beyond the limit
	farewell   = time.Second // for clients to take their last reply when Grace is over
)

// Serve answers the clients of l until ctx ends. Then it stops accepting, tells
// idle clients 421, lets open transactions end, ends by force what is left after
// Grace, with a reply that says so, and returns nil when the last session is over.
// It returns early, after the same, with an error if l fails.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	sending, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()
	run := s.start(sending, l)
	s.serving.begin(run)
	if len(s.Proxies) > 0 {
		p := run.proxied(l)
		defer p.wait()
		l = p
	}
	library, g := run.library(), run.guard(l)

	served := make(chan error, 1)
	go func() { served <- library.Serve(g) }()
	var failure error
	select {
	case <-ctx.Done():
		g.Drain()
		<-served
	case failure = <-served:
		g.Drain()
	}

	over := make(chan struct{})
	go func() {
		defer close(over)
		library.Shutdown(context.Background())
		s.serving.wait()
	}()
	grace := time.NewTimer(cmp.Or(s.Grace, 25*time.Second))
	defer grace.Stop()
	select {
	case <-over:
	case <-grace.C:
		run.log.Warn("closing connections by force", zap.Int("connections", g.Open()))
		g.Expel()
		abort()
		last := time.AfterFunc(farewell, g.CloseAll)
		defer last.Stop()
		<-over
	}
	return failure
}

// guard puts the guard beneath the library.
func (r *run) guard(l net.Listener) *guard.Listener {
	return &guard.Listener{
		Listener:       l,
		Hostname:       r.hostname(),
		MaxConns:       cmp.Or(r.MaxConnections, 1000),
		MaxJunk:        maxJunk,
		Admit:          r.serving.admits,
		Rewrite:        r.rewrite,
		Fault:          disconnected.error(),
		MaxPerClient:   cmp.Or(r.MaxPerClient, 100),
		TLS:            r.TLS,
		Implicit:       r.ImplicitTLS,
		Unsecured:      r.unsecured,
		InStep:         !local(l.Addr()),
		MinRate:        minRate,
		IdleTimeout:    r.IdleTimeout,
		DataTimeout:    r.DataTimeout,
		MessageTimeout: r.MessageTimeout,
		WriteTimeout:   r.WriteTimeout,
	}
}

// admits reports whether a client's address is in one of the Networks.
func (s *Server) admits(client net.Addr) bool {
	return !isTCP(client) || len(s.Networks) == 0 || within(s.Networks, client)
}

func (s *Server) hostname() string           { return cmp.Or(s.Hostname, "localhost") }
func (s *Server) mode() Mode                 { return cmp.Or(s.Mode, Enforce) }
func (s *Server) maxRecipients() int         { return cmp.Or(s.MaxRecipients, 50) }
func (s *Server) maxMessageBytes() int64     { return cmp.Or(s.MaxMessageBytes, 28<<20) }
func (s *Server) wait() time.Duration        { return cmp.Or(s.Wait, 2*time.Second) }
func (s *Server) sendTimeout() time.Duration { return cmp.Or(s.SendTimeout, time.Minute) }
