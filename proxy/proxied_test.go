package proxy

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// TestAHeaderThatDoesNotComeKeepsNobodyWaiting: others are served meanwhile, and the
// server can end.
func TestAHeaderThatDoesNotComeKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := mustServe(t, func(w *world) {
			w.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
			w.listener.client = &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1)}
		})
		silent := w.mustDial(t)
		start := time.Now()
		other := w.mustDial(t)
		other.send("PROXY TCP4 203.0.113.9 10.0.0.1 56324 25\r\n")
		other.want("220 ", other.reply())
		w.stop()
		other.want("421 4.3.2", other.reply())
		if line := silent.line(); line != "" {
			t.Errorf("the silent one is told %q", line)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

// FuzzProxyHeader: whatever a trusted proxy sends, nothing but an answer comes of it.
func FuzzProxyHeader(f *testing.F) {
	f.Add([]byte("PROXY TCP4 203.0.113.9 10.0.0.1 56324 25\r\nQUIT\r\n"))
	f.Add([]byte("PROXY UNKNOWN\r\nQUIT\r\n"))
	f.Add([]byte("\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x7f\x00\x00\x01\x7f\x00\x00\x01\xdc\x04\x00\x19QUIT\r\n"))
	f.Add([]byte("\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		w := mustServe(t, func(w *world) {
			w.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
			w.Networks = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}
			w.listener.client = &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1)}
			w.Grace = time.Millisecond
		})
		conn := w.listener.dial()
		defer conn.Close()
		go func() {
			conn.Write(sent)
			conn.Write([]byte("\r\nQUIT\r\n"))
			time.Sleep(time.Millisecond)
			conn.Close()
		}()
		io.Copy(io.Discard, conn)
		if sent := w.relay.messages(); len(sent) > 0 {
			t.Errorf("sent %d messages", len(sent))
		}
	})
}
