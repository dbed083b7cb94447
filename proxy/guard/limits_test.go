package guard

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAMessageMustNotComeTooSlowly(t *testing.T) {
	for rate, ends := range map[int]time.Duration{
		400: 150 * time.Second, // when 30 s and a fifth of the time are used up
		600: 10 * time.Minute,
	} {
		t.Run(fmt.Sprint(rate, " octets a second"), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				client, server := mustPair(t, &Listener{MinRate: 500})
				server.Enter(Message)
				over := make(chan struct{})
				go func() {
					defer close(over)
					for {
						if _, err := client.Write(make([]byte, rate)); err != nil {
							return
						}
						time.Sleep(time.Second)
					}
				}()
				start := time.Now()
				io.Copy(io.Discard, message{server})
				if took := time.Since(start); took < ends-2*time.Second || took > ends+2*time.Second {
					t.Errorf("the connection ended after %v, want about %v", took, ends)
				}
				server.Close()
				<-over
			})
		})
	}
}

// from is a connection of a client elsewhere, which may take its time to say so.
type from struct {
	net.Conn
	addr  string
	known <-chan struct{}
}

func (f from) RemoteAddr() net.Addr {
	if f.known != nil {
		<-f.known
	}
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(f.addr))
}

func TestOneClientMayHaveSomeConnectionsOnly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := &Listener{MaxPerClient: 2, Hostname: "mx.example"}
		l.Listener = &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		connect := func(addr string) (string, *Conn) {
			client, server := net.Pipe()
			t.Cleanup(func() { client.Close() })
			go func() { l.Listener.(*pipes).conns <- from{Conn: server, addr: addr} }()
			conn, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { conn.Close() })
			go conn.Write([]byte("220 mx.example\r\n"))
			said, _ := read(client)
			synctest.Wait()
			return said, conn.(*Conn)
		}
		var last *Conn
		for _, test := range []struct{ addr, told string }{
			{"192.0.2.1:1", "220"}, {"192.0.2.1:2", "220"},
			{"192.0.2.1:3", "421 4.7.0"},
			{"[::ffff:192.0.2.1]:4", "421"}, // the same
			{"192.0.2.2:1", "220"},
			{"[2001:db8:0:1::1]:1", "220"}, {"[2001:db8:0:1::2]:1", "220"}, {"[2001:db8:0:1::3]:1", "421"}, // of one /64
			{"[2001:db8:0:2::1]:1", "220"},
			{"127.0.0.1:1", "220"}, {"127.0.0.1:2", "220"}, {"127.0.0.1:3", "220"}, {"[::1]:3", "220"},
		} {
			said, conn := connect(test.addr)
			if !strings.HasPrefix(said, test.told) {
				t.Errorf("%s is told %q, want %s", test.addr, said, test.told)
			}
			if test.addr == "192.0.2.1:2" {
				last = conn
			}
			if _, err := conn.Read(nil); test.told != "220" && err != io.EOF {
				t.Errorf("%s: %v, want the end", test.addr, err)
			}
			if strings.HasPrefix(test.told, "421") {
				conn.Close()
			}
		}
		last.Close()
		if said, _ := connect("192.0.2.1:5"); !strings.HasPrefix(said, "220") {
			t.Errorf("when one has gone, the next is told %q", said)
		}
	})
}

func TestNobodyWaitsForAClientWhoseAddressIsNotKnownYet(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := &Listener{MaxPerClient: 1, Admit: func(net.Addr) bool { return true }}
		l.Listener = &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		known := make(chan struct{})
		mute, behind := net.Pipe()
		go func() { l.Listener.(*pipes).conns <- from{Conn: behind, addr: "192.0.2.1:1", known: known} }()
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		greeted := make(chan struct{})
		go func() {
			defer close(greeted)
			conn.Write([]byte("220 mx.example\r\n"))
		}()
		mustPair(t, l) // the next
		close(known)
		read(mute)
		<-greeted
		mute.Close()
		conn.Close()
	})
}

func TestWhereConnectionsAreScarceIdleOnesAreNotWaitedForLong(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := &Listener{MaxConns: 5}
		for open := 1; open <= 5; open++ {
			client, server := mustPair(t, l)
			if open < 4 {
				continue
			}
			lines(client)
			want := 5 * time.Minute
			if open == 5 {
				want = hurry
			}
			start := time.Now()
			read(server)
			if took := time.Since(start); took != want {
				t.Errorf("with %d connections open a silent one ended after %v, want %v", open, took, want)
			}
		}
	})
}

func TestWhoSpeaksOutOfTurnIsLeft(t *testing.T) {
	for sent, told := range map[string]string{
		"DATA\r\nFrom: a\r\n":                      "554 5.5.0 ",
		"ehlo x\r\nMAIL FROM:<a@b>\r\n":            "554 5.5.0 ",
		"AUTH LOGIN\r\nYQ==\r\n":                   "554 5.5.0 ",
		"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n":     "",
		"POST / HTTP/1.1\r\nHost: localhost\r\n":   "554 5.5.1 ",
		"GET / HTTP/1.1\r\n":                       "554 5.5.1 ",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n": "554 5.5.1 ",
	} {
		t.Run(told+sent, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				client, server := mustPair(t, &Listener{InStep: true})
				said := lines(client)
				go fmt.Fprint(client, sent)
				_, err := read(server)
				if (err == nil) != (told == "") {
					t.Errorf("read: %v", err)
				}
				server.Close()
				if got := <-said; !strings.HasPrefix(got, told) || told == "" && got != "" {
					t.Errorf("told %q, want %s", got, told)
				}
			})
		})
	}
}

func TestAChunkIsNoLinesAndTheNextCommandIsOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		client, server := mustPair(t, &Listener{})
		go fmt.Fprint(client, "BDAT 12 LAST\r\nQUIT\r\nQUIT\r\nNOOP\r\n")
		for _, want := range []string{"BDAT 12 LAST\r\n", "QUIT\r\nQUIT\r\n", "NOOP\r\n"} {
			if text, err := read(server); text != want || err != nil {
				t.Errorf("read %q, %v, want %q", text, err, want)
			}
		}
	})
}

func TestABDATThatTheServerCannotReadHasNoChunk(t *testing.T) {
	t.Parallel()
	for argument, want := range map[string]int64{
		"5": 5, "5 LAST": 5, " 5  last ": 5, "0 LAST": 0,
		"": 0, "-1": 0, "+5": 0, "5 FIRST": 0, "5 LAST 6": 0, "4294967296": 0, "0x5": 0, "5\tLAST": 5,
	} {
		if got := chunkSize(argument); got != want {
			t.Errorf("BDAT %q: %d octets, want %d", argument, got, want)
		}
	}
}

// writes counts them.
type writes struct {
	net.Conn
	count *int
}

func (w writes) Write(b []byte) (int, error) {
	*w.count++
	return w.Conn.Write(b)
}

func TestRepliesToCommandsThatCameTogetherLeaveTogether(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := &Listener{Listener: &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}}
		client, behind := net.Pipe()
		count := 0
		go func() { l.Listener.(*pipes).conns <- writes{behind, &count} }()
		server, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		told := lines(client)
		go fmt.Fprint(client, "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n")
		for range 3 {
			read(server)
			io.WriteString(server, "250-one\r\n")
			io.WriteString(server, "250 two\r\n")
		}
		server.Close()
		if got, want := <-told, strings.Repeat("250-one\r\n250 two\r\n", 3); got != want || count != 1 {
			t.Errorf("%d writes of %q", count, got)
		}
	})
}
