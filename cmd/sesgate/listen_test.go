package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestASocketHasThePermissionsThatAreSet(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	for _, mode := range []string{"0600", "0666"} {
		l, err := listenOn(Listener{Address: "unix:" + path, Mode: mode})
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if want, _ := fileMode(mode); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", mode, info.Mode(), err)
		}
		l.Close()
	}
}

func TestASocketTakesTheWayOfADeadOneOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dead, live, file := filepath.Join(dir, "dead"), filepath.Join(dir, "live"), filepath.Join(dir, "file")
	left, err := net.Listen("unix", dead)
	if err != nil {
		t.Fatal(err)
	}
	left.(*net.UnixListener).SetUnlinkOnClose(false)
	left.Close()
	other, err := net.Listen("unix", live)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	mustWrite(t, file, []byte("precious"))
	for path, want := range map[string]string{
		dead: "",
		live: "another process listens there",
		file: "is there already and is no socket",
		dir:  "is there already and is no socket",
	} {
		l, err := listenOn(Listener{Address: "unix:" + path, Mode: "0660"})
		if err == nil {
			l.Close()
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "precious" {
		t.Errorf("the file holds %q, %v", text, err)
	}
}
