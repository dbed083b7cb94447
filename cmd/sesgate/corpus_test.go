package main

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/zap"
)

// TestMessagesArriveAsTheyWereSent sends testdata/messages by Python's smtplib, a
// client that is not ours, and compares octets.
func TestMessagesArriveAsTheyWereSent(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("SESGATE_TEST_CLIENTS") == "required" {
			t.Fatal(err)
		}
		t.Skip("no python3 on this machine: messages are not sent by smtplib")
	}
	smtp, page := mustServeWithPage(t)
	out, err := exec.Command(python, "testdata/corpus.py", smtp, "http://"+page, "testdata/messages").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if same := strings.Count(string(out), "\nsame "); same < 20 {
		t.Errorf("only %d messages arrived:\n%s", same, out)
	}
}

// mustServeWithPage serves the demo world with its status page.
func mustServeWithPage(t *testing.T) (smtp, page string) {
	t.Helper()
	cfg := Default()
	cfg.AWS.Simulate = "demo"
	c, err := connect(context.Background(), cfg, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	var open []net.Listener
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, l)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &service{program: &program{ctx: ctx, stdout: io.Discard, stderr: io.Discard}}
	s.log, s.level = logger(cfg.Log, io.Discard)
	done := make(chan error, 1)
	go func() { done <- s.serve(cfg, c, open[:1], open[1]) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return open[0].Addr().String(), open[1].Addr().String()
}
