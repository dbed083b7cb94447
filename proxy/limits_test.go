package proxy

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestACommandTooManyWithoutAMessageEndsTheConnection(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"NOOP", "RSET", "VRFY x", "EHLO again", "AUTH PLAIN"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := mustServe(t, nil).mustDial(t).hello() // EHLO comes before there is a session to count
				c.letter()
				for i := range maxJunk {
					if got := c.say(command); strings.HasPrefix(got, "421") {
						t.Fatalf("%s number %d: %s", command, i+1, got)
					}
				}
				c.want("421 4.7.0 mx.example takes no more", c.say(command))
				if line := c.line(); line != "" {
					t.Errorf("the connection goes on with %q", line)
				}
			})
		})
	}
}

func TestCommandsBeforeEhloCountToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := mustServe(t, nil).mustDial(t)
		c.want("220 ", c.reply())
		for range maxJunk {
			c.want("250 ", c.say("NOOP"))
		}
		c.want("421 4.7.0 ", c.say("NOOP"))
	})
}

func TestMessagesAndTheirCommandsAreNeverTooMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := mustServe(t, nil).mustDial(t).hello()
		for range 2 * maxJunk {
			c.want("250 ", c.say("NOOP"))
			c.want("250 ", c.say("RSET"))
			c.letter()
		}
		c.envelope()
		for range 2 * maxJunk {
			c.send("BDAT 6\r\nNOOP\r\n")
			c.want("250 2.0.0 Continue", c.reply())
		}
	})
}

// letter sends a message.
func (c *client) letter() {
	c.t.Helper()
	c.envelope()
	c.want("354", c.say("DATA"))
	c.send(letter)
	c.want("250", c.say("."))
}

func TestARefusedRecipientTooManyEndsTheConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := mustServe(t, nil)
		c := w.mustDial(t).hello()
		for range 2 { // a message between them begins the count anew
			c.envelope()
			for i := range maxRefused {
				c.want("501 ", c.say(fmt.Sprintf("RCPT TO:<no..%d@example.org>", i)))
			}
			c.want("354", c.say("DATA"))
			c.send(letter)
			c.want("250", c.say("."))
		}
		c.want("250 ", c.say("MAIL FROM:<news@example.com>"))
		for range maxRefused {
			c.want("501 ", c.say("RCPT TO:<no>"))
		}
		c.want("421 4.7.0 ", c.say("RCPT TO:<no>"))
		if line := c.line(); line != "" {
			t.Errorf("the connection goes on with %q", line)
		}
		synctest.Wait()
		events := w.recorder.all()
		if last := events[len(events)-1]; last.Code != 421 || len(last.Refused) != maxRefused+1 {
			t.Errorf("the last event: %d, %d refused", last.Code, len(last.Refused))
		}
	})
}

// TestRecipientsBeyondThoseOfOneMessageAreNotTooMany: a client sends to them in
// another message.
func TestRecipientsBeyondThoseOfOneMessageAreNotTooMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := mustServe(t, func(w *world) { w.MaxRecipients = 1 }).mustDial(t).hello()
		c.envelope()
		for range 3 * maxRefused {
			c.want("452 4.5.3 ", c.say("RCPT TO:<bob@example.org>"))
		}
		c.want("354", c.say("DATA"))
		c.send(letter)
		c.want("250", c.say("."))
	})
}

func TestAMessageMuchTooLargeIsNotReadToItsEnd(t *testing.T) {
	t.Parallel()
	const limit = 10_000
	for name, begin := range map[string]string{"DATA": "DATA\r\n", "BDAT": "BDAT 4000000000 LAST\r\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := mustServe(t, func(w *world) { w.MaxMessageBytes = limit })
				c := w.mustDial(t).hello()
				c.envelope()
				c.send(begin)
				sent, err := 0, error(nil)
				for err == nil && sent < 8<<20 {
					var n int
					n, err = io.WriteString(c.conn, strings.Repeat("x", 998)+"\r\n")
					sent += n
				}
				if most := limit + maxExcess + 64<<10; sent > most {
					t.Errorf("%d octets were read, want at most %d", sent, most)
				}
				var last string
				for line := range c.lines {
					last = line
				}
				c.want("552 5.3.4 ref ", last)
				if events := w.recorder.all(); len(events) != 1 || events[0].Code != 552 {
					t.Errorf("events %+v", events)
				}
			})
		})
	}
}

func TestAMessageALittleTooLargeCostsNoConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := mustServe(t, func(w *world) { w.MaxMessageBytes = 10_000 }).mustDial(t).hello()
		c.envelope()
		c.want("354", c.say("DATA"))
		c.send(strings.Repeat(strings.Repeat("x", 998)+"\r\n", 1000))
		c.want("552 ", c.say("."))
		c.letter()
	})
}

// TestAClientThatGivesUpSoonIsAnsweredBefore (Rails gives up after five seconds): what
// is not on its way by then is not sent, and what is, is waited for.
func TestAClientThatGivesUpSoonIsAnsweredBefore(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		send  func(context.Context) (Receipt, error)
		reply string
		after time.Duration
	}{
		{"waiting to be sent", func(ctx context.Context) (Receipt, error) {
			<-ctx.Done()
			return Receipt{}, ctx.Err()
		}, "451 4.4.1 ", 4500 * time.Millisecond},
		{"on its way", func(context.Context) (Receipt, error) {
			time.Sleep(20 * time.Second)
			return Receipt{MessageID: "late"}, nil
		}, "250 2.0.0 Ok late", 20 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := mustServe(t, func(w *world) {
					w.ReplyTimeout = 5 * time.Second
					w.relay.answer = func(ctx context.Context, _ Message) (Receipt, error) { return test.send(ctx) }
				})
				c := w.mustDial(t).hello()
				c.envelope()
				c.want("354", c.say("DATA"))
				c.send(letter)
				start := time.Now()
				c.want(test.reply, c.say("."))
				if took := time.Since(start); took != test.after {
					t.Errorf("the answer came after %v, want %v", took, test.after)
				}
			})
		})
	}
}

func TestMessagesThatFindNoMemoryAreAnswered452(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory := &Budget{Bytes: 2 << 20}
		w := mustServe(t, func(w *world) {
			w.Memory = memory
			w.relay.answer = func(context.Context, Message) (Receipt, error) {
				time.Sleep(30 * time.Second)
				return Receipt{MessageID: "id"}, nil
			}
		})
		line := strings.Repeat("x", 998) + "\r\n"
		first := w.mustDial(t).hello()
		first.envelope()
		first.want("354", first.say("DATA"))
		first.send(letter + strings.Repeat(line, 600) + ".\r\n")
		second := w.mustDial(t).hello()
		second.envelope()
		second.want("354", second.say("DATA"))
		start := time.Now()
		second.send(letter + strings.Repeat(line, 600))
		second.want("452 4.3.1 ", second.say("."))
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("the answer came after %v", took)
		}
		third := w.mustDial(t).hello() // is small
		third.letter()
		first.want("250 ", first.reply())
		second.letter() // goes on
		if used := memory.Used(); used != 0 {
			t.Errorf("%d octets are not given back", used)
		}
	})
}
