package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestASocketOfSystemdOutlivesRestarts plays systemd: it holds the socket, is told
// when the service is ready and stops, and restarts it while clients connect. None
// is refused.
func TestASocketOfSystemdOutlivesRestarts(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	file, err := socket.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	told, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer told.Close()
	hear := func(want string) {
		t.Helper()
		told.SetReadDeadline(time.Now().Add(20 * time.Second))
		for b := make([]byte, 1000); ; {
			n, err := told.Read(b)
			if err != nil {
				t.Fatalf("systemd is not told %s: %v", want, err)
			}
			if strings.Contains(string(b[:n]), want) {
				return
			}
		}
	}
	for range 3 {
		// The process that listens is the one that LISTEN_PID names.
		c := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" serve --simulate demo`, self)
		c.ExtraFiles = []*os.File{file}
		c.Env = []string{
			asProcess + "=1", "LISTEN_FDS=1", "LISTEN_FDNAMES=smtp", "NOTIFY_SOCKET=" + told.LocalAddr().String(), "WATCHDOG_USEC=200000",
			"SESGATE_LISTENERS_0_ADDRESS=systemd:smtp", "SESGATE_STATUS_ADDRESS=off", "HOME=" + t.TempDir(),
		}
		var log strings.Builder
		c.Stderr = &log
		waiting, err := net.Dial("tcp", socket.Addr().String()) // before the service is there
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		waiting.Close()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		hear("READY=1")
		hear("WATCHDOG=1")
		mustGreet(t, "tcp", socket.Addr().String())
		c.Process.Signal(syscall.SIGTERM)
		hear("STOPPING=1")
		if err := c.Wait(); err != nil {
			t.Fatalf("%v\n%s", err, &log)
		}
	}
}
