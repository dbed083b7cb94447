package guard

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errFault = errors.New("the message did not arrive")

// pipes is a listener whose connections are pipes.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

// mustPair returns both ends of a guarded connection.
func mustPair(t *testing.T, l *Listener) (client net.Conn, server *Conn) {
	t.Helper()
	client = dial(l)
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); conn.Close() })
	return client, conn.(*Conn)
}

func dial(l *Listener) net.Conn {
	client, server := net.Pipe()
	if l.Listener == nil {
		l.Listener = &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	}
	go func() { l.Listener.(*pipes).conns <- server }()
	return client
}

// bubble runs a test in which time is simulated.
func bubble(t *testing.T, f func(*testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, f)
}

// read returns what one Read delivers.
func read(c net.Conn) (string, error) {
	b := make([]byte, 4096)
	n, err := c.Read(b)
	return string(b[:n]), err
}

// lines collects what the client is told until the connection ends.
func lines(client net.Conn) <-chan string {
	told := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(client)
		told <- string(text)
	}()
	return told
}

func TestNothingIsDeliveredAfterAMessageHasStalled(t *testing.T) {
	bubble(t, func(t *testing.T) {
		client, server := mustPair(t, &Listener{Fault: errFault})
		if err := server.Enter(Message); err != nil {
			t.Fatal(err)
		}
		go fmt.Fprint(client, "first half\r\n")
		if text, err := read(server); text != "first half\r\n" || err != nil {
			t.Fatalf("read %q, %v", text, err)
		}
		if _, err := read(server); err != errFault {
			t.Fatalf("a read that times out within a message: %v, want the fault", err)
		}
		go fmt.Fprint(client, "MAIL FROM:<evil@example.net>\r\n")
		for range 3 {
			if text, err := read(server); text != "" || err != io.EOF {
				t.Fatalf("read %q, %v after the fault, want the end", text, err)
			}
		}
		if err := server.Enter(Transaction); err != ErrBroken {
			t.Errorf("Enter: %v, want ErrBroken", err)
		}
	})
}

func TestTheEndOfTheStreamWithinAMessageIsAFault(t *testing.T) {
	bubble(t, func(t *testing.T) {
		client, server := mustPair(t, &Listener{Fault: errFault})
		server.Enter(Message)
		client.Close()
		if _, err := read(server); err != errFault {
			t.Errorf("got %v, want the fault", err)
		}
	})
}

func TestAFragmentOfACommandIsKnownForOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		client, server := mustPair(t, &Listener{Hostname: "mx.example"})
		told := lines(client)
		go fmt.Fprint(client, "MAIL FROM:<ann@example.co")
		line, err := bufio.NewReader(server).ReadString('\n')
		if line != "" || err != io.EOF {
			t.Fatalf("read %q, %v", line, err)
		}
		if err := server.Enter(Transaction); err != ErrBroken {
			t.Errorf("Enter: %v, want ErrBroken", err)
		}
		if _, err := server.Write([]byte("250 ok\r\n")); err == nil {
			t.Error("a reply went out after the farewell")
		}
		server.Close()
		if got, want := <-told, "421 4.4.2 mx.example has waited too long for a command\r\n"; got != want {
			t.Errorf("the client is told %q, want %q", got, want)
		}
	})
}

func TestACommandGetsNoMoreTimeByArrivingSlowly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		client, server := mustPair(t, &Listener{IdleTimeout: time.Minute})
		lines(client)
		over := make(chan struct{})
		go func() {
			defer close(over)
			for range 10 {
				fmt.Fprint(client, "N")
				time.Sleep(20 * time.Second)
			}
		}()
		start := time.Now()
		for {
			if _, err := read(server); err != nil {
				break
			}
		}
		if took := time.Since(start); took != 30*time.Second {
			t.Errorf("the connection ended after %v, want 30s", took)
		}
		client.Close()
		<-over
	})
}

func TestAMessageGetsTimeAsLongAsItMoves(t *testing.T) {
	for _, test := range []struct {
		name   string
		pause  time.Duration // between two lines
		expect time.Duration // when the connection ends
	}{
		{"moving, it ends with the message's time", 30 * time.Second, 10 * time.Minute},
		{"stalled, it ends with the idle time", 2 * time.Minute, time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				client, server := mustPair(t, &Listener{IdleTimeout: time.Minute})
				server.Enter(Message)
				over := make(chan struct{})
				go func() {
					defer close(over)
					for {
						if _, err := fmt.Fprint(client, "line\r\n"); err != nil {
							return
						}
						time.Sleep(test.pause)
					}
				}()
				start := time.Now()
				io.Copy(io.Discard, message{server})
				if took := time.Since(start); took != test.expect {
					t.Errorf("the connection ended after %v, want %v", took, test.expect)
				}
				server.Close()
				<-over
			})
		})
	}
}

