package proxy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sesgate/authz"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// checker answers by a function, and counts what it is told to forget.
type checker struct {
	answer func(authz.Request) authz.Verdict // nil allows

	mu       sync.Mutex
	requests []authz.Request
	forgot   int
}

func (c *checker) Check(_ context.Context, req authz.Request) authz.Verdict {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, req)
	if c.answer == nil {
		return authz.Verdict{Decision: authz.Allow}
	}
	return c.answer(req)
}

func (c *checker) Forget(authz.Verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgot++
}

// relay keeps what it is given, and answers by a function.
type relay struct {
	answer func(context.Context, Message) (Receipt, error) // nil takes everything

	mu   sync.Mutex
	sent []Message
}

func (r *relay) Send(ctx context.Context, m Message) (Receipt, error) {
	m.Data = bytes.Clone(m.Data) // it is the relay's until Send returns
	r.mu.Lock()
	r.sent = append(r.sent, m)
	r.mu.Unlock()
	if r.answer == nil {
		return Receipt{MessageID: "0102-id", RequestID: "request", Attempts: 1}, nil
	}
	return r.answer(ctx, m)
}

func (r *relay) messages() []Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Message(nil), r.sent...)
}

// recorder keeps events.
type recorder struct {
	mu     sync.Mutex
	events []Event
}

func (r *recorder) Record(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

func (r *recorder) all() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Event(nil), r.events...)
}

// memory is a listener whose connections are pipes.
type memory struct {
	client net.Addr // whom its connections come from; nil is nobody in particular
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newMemory() *memory {
	return &memory{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	m.once.Do(func() { close(m.closed) })
	return nil
}

func (m *memory) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }

func (m *memory) dial() net.Conn {
	client, server := net.Pipe()
	if m.client != nil {
		server = from{server, m.client}
	}
	m.conns <- server
	return client
}

// from is a connection from an address.
type from struct {
	net.Conn
	client net.Addr
}

func (f from) RemoteAddr() net.Addr { return f.client }

// users are users with their passwords in the clear.
type users struct {
	mu   sync.Mutex
	list map[string]User
}

func (u *users) set(user User) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.list == nil {
		u.list = map[string]User{}
	}
	u.list[user.Name] = user
}

func (u *users) remove(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.list, name)
}

func (u *users) Authenticate(_ context.Context, name, password string) (User, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if user, ok := u.list[name]; ok && user.Hash == password {
		return user, nil
	}
	return User{}, ErrPassword
}

func (u *users) Current(user User) (User, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	now, ok := u.list[user.Name]
	return now, ok && now.Hash == user.Hash
}

// world is a running server with fakes around it.
type world struct {
	*Server
	checker  *checker
	relay    *relay
	recorder *recorder
	users    *users
	listener *memory
	stop     context.CancelFunc
	done     chan error
}

// mustServe runs a server until the test ends. Set changes it before it runs.
func mustServe(t testing.TB, set func(*world)) *world {
	t.Helper()
	w := &world{checker: &checker{}, relay: &relay{}, recorder: &recorder{}, listener: newMemory(), done: make(chan error, 1)}
	w.Server = &Server{Hostname: "mx.example", Checker: w.checker, Relay: w.relay, Recorders: []Recorder{w.recorder}}
	if set != nil {
		set(w)
	}
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	go func() { w.done <- w.Serve(ctx, w.listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-w.done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return w
}

// client speaks SMTP by hand. Replies are read as they come, so that commands
// can be pipelined over a pipe.
type client struct {
	t     testing.TB
	conn  net.Conn
	lines chan string
}

func (w *world) mustDial(t testing.TB) *client {
	t.Helper()
	c := &client{t: t, conn: w.listener.dial()}
	c.listen()
	t.Cleanup(func() { c.close() })
	return c
}

// listen reads replies.
func (c *client) listen() {
	lines := make(chan string, 4096)
	c.lines = lines
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(c.conn)
		for scanner.Scan() {
			lines <- scanner.Text()
		}
	}()
}

// startTLS shakes hands with the server, which is ready for it.
func (c *client) startTLS() {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Unix(1, 0))
	for line := range c.lines {
		c.t.Errorf("got %q, want nothing before TLS", line)
	}
	c.conn.SetReadDeadline(time.Time{})
	conn := tls.Client(c.conn, &tls.Config{InsecureSkipVerify: true})
	if err := conn.Handshake(); err != nil {
		c.t.Fatalf("TLS handshake: %v", err)
	}
	c.conn = conn
	c.listen()
}

// mustCertify makes a certificate for mx.example.
func mustCertify(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"mx.example"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// close closes the connection and waits for the reader.
func (c *client) close() {
	c.conn.Close()
	for range c.lines {
	}
}

// send writes raw octets. A server that has hung up is not the client's error.
func (c *client) send(text string) { c.conn.Write([]byte(text)) }

// line returns the next line, "" at the end of the stream.
func (c *client) line() string { return <-c.lines }

// reply returns the last line of the next reply.
func (c *client) reply() string {
	for {
		line := c.line()
		if len(line) < 4 || line[3] != '-' {
			return line
		}
	}
}

// say sends one command and returns the last line of its reply.
func (c *client) say(command string) string {
	c.send(command + "\r\n")
	return c.reply()
}

// hello gets the client past the greeting and EHLO.
func (c *client) hello() *client {
	c.t.Helper()
	c.want("220 ", c.reply())
	c.want("250 ", c.say("EHLO app.example"))
	return c
}

func (c *client) want(prefix, line string) {
	c.t.Helper()
	if !strings.HasPrefix(line, prefix) {
		c.t.Fatalf("got reply %q, want %q...", line, prefix)
	}
}

// envelope opens a transaction with one recipient.
func (c *client) envelope() {
	c.t.Helper()
	c.want("250 ", c.say("MAIL FROM:<news@example.com>"))
	c.want("250 ", c.say("RCPT TO:<ann@example.org>"))
}

const letter = "From: News <news@example.com>\r\nTo: ann@example.org\r\nSubject: hello\r\n\r\nbody\r\n"
