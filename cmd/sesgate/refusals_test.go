package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"golang.org/x/tools/txtar"

	"sesgate/authz/diagnosis"
)

var update = flag.Bool("update", false, "write what the server says into testdata/refusals")

// TestRefusals plays the dialogs of testdata/refusals against the whole program:
// session, pre-flight, cache, SDK clients and a simulated AWS. Each file is named
// after the code that its last reply must carry, and holds a world, perhaps a
// config.yaml, in which DIR is where the files are, and a dialog of C: and S: lines that begins after EHLO. A number
// after the code tells several examples of it apart. A file logged has what the log
// says of mail that is taken all the same: codes and titles.
func TestRefusals(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/refusals/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dialogs: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			story := newStory(t, archive)
			got := story.play(t)
			if *update {
				story.record(t, archive, file, got)
				return
			}
			if diff := cmp.Diff(story.dialog, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if story.logs {
				if diff := cmp.Diff(story.logged, story.found(t)); diff != "" {
					t.Errorf("log: -want +got:\n%s", diff)
				}
				got += story.logged
			}
			if code := codeOf(file); !strings.Contains(got, "["+string(code)+"]") && code != "ok" {
				t.Errorf("no reply carries the code %s:\n%s", code, got)
			}
		})
	}
}

func codeOf(file string) diagnosis.Code {
	name := strings.TrimSuffix(filepath.Base(file), ".txtar")
	return diagnosis.Code(regexp.MustCompile(`-[0-9]+$`).ReplaceAllString(name, ""))
}

func TestEveryCodeHasAnExecutedExample(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/refusals/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[diagnosis.Code]bool{}
	for _, file := range files {
		shown[codeOf(file)] = true
	}
	for _, entry := range diagnosis.All() {
		switch unseen := notYetFound[entry.Code]; {
		case unseen && shown[entry.Code]:
			t.Errorf("%s has an example: take it off the list of those that are not found yet", entry.Code)
		case !unseen && !shown[entry.Code] && len(entry.AWS) == 0:
			t.Errorf("%s has no example in testdata/refusals, and no text of AWS leads to it", entry.Code)
		}
	}
}

// notYetFound are codes that no dialog can lead to.
var notYetFound = map[diagnosis.Code]bool{
	"xacc-region":   true,                   // a configuration with such a route is not loaded
	"iam-c-ipvpce":  true,                   // the simulated AWS is on loopback, never in a VPC
	"fact-throttle": true,                   // of reads: never about a message
	"msg-virus":     true, "lm-unsub": true, // SES accepts, and does not deliver
}

// story is a running program and a dialog for it.
type story struct {
	address string
	dialog  string
	logs    bool   // whether logged is asked for
	logged  string // of findings, in the log
	log     *record
}

func newStory(t *testing.T, archive *txtar.Archive) *story {
	t.Helper()
	dir := t.TempDir()
	s := &story{log: new(record)}
	config := ""
	for _, f := range archive.Files {
		switch {
		case f.Name == "dialog":
			s.dialog = string(f.Data)
		case f.Name == "logged":
			s.logs, s.logged = true, string(f.Data)
		case f.Name == "config.yaml":
			config = filepath.Join(dir, f.Name)
			mustWrite(t, config, bytes.ReplaceAll(f.Data, []byte("DIR/"), []byte(dir+"/")))
		case strings.HasPrefix(f.Name, "world/"), f.Name == "users":
			mustWrite(t, filepath.Join(dir, filepath.FromSlash(f.Name)), f.Data)
		default:
			t.Fatalf("what is %s?", f.Name)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "world"), 0o755); err != nil {
		t.Fatal(err)
	}
	cfg, _, err := Load(config, nil,
		override{"test", "aws.simulate", filepath.Join(dir, "world")},
		override{"test", "status.address", "off"},
		override{"test", "hostname", "sesgate.test"})
	if err != nil {
		t.Fatal(err)
	}
	s.address = mustServe(t, cfg, s.log)
	return s
}

