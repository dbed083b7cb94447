package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sesgate/authz/awssim"
)

// asProcess makes the test binary run as sesgate.
const asProcess = "SESGATE_TEST_AS_PROCESS"

// cloudOutside is a simulated AWS outside of the process under test. It notes
// the marks of the messages that SES took.
type cloudOutside struct {
	*httptest.Server
	mu    sync.Mutex
	taken map[string]int
}

var mark = regexp.MustCompile(`mark-[0-9]+-[0-9]+`)

func newCloudOutside(t *testing.T) *cloudOutside {
	t.Helper()
	world, err := awssim.LoadTxtar([]byte(`
-- ses/eu-west-1/account.json --
{"max_send_rate": 100000, "max_24_hour_send": -1}
-- ses/eu-west-1/identities/example.com.json --
{"verified": true}
-- iam/roles/app/inline/mail.json --
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ses:SendRawEmail", "Resource": "*"}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	c := &cloudOutside{taken: map[string]int{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the process was killed while it sent
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := httptest.NewRecorder()
		world.ServeHTTP(answer, r)
		if answer.Code == http.StatusOK && strings.HasSuffix(r.URL.Path, "/outbound-emails") {
			c.note(body)
		}
		for key, values := range answer.Header() {
			w.Header()[key] = values
		}
		w.WriteHeader(answer.Code)
		w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *cloudOutside) note(body []byte) {
	var call struct {
		Content struct{ Raw struct{ Data []byte } }
	}
	if err := json.Unmarshal(body, &call); err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken[string(mark.Find(call.Content.Raw.Data))]++
}

// process is a running sesgate.
type process struct {
	*exec.Cmd
	address string
	lines   chan struct{} // closed when the log has ended
}

func mustStart(t *testing.T, endpoint string, environ ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(self, "serve"), lines: make(chan struct{})}
	p.Env = []string{
		asProcess + "=1", "AWS_ENDPOINT_URL=" + endpoint, "AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=AKIATEST", "AWS_SECRET_ACCESS_KEY=secret",
		"AWS_CONFIG_FILE=none", "AWS_SHARED_CREDENTIALS_FILE=none", "HOME=" + t.TempDir(),
		"SESGATE_LISTENERS_0_ADDRESS=127.0.0.1:0", "SESGATE_STATUS_ADDRESS=off",
		"SESGATE_PREFLIGHT_MODE=off", // facts come at one read a second: there would be little to kill
	}
	p.Env = append(p.Env, environ...)
	log, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill() })
	in := bufio.NewReader(log)
	for p.address == "" {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatalf("sesgate ended before it listened: %v", err)
		}
		var started struct{ Listeners []string }
		if json.Unmarshal([]byte(line), &started) == nil && len(started.Listeners) > 0 {
			p.address = started.Listeners[0]
		}
	}
	go func() { // keeps the pipe empty
		defer close(p.lines)
		io.Copy(io.Discard, in)
	}()
	return p
}

// wait waits for the end of the process and returns its exit code.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	<-p.lines
	err := p.Wait()
	if _, ok := err.(*exec.ExitError); err != nil && !ok {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode()
}

// sendOne sends a message with a mark on a connection that is greeted, and
// reports whether it got a 250.
func sendOne(conn net.Conn, in *bufio.Reader, mark string) bool {
	fmt.Fprintf(conn, "MAIL FROM:<news@example.com>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n")
	for _, want := range []string{"250", "250", "354"} {
		if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, want) {
			return false
		}
	}
	fmt.Fprintf(conn, "From: news@example.com\r\n\r\n%s\r\n.\r\n", mark)
	line, err := in.ReadString('\n')
	return err == nil && strings.HasPrefix(line, "250")
}

// clients send marked messages one after the other until their server is gone,
// and return the marks that got a 250.
func clients(n, round int, address string) []string {
	var mu sync.Mutex
	var confirmed []string
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				return
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(20 * time.Second))
			in := bufio.NewReader(conn)
			in.ReadString('\n')
			fmt.Fprintf(conn, "HELO app\r\n")
			in.ReadString('\n')
			for k := 0; ; k++ {
				id := fmt.Sprintf("mark-%d-%d", round, i*100000+k)
				if !sendOne(conn, in, id) {
					return
				}
				mu.Lock()
				confirmed = append(confirmed, id)
				mu.Unlock()
			}
		})
	}
	running.Wait()
	return confirmed
}

func TestAKillLosesNoMessageThatGotA250(t *testing.T) {
	t.Parallel()
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	cloud := newCloudOutside(t)
	total := 0
	for round := range rounds {
		p := mustStart(t, cloud.URL)
		timer := time.AfterFunc(time.Duration(100+rand.IntN(400))*time.Millisecond, func() { p.Process.Kill() })
		confirmed := clients(16, round, p.address)
		timer.Stop()
		p.wait(t)
		cloud.mu.Lock()
		for _, id := range confirmed {
			if n := cloud.taken[id]; n != 1 {
				t.Errorf("round %d: %s got a 250, and SES took it %d times", round, id, n)
			}
		}
		cloud.mu.Unlock()
		total += len(confirmed)
	}
	if total == 0 {
		t.Fatal("no message was confirmed before a kill: nothing was tested")
	}
	t.Logf("%d messages confirmed before %d kills", total, rounds)
}

func TestAStopFinishesWhatIsUnderWayAndExits0(t *testing.T) {
	t.Parallel()
	cloud := newCloudOutside(t)
	p := mustStart(t, cloud.URL)
	time.AfterFunc(300*time.Millisecond, func() { p.Process.Signal(syscall.SIGTERM) })
	confirmed := clients(8, 99, p.address)
	if code := p.wait(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	cloud.mu.Lock()
	defer cloud.mu.Unlock()
	if len(cloud.taken) != len(confirmed) {
		t.Errorf("SES took %d messages, %d got a 250", len(cloud.taken), len(confirmed))
	}
}
