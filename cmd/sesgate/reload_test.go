package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"
)

// changing is a running service whose files a test changes.
type changing struct {
	*service
	t      *testing.T
	dir    string
	hangup chan os.Signal
	log    *record
}

// record is a log that can be waited on.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func (r *record) count(text string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Count(r.text.String(), text)
}

// refusals are the lines of the log that tell of one.
func (r *record) refusals() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for line := range strings.Lines(r.text.String()) {
		if strings.Contains(line, `"level":"warn"`) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// mustChange runs a service with a configuration, in which DIR is where its files
// are.
func mustChange(t *testing.T, config string) *changing {
	t.Helper()
	s := &changing{t: t, dir: t.TempDir(), hangup: make(chan os.Signal), log: &record{}}
	file := filepath.Join(s.dir, "config.yaml")
	load := func() (Config, []string, error) {
		return Load(file, nil, override{"test", "status.address", "off"}, override{"test", "aws.simulate", filepath.Join(s.dir, "world.txtar")})
	}
	s.write("world.txtar", `
-- ses/eu-west-1/account.json --
{"max_send_rate": 100000, "max_24_hour_send": -1}
-- ses/eu-west-1/identities/example.com.json --
{"verified": true}
-- iam/roles/app/inline/mail.json --
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ses:SendRawEmail", "Resource": "*"}]}
`)
	s.write("config.yaml", config)
	cfg, _, err := load()
	if err != nil {
		t.Fatal(err)
	}
	c, err := connect(context.Background(), cfg, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	open, err := sockets{}.open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s.service = &service{program: &program{ctx: ctx, stdout: io.Discard}, load: load, file: file, hangup: s.hangup}
	s.service.log, s.level = logger(cfg.Log, s.log)
	done := make(chan error, 1)
	go func() { done <- s.serve(cfg, c, open, nil) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	for s.log.count(`"started"`) == 0 {
		time.Sleep(time.Millisecond)
	}
	return s
}

// write puts a file in the place of another, as editors do.
func (s *changing) write(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	mustWrite(s.t, path+".new", []byte(strings.ReplaceAll(text, "DIR", s.dir)))
	if err := os.Rename(path+".new", path); err != nil {
		s.t.Fatal(err)
	}
}

// configure changes the configuration, asks for a reload and waits until the text
// is logged once more.
func (s *changing) configure(config, text string) {
	s.t.Helper()
	before := s.log.count(text)
	s.write("config.yaml", config)
	s.hangup <- syscall.SIGHUP
	s.await(text, before+1)
}

func (s *changing) await(text string, times int) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); s.log.count(text) < times; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("the log does not say %q %d times:\n%s", text, times, &s.log.text)
		}
	}
}

// address is where the i-th listener listens.
func (s *changing) address(i int) string { return s.now.Load().listeners[i] }

// mustGreet connects, and says hello.
func mustGreet(t *testing.T, network, address string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	in := bufio.NewReader(conn)
	mustReply(t, in)
	fmt.Fprint(conn, "EHLO app\r\n")
	mustReply(t, in)
	return conn, in
}

func TestReloadsUnderLoadDropNoSession(t *testing.T) {
	t.Parallel()
	reloads := 50
	if testing.Short() {
		reloads = 10
	}
	s := mustChange(t, "listeners: [{address: '127.0.0.1:0'}]\n")
	done := make(chan struct{})
	var sending sync.WaitGroup
	sent := make([]int, 8)
	for i := range sent {
		conn, in := mustGreet(t, "tcp", s.address(0))
		sending.Go(func() {
			for ; ; sent[i]++ {
				select {
				case <-done:
					return
				default:
				}
				if !sendOne(conn, in, "mark-1-1") {
					t.Errorf("client %d was dropped after %d messages:\n%s", i, sent[i], s.log.refusals())
					return
				}
			}
		})
	}
	idle, in := mustGreet(t, "tcp", s.address(0))
	for i := range reloads {
		s.configure(fmt.Sprintf("listeners: [{address: '127.0.0.1:0', max_message_size: %dKB}]\npreflight: {wait: %dms}\n", 100+i, 1000+i/10), `"reloaded"`)
	}
	close(done)
	sending.Wait()
	if !sendOne(idle, in, "mark-1-2") {
		t.Error("the idle client was dropped")
	}
	for i, n := range sent {
		if n == 0 {
			t.Errorf("client %d sent nothing", i)
		}
	}
	t.Logf("%d reloads, sent %v", reloads, sent)
}

func TestAWrongConfigurationLeavesTheOldOneWorking(t *testing.T) {
	t.Parallel()
	s := mustChange(t, "listeners: [{address: '127.0.0.1:0'}]\n")
	conn, in := mustGreet(t, "tcp", s.address(0))
	s.configure("listeners: [{address: '127.0.0.1:0', max_message_size: 1}, {address: nowhere}]\npreflihgt: {}\n", "the one before stays in use")
	s.await("the one before stays in use", 3)
	for _, mistake := range []string{"unknown key", "max_message_size", "nowhere"} {
		if s.log.count(mistake) == 0 {
			t.Errorf("the log does not name %s", mistake)
		}
	}
	s.configure("listeners: [{address: '127.0.0.1:0', users: DIR/users}]\n", "users: open")
	if !sendOne(conn, in, "mark-1-1") {
		t.Error("not sent")
	}
}