func mustWrite(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// mustServe runs the whole program on a free port of the loopback until the test
// ends, and returns its address.
func mustServe(t testing.TB, cfg Config, log io.Writer) string {
	t.Helper()
	c, err := connect(context.Background(), cfg, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	return mustServeOn(t, cfg, c, log)
}

// mustServeOn is mustServe with an AWS that is there; it is closed in the end.
func mustServeOn(t testing.TB, cfg Config, c *cloud, log io.Writer) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &program{ctx: ctx, stdout: io.Discard, stderr: log}
	s := &service{program: p}
	s.log, s.level = logger(cfg.Log, log)
	done := make(chan error, 1)
	go func() { done <- s.serve(cfg, c, []net.Listener{l}, nil) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return l.Addr().String()
}

// ids differ from run to run.
var ids = []struct {
	made *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`\bref [0-9A-Z]{26}\b`), "ref REF"},
	{regexp.MustCompile(`\bOk [0-9a-f-]+-sim\b`), "Ok ID"},
	{regexp.MustCompile(`\brequest [0-9a-f-]{36}\b`), "request ID"},
	{regexp.MustCompile(`(aws:(?:CurrentTime|EpochTime) \w+ "[^"]*" )\(it is "[^"]*"\)`), `${1}(it is "NOW")`},
	{regexp.MustCompile(`aws:CurrentTime is "[^"]*"`), `aws:CurrentTime is "NOW"`},
}

// play sends the C: lines of the dialog and returns it with what was answered.
func (s *story) play(t *testing.T) string {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	in := bufio.NewReader(conn)
	mustReply(t, in)
	fmt.Fprintf(conn, "EHLO app.example.com\r\n")
	mustReply(t, in)
	var said strings.Builder
	inData := false
	for line := range strings.Lines(s.dialog) {
		sent, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "C:")
		if !ok {
			continue
		}
		sent = strings.TrimPrefix(sent, " ")
		said.WriteString(line)
		fmt.Fprintf(conn, "%s\r\n", strings.ReplaceAll(sent, `\x00`, "\x00"))
		if inData && sent != "." {
			continue
		}
		reply := mustReply(t, in)
		inData = strings.HasPrefix(reply, "354")
		for answer := range strings.Lines(reply) {
			answer = strings.TrimRight(answer, "\r\n")
			for _, id := range ids {
				answer = id.made.ReplaceAllString(answer, id.as)
			}
			said.WriteString("S: " + answer + "\n")
		}
		if reply[0] >= '4' && !strings.HasPrefix(sent, "RCPT") {
			break // the transaction is over, whatever the dialog had in mind
		}
	}
	return said.String()
}

// mustReply reads one reply, all its lines.
func mustReply(t testing.TB, in *bufio.Reader) string {
	t.Helper()
	var reply strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatalf("read reply after %q: %v", reply.String(), err)
		}
		reply.WriteString(line)
		if len(line) < 4 || line[3] != '-' {
			return reply.String()
		}
	}
}

// found is what the log says was found about the messages of the dialog, a line
// each.
func (s *story) found(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for line := range strings.Lines(s.log.String()) {
		var entry struct {
			Findings []struct{ Code, Title string }
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("log: %v in %s", err, line)
		}
		for _, f := range entry.Findings {
			fmt.Fprintf(&all, "%s [%s]\n", f.Title, f.Code)
		}
	}
	return all.String()
}

func (s *story) record(t *testing.T, archive *txtar.Archive, file, got string) {
	t.Helper()
	for i := range archive.Files {
		if archive.Files[i].Name == "dialog" {
			archive.Files[i].Data = []byte(got)
		}
		if archive.Files[i].Name == "logged" {
			archive.Files[i].Data = []byte(s.found(t))
		}
	}
	if err := os.WriteFile(file, bytes.TrimSpace(txtar.Format(archive)), 0o644); err != nil {
		t.Fatal(err)
	}
}
