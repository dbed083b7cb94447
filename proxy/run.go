package proxy

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"

	"github.com/emersion/go-smtp"
	"go.uber.org/zap"

	"sesgate/proxy/guard"
)

// run is a server at work: what its sessions share.
type run struct {
	*Server
	serving     *serving
	at          net.Listener
	ctx         context.Context // of checks and sends; ends when connections are closed by force
	listener    string
	diagnostics Diagnostics
	log         *zap.Logger
	failures    *failures
	budget      *Budget
	sessions    sync.WaitGroup // sessions, and messages still being handled
}

func (s *Server) start(ctx context.Context, l net.Listener) *run {
	r := &run{
		Server:      s,
		at:          l,
		ctx:         ctx,
		listener:    cmp.Or(s.Name, l.Addr().String()),
		diagnostics: cmp.Or(s.Diagnostics, DiagnosticsCode),
		log:         s.Logger,
		failures:    &failures{},
		budget:      cmp.Or(s.Memory, &Budget{}),
	}
	if s.Diagnostics == "" && local(l.Addr()) && len(s.Proxies) == 0 {
		r.diagnostics = DiagnosticsFull
	}
	if r.log == nil {
		r.log = zap.NewNop()
	}
	return r
}

// local reports whether only this machine reaches an address.
func local(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return !ok || tcp.IP.IsLoopback()
}

// library is the SMTP server that reads commands and calls sessions. Deadlines,
// sizes, TLS and the number of recipients are the guard's and the session's: the
// library's own limits answer without a code and count otherwise (a DATA of
// exactly MaxMessageBytes is too large for it, a BDAT is not).
func (r *run) library() *smtp.Server {
	server := smtp.NewServer(smtp.BackendFunc(r.session))
	server.Domain = r.hostname()
	server.LMTP = r.LMTP
	server.MaxLineLength = 0
	server.AllowInsecureAuth = true // the session knows where it is not
	server.ErrorLog = libraryLog{r.log}
	return server
}

// session makes the session of a connection, at its EHLO.
func (r *run) session(c *smtp.Conn) (smtp.Session, error) {
	conn, ok := c.Conn().(*guard.Conn)
	if !ok {
		return nil, unguarded.error()
	}
	s := &session{run: r.serving.enter(), conn: conn, client: clientName(conn.RemoteAddr()), private: len(r.Proxies) == 0 && local(conn.RemoteAddr()), greeted: true}
	conn.Rewrite = s.rewrite
	return s, nil
}

// clientName is a client's address without its port, or "unix".
func clientName(a net.Addr) string {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().String()
	}
	return "unix"
}

// libraryLog takes what the library has to say: of panics, which are errors of
// ours, and of connections that failed, which are everyday.
type libraryLog struct{ log *zap.Logger }

func (l libraryLog) Printf(format string, v ...any) {
	level := zap.DebugLevel
	if strings.HasPrefix(format, "panic") {
		level = zap.ErrorLevel
	}
	l.log.Log(level, "smtp library", zap.String("text", fmt.Sprintf(format, v...)))
}

func (l libraryLog) Println(v ...any) {
	l.log.Debug("smtp library", zap.String("text", fmt.Sprint(v...)))
}
