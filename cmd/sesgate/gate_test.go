package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestAUserWhoseRouteIsMissingIsAMistake: at start, when the users change, and when
// the route goes away.
func TestAUserWhoseRouteIsMissingIsAMistake(t *testing.T) {
	t.Parallel()
	const hash = "$2a$04$TP2PiqUQsp86FuLLD8AG6ezA0Dc4ecjlDWxms.BCYebivJlUUHr.e" // secret
	file := filepath.Join(t.TempDir(), "users")
	listener := "listeners: [{address: '127.0.0.1:0', users: " + file + "}]\n"
	routes := "routes: [{name: bulk, senders: [example.com]}]\n"
	mustWrite(t, file, []byte("shop:"+hash+" route=bulk\n"))

	cfg := Default()
	cfg.Listeners[0].Users = file
	_, err := openGates(cfg, nil)
	if err == nil || !strings.Contains(err.Error(), "listeners[0].users: "+file+" route=bulk: no route has that name") {
		t.Errorf("without routes: %v", err)
	}

	s := mustChange(t, listener+routes)
	mustWrite(t, file, []byte("shop:"+hash+" route=bulk\nci:"+hash+" route=bluk\n"))
	s.await("route=bluk: no route has that name", 1)
	mustWrite(t, file, []byte("shop:"+hash+" route=bulk\nci:"+hash+" route=bulk\n"))
	s.await("a file was read again", 1)
	s.write("config.yaml", listener)
	s.await("the configuration is wrong, the one before stays in use", 1)
	if !strings.Contains(s.log.String(), "listeners[0].users: "+file+" route=bulk: no route has that name") {
		t.Error("the log does not name the users whose route went away")
	}
}
