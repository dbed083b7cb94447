package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// newSlowSES takes every message after a while.
func newSlowSES(t *testing.T, takes time.Duration) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		time.Sleep(takes)
		io.WriteString(w, `{"MessageId":"0102-id"}`)
	}))
	t.Cleanup(s.Close)
	return s
}

// mustHello returns a connection that has said EHLO.
func mustHello(t *testing.T, address string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	in := bufio.NewReader(conn)
	in.ReadString('\n')
	fmt.Fprint(conn, "EHLO x\r\n")
	for line := "250-"; strings.HasPrefix(line, "250-"); {
		if line, err = in.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	return conn, in
}

// TestAStopTellsIdleClientsAtOnceAndWaitsForMessages: 200 idle connections, 50
// messages that SES takes a second for.
func TestAStopTellsIdleClientsAtOnceAndWaitsForMessages(t *testing.T) {
	t.Parallel()
	ses := newSlowSES(t, time.Second)
	p := mustStart(t, ses.URL)
	idle := make([]*bufio.Reader, 200)
	for i := range idle {
		_, idle[i] = mustHello(t, p.address)
	}
	var busy sync.WaitGroup
	replies := make([]string, 50)
	for i := range replies {
		conn, in := mustHello(t, p.address)
		fmt.Fprint(conn, "MAIL FROM:<news@example.com>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n")
		for range 3 {
			in.ReadString('\n')
		}
		fmt.Fprint(conn, "From: news@example.com\r\n\r\nhello\r\n.\r\n")
		busy.Go(func() { replies[i], _ = in.ReadString('\n') })
	}
	time.Sleep(300 * time.Millisecond) // until SES has them
	stopped := time.Now()
	p.Process.Signal(syscall.SIGTERM)
	for i, in := range idle {
		if line, _ := in.ReadString('\n'); !strings.HasPrefix(line, "421 4.3.2 ") {
			t.Fatalf("idle client %d is told %q", i, line)
		}
	}
	told := time.Since(stopped)
	busy.Wait()
	for i, reply := range replies {
		if !strings.HasPrefix(reply, "250 ") {
			t.Errorf("message %d is answered %q", i, reply)
		}
	}
	if code := p.wait(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	t.Logf("idle clients were told within %v, the process ended after %v", told, time.Since(stopped))
}

// TestLargeMessagesOfManyClientsFitInASmallContainer: a memory limit as in a
// container of 128 MiB, forty clients of 10 MB each at once.
func TestLargeMessagesOfManyClientsFitInASmallContainer(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	ses := newSlowSES(t, 50*time.Millisecond)
	p := mustStart(t, ses.URL, "GOMEMLIMIT=100MiB")
	message := append([]byte("From: news@example.com\r\n\r\n"), bytes.Repeat([]byte(strings.Repeat("x", 76)+"\r\n"), 10<<20/78)...)
	message = append(message, ".\r\n"...)
	var all sync.WaitGroup
	var mu sync.Mutex
	answers := map[string]int{}
	for range 40 {
		conn, in := mustHello(t, p.address)
		all.Go(func() {
			fmt.Fprintf(conn, "MAIL FROM:<news@example.com> SIZE=%d\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n", len(message))
			var line string
			for range 3 {
				line, _ = in.ReadString('\n')
			}
			if strings.HasPrefix(line, "354") {
				conn.Write(message)
				line, _ = in.ReadString('\n')
			}
			mu.Lock()
			defer mu.Unlock()
			answers[line[:min(3, len(line))]]++
		})
	}
	all.Wait()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		t.Skip("the memory of a process cannot be known here")
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes, _ := strconv.Atoi(strings.Fields(peak)[0])
	t.Logf("answers %v, peak %d MiB", answers, kilobytes>>10)
	if kilobytes > 128<<10 && !raceDetector {
		t.Errorf("the process took %d MiB", kilobytes>>10)
	}
	if answers["250"] == 0 || answers["250"]+answers["452"]+answers["421"] != 40 {
		t.Errorf("answers %v", answers)
	}
}
