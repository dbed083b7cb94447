package proxy

import (
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// states bring a connection to where it waits for something else each.
var states = []string{
	"",
	"EHLO x\r\n",
	"EHLO x\r\nMAIL FROM:<news@example.com>\r\n",
	"EHLO x\r\nMAIL FROM:<news@example.com>\r\nRCPT TO:<ann@example.org>\r\n",
	"EHLO x\r\nMAIL FROM:<news@example.com>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\nFrom: news@example.com\r\n",
	"EHLO x\r\nMAIL FROM:<news@example.com>\r\nRCPT TO:<ann@example.org>\r\nBDAT 30\r\nFrom: news@example.com\r\n\r\none\r\n",
}

// TestAClientThatGoesAwayAnywhereLeavesNothingBehind: in every state and after every
// octet. Nothing is sent before the message is whole.
func TestAClientThatGoesAwayAnywhereLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	whole := states[3] + "DATA\r\n" + letter + ".\r\n"
	for n := range len(whole) {
		synctest.Test(t, func(t *testing.T) {
			memory := &Budget{Bytes: 1 << 20}
			w := mustServe(t, func(w *world) { w.Memory = memory })
			conn := w.listener.dial()
			go io.Copy(io.Discard, conn)
			fmt.Fprint(conn, whole[:n])
			synctest.Wait()
			conn.Close()
			synctest.Wait()
			if sent := len(w.relay.messages()); sent > 0 {
				t.Errorf("after %q: %d messages were sent", whole[:n], sent)
			}
			if used := memory.Used(); used != 0 {
				t.Errorf("after %q: %d octets are held", whole[:n], used)
			}
			w.stop()
			start := time.Now()
			<-w.done
			w.done <- nil
			if took := time.Since(start); took > 0 {
				t.Errorf("after %q: the server ended %v later", whole[:n], took)
			}
		})
	}
}