func TestACommandLineHasABound(t *testing.T) {
	bubble(t, func(t *testing.T) {
		client, server := mustPair(t, &Listener{})
		told := lines(client)
		go func() {
			for {
				if _, err := client.Write(make([]byte, 1000)); err != nil {
					return
				}
			}
		}()
		total := 0
		for {
			text, err := read(server)
			total += len(text)
			if err != nil {
				break
			}
		}
		if total > 0 {
			t.Errorf("%d octets of a line without an end were delivered", total)
		}
		server.Close()
		if got := <-told; !strings.HasPrefix(got, "500 5.5.2 ") {
			t.Errorf("the client is told %q", got)
		}
	})
}

func TestLinesOfAMessageHaveNone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		client, server := mustPair(t, &Listener{})
		server.Enter(Message)
		go func() {
			client.Write(make([]byte, 3*maxCommand))
			client.Close()
		}()
		n, _ := io.Copy(io.Discard, message{server})
		if n != 3*maxCommand {
			t.Errorf("%d octets were delivered", n)
		}
	})
}

// message reads what a message is read from.
type message struct{ *Conn }

func (m message) Read(b []byte) (int, error) { return m.ReadMessage(b) }

func TestDrainEndsIdleConnectionsAtOnceAndOthersAfterTheirTransaction(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := &Listener{Hostname: "mx.example"}
		client, idle := mustPair(t, l)
		told := lines(client)
		_, busy := mustPair(t, l)
		busy.Enter(Transaction)
		ended := make(chan error, 1)
		go func() {
			_, err := read(idle)
			ended <- err
			idle.Close()
		}()
		synctest.Wait()
		start := time.Now()
		l.Drain()
		if err := <-ended; err != io.EOF {
			t.Errorf("the idle connection: %v", err)
		}
		if got, want := <-told, "421 4.3.2 mx.example is closing down\r\n"; got != want {
			t.Errorf("the idle client is told %q, want %q", got, want)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %v", took)
		}
		if err := busy.Enter(Message); err != nil {
			t.Errorf("the busy connection: %v", err)
		}
		if err := busy.Enter(Idle); err != nil {
			t.Errorf("the busy connection at its transaction's end: %v", err)
		}
		if err := busy.Enter(Transaction); err != ErrDraining {
			t.Errorf("another transaction: %v, want ErrDraining", err)
		}
	})
}

func TestAConnectionAcceptedDuringADrainIsToldSo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := &Listener{}
		client, server := mustPair(t, l)
		told := lines(client)
		l.Drain()
		if _, err := read(server); err != io.EOF {
			t.Errorf("got %v", err)
		}
		server.Close()
		if got := <-told; !strings.HasPrefix(got, "421 4.3.2 ") {
			t.Errorf("told %q", got)
		}
	})
}

func TestConnectionsBeyondTheCapAreToldSo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := &Listener{MaxConns: 1, Hostname: "mx.example"}
		_, first := mustPair(t, l)
		told := lines(dial(l))
		accepted := make(chan net.Conn)
		go func() {
			c, _ := l.Accept()
			accepted <- c
		}()
		if got, want := <-told, "421 4.3.2 mx.example has too many connections, try again later\r\n"; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
		first.Close()
		client := dial(l)
		second := <-accepted
		if got := l.Open(); got != 1 {
			t.Errorf("%d connections are open, want 1", got)
		}
		second.Close()
		client.Close()
	})
}

func TestAClientThatDoesNotReadItsRefusalDoesNotHoldUpOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := &Listener{MaxConns: 1}
		mustPair(t, l)
		client := dial(l)
		accepted := make(chan error)
		go func() {
			_, err := l.Accept()
			accepted <- err
		}()
		time.Sleep(time.Second)
		if text, err := read(client); err != io.EOF {
			t.Errorf("read %q, %v: the connection is still open", text, err)
		}
		l.Drain()
		if err := <-accepted; !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept: %v", err)
		}
	})
}

func TestAClientThatDoesNotReadRepliesLosesItsConnection(t *testing.T) {
	bubble(t, func(t *testing.T) {
		_, server := mustPair(t, &Listener{WriteTimeout: time.Minute})
		start := time.Now()
		if _, err := server.Write([]byte("250 ok\r\n")); err == nil {
			t.Fatal("the reply was taken")
		}
		if took := time.Since(start); took != time.Minute {
			t.Errorf("it took %v", took)
		}
		if _, err := read(server); err != io.EOF {
			t.Errorf("a read afterwards: %v", err)
		}
	})
}

