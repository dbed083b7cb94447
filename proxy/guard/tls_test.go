package guard

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"testing"
	"time"
)

func TestADrainEndsAHandshake(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var failure error
		l := &Listener{TLS: &tls.Config{}, Implicit: true, Unsecured: func(_ net.Addr, err error) { failure = err }}
		client, server := mustPair(t, l)
		told := lines(client)
		start := time.Now()
		time.AfterFunc(time.Second, func() { l.Drain() })
		if _, err := server.Write([]byte("220 hello\r\n")); err == nil {
			t.Error("a greeting went out without TLS")
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("the handshake ended after %v", took)
		}
		server.Close()
		if got := <-told; got != "" || failure == nil {
			t.Errorf("the client is told %q, the listener of %v", got, failure)
		}
	})
}

func TestNoHandshakeBeginsOnceTheServerCloses(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := &Listener{TLS: &tls.Config{}, Implicit: true}
		client, server := mustPair(t, l)
		lines(client)
		l.Drain()
		if _, err := server.Write([]byte("220 hello\r\n")); !errors.Is(err, ErrDraining) {
			t.Errorf("got %v, want ErrDraining", err)
		}
	})
}

func TestAForcedCloseDoesNotWaitForAClientUnderTLS(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := &Listener{TLS: mustTLS(t)}
		client, server := mustPair(t, l)
		secured := make(chan error, 1)
		go func() {
			ready := make([]byte, 100)
			client.Read(ready)
			secured <- tls.Client(client, &tls.Config{InsecureSkipVerify: true}).Handshake()
		}()
		if err := server.StartTLS([]byte("220 ready\r\n")); err != nil || !server.Secure() {
			t.Fatalf("%v, secure %t", err, server.Secure())
		}
		if err := <-secured; err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		l.CloseAll() // the client reads nothing
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %v", took)
		}
		server.Close()
	})
}

// mustTLS has a certificate of its own.
func mustTLS(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}