func TestListenersComeAndGo(t *testing.T) {
	t.Parallel()
	s := mustChange(t, "listeners: [{address: '127.0.0.1:0'}]\n")
	first := s.address(0)
	conn, in := mustGreet(t, "tcp", first)
	s.configure("listeners: [{address: '127.0.0.1:0'}, {address: 'unix:DIR/s', mode: '0600'}]\n", `"reloaded"`)
	if !sendOne(conn, in, "mark-1-1") || s.address(0) != first {
		t.Error("the listener that stays was disturbed")
	}
	local, localIn := mustGreet(t, "unix", filepath.Join(s.dir, "s"))
	if !sendOne(local, localIn, "mark-1-2") {
		t.Error("the new listener takes no mail")
	}
	fmt.Fprint(conn, "MAIL FROM:<news@example.com>\r\n")
	mustReply(t, in)
	s.configure("listeners: [{address: 'unix:DIR/s', mode: '0660'}]\n", `"reloaded"`)
	if reply := mustReply(t, localIn); !strings.HasPrefix(reply, "421 ") {
		t.Errorf("the client of the listener whose mode has changed is told %q", reply)
	}
	if _, err := net.Dial("tcp", first); err == nil {
		t.Error("the listener that is gone still listens")
	}
	fmt.Fprint(conn, "RCPT TO:<ann@example.org>\r\n")
	if reply := mustReply(t, in); !strings.HasPrefix(reply, "250") {
		t.Errorf("the transaction that was open there: %q", reply)
	}
	conn.Close()
	local, localIn = mustGreet(t, "unix", filepath.Join(s.dir, "s"))
	if !sendOne(local, localIn, "mark-1-3") {
		t.Error("the listener whose mode has changed takes no mail")
	}
}

// certify writes a certificate of that number, and its key.
func certify(t *testing.T, number int64) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(number), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs}))
}

// TestCertificatesChangeAsInKubernetes: files are links into a directory that is a
// link itself, and that link is replaced.
func TestCertificatesChangeAsInKubernetes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	publish := func(number int64, certificate, key string) {
		version := fmt.Sprintf("..%d", number)
		mustWrite(t, filepath.Join(dir, version, "tls.crt"), []byte(certificate))
		mustWrite(t, filepath.Join(dir, version, "tls.key"), []byte(key))
		if err := os.Symlink(version, filepath.Join(dir, "..tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "..tmp"), filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"tls.crt", "tls.key"} {
		if err := os.Symlink("..data/"+name, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	certificate, key := certify(t, 1)
	publish(1, certificate, key)
	s := mustChange(t, strings.ReplaceAll("listeners: [{address: '127.0.0.1:0', tls: implicit, cert_file: CERTS/tls.crt, key_file: CERTS/tls.key}]\n", "CERTS", dir))
	serial := func() int64 {
		conn, err := tls.Dial("tcp", s.address(0), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	if n := serial(); n != 1 {
		t.Errorf("certificate %d at first", n)
	}
	other, _ := certify(t, 2)
	publish(2, other, key) // half of a pair
	s.await("what it held before stays in use", 1)
	if n := serial(); n != 1 {
		t.Errorf("certificate %d beside the key of another", n)
	}
	certificate, key = certify(t, 3)
	publish(3, certificate, key)
	s.await("a file was read again", 1)
	if n := serial(); n != 3 {
		t.Errorf("certificate %d in the end", n)
	}
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13} {
		conn, err := tls.Dial("tcp", s.address(0), &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version})
		if err == nil {
			conn.Close()
		}
		if (err == nil) != (version >= tls.VersionTLS12) {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
}

// TestUsersChangeWhileTheyAreConnected: who is taken off the file may not send any
// more.
func TestUsersChangeWhileTheyAreConnected(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const hash = "$2a$04$TP2PiqUQsp86FuLLD8AG6ezA0Dc4ecjlDWxms.BCYebivJlUUHr.e" // secret
	users := filepath.Join(dir, "users")
	mustWrite(t, users, []byte("shop:"+hash+"\nci:"+hash+"\n"))
	s := mustChange(t, "listeners: [{address: '127.0.0.1:0', users: "+users+"}]\n")
	conn, in := mustGreet(t, "tcp", s.address(0))
	fmt.Fprint(conn, "AUTH PLAIN AHNob3AAc2VjcmV0\r\n")
	if reply := mustReply(t, in); !strings.HasPrefix(reply, "235") || !sendOne(conn, in, "mark-1-1") {
		t.Fatalf("shop may not send: %s", reply)
	}
	mustWrite(t, users, []byte("shop:"+hash+"\nci\n"))
	s.await("line 2: a line begins with name:hash", 1)
	if !sendOne(conn, in, "mark-1-2") {
		t.Error("a wrong file has taken the users away")
	}
	mustWrite(t, users, []byte("ci:"+hash+"\n"))
	s.await("a file was read again", 1)
	fmt.Fprint(conn, "MAIL FROM:<news@example.com>\r\n")
	if reply := mustReply(t, in); !strings.HasPrefix(reply, "421 4.7.0 the user is gone") {
		t.Errorf("got %q", reply)
	}
}