func TestARewrittenLineCanBeTheLast(t *testing.T) {
	bubble(t, func(t *testing.T) {
		client, server := mustPair(t, &Listener{Rewrite: func(line []byte) ([]byte, bool) {
			return append([]byte("501 "), line...), true
		}})
		told := lines(client)
		if n, err := server.Write([]byte("bad\r\n")); n != 5 || err != nil {
			t.Fatalf("Write: %d, %v", n, err)
		}
		if _, err := read(server); err != io.EOF {
			t.Errorf("a read afterwards: %v", err)
		}
		server.Close()
		if got, want := <-told, "501 bad\r\n"; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	})
}

func TestCloseAllClosesWhateverIsGoingOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := &Listener{Fault: errFault}
		_, server := mustPair(t, l)
		server.Enter(Message)
		ended := make(chan error)
		go func() {
			_, err := read(server)
			ended <- err
		}()
		synctest.Wait()
		l.CloseAll()
		if err := <-ended; err != errFault {
			t.Errorf("got %v", err)
		}
		if l.Open() != 0 {
			t.Errorf("%d connections are open", l.Open())
		}
	})
}

func TestLinesAreDeliveredOneByOneAndNoneAfterTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		client, server := mustPair(t, &Listener{})
		go fmt.Fprint(client, "QUIT\r\nMAIL FROM:<evil@example.net>\r\n")
		if text, err := read(server); text != "QUIT\r\n" || err != nil {
			t.Fatalf("read %q, %v", text, err)
		}
		server.End()
		if text, err := read(server); text != "" || err != io.EOF {
			t.Errorf("read %q, %v after the end", text, err)
		}
	})
}

func TestTheCommandThatIsAnsweredIsKept(t *testing.T) {
	bubble(t, func(t *testing.T) {
		client, server := mustPair(t, &Listener{})
		long := strings.Repeat("x", 5000)
		go fmt.Fprint(client, "NOOP\r\nMAIL FROM:<root>\r\n"+long+"\r\nQUIT\r\n")
		for _, want := range []string{"NOOP\r\n", "MAIL FROM:<root>\r\n", long + "\r\n", "QUIT\r\n"} {
			for {
				text, err := read(server)
				if err != nil {
					t.Fatal(err)
				}
				if strings.HasSuffix(text, "\n") {
					break
				}
			}
			if got := server.Line(); got != want {
				t.Errorf("kept %.40q of %d octets, want %.40q of %d", got, len(got), want, len(want))
			}
		}
	})
}

func TestAMessageThatIsOnlyToleratedEnds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		client, server := mustPair(t, &Listener{Fault: errFault})
		server.Enter(Message)
		server.Tolerate(100_000)
		go func() {
			for {
				if _, err := client.Write(make([]byte, 1000)); err != nil {
					return
				}
			}
		}()
		n, err := io.Copy(io.Discard, message{server})
		if n < 100_000 || n > 110_000 || err != nil {
			t.Errorf("%d octets were delivered, %v", n, err)
		}
		if err := server.Enter(Idle); err != ErrBroken {
			t.Errorf("afterwards: %v, want ErrBroken", err)
		}
	})
}

func TestExpelEndsWhateverWaitsForItsClient(t *testing.T) {
	for state, want := range map[State]struct {
		err  error
		told string
	}{
		Idle:        {io.EOF, "421 4.3.2 mx.example is closing down\r\n"},
		Transaction: {io.EOF, "421 4.3.2 mx.example is closing down\r\n"},
		Message:     {errFault, ""}, // the server answers
	} {
		for _, waiting := range []bool{true, false} {
			t.Run(fmt.Sprint(state, waiting), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					l := &Listener{Hostname: "mx.example", Fault: errFault}
					client, server := mustPair(t, l)
					told := lines(client)
					server.Enter(state)
					if !waiting {
						l.Expel()
					}
					ended := make(chan error, 1)
					go func() {
						_, err := read(server)
						ended <- err
						server.Close()
					}()
					if waiting {
						synctest.Wait()
						l.Expel()
					}
					if err := <-ended; err != want.err {
						t.Errorf("got %v, want %v", err, want.err)
					}
					if got := <-told; got != want.told {
						t.Errorf("told %q, want %q", got, want.told)
					}
				})
			})
		}
	}
}
