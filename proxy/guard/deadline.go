package guard

import (
	"cmp"
	"time"
)

// hurry is for a command, and between two reads of a message, while most of the
// connections that there may be are open.
const hurry = 10 * time.Second

// lineDeadline is when the next read of a command must have delivered something.
// The rest of a line gets no more time than the line.
func (c *Conn) lineDeadline() time.Time {
	now := time.Now()
	if c.due.IsZero() && len(c.ahead) > 0 {
		c.due = now.Add(c.listener.lineTimeout())
	}
	due := now.Add(c.listener.idleTimeout())
	if !c.due.IsZero() {
		due = c.due
	}
	if c.state == Message { // between two chunks
		due = earlier(due, c.begun.Add(c.listener.messageTimeout()))
	}
	return due
}

// dataDeadline is when the next read of a message must have delivered something:
// a message must move, must not arrive too slowly as a whole, and must end. That
// it is not too slow is expected from half a minute on.
func (c *Conn) dataDeadline() time.Time {
	due := time.Now().Add(c.listener.dataTimeout())
	if c.state != Message { // a chunk that belongs to no message, or not yet
		return due
	}
	due = earlier(due, c.begun.Add(c.listener.messageTimeout()))
	if rate := c.listener.MinRate; rate > 0 {
		earned := time.Duration(float64(c.received) / float64(rate) * float64(time.Second))
		due = earlier(due, c.begun.Add(30*time.Second+earned))
	}
	return due
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (l *Listener) idleTimeout() time.Duration {
	return l.hurried(cmp.Or(l.IdleTimeout, 5*time.Minute))
}
func (l *Listener) lineTimeout() time.Duration    { return min(l.idleTimeout(), 30*time.Second) }
func (l *Listener) dataTimeout() time.Duration    { return l.hurried(cmp.Or(l.DataTimeout, time.Minute)) }
func (l *Listener) messageTimeout() time.Duration { return cmp.Or(l.MessageTimeout, 10*time.Minute) }
func (l *Listener) writeTimeout() time.Duration   { return cmp.Or(l.WriteTimeout, time.Minute) }
func (l *Listener) handshakeTimeout() time.Duration {
	return cmp.Or(l.HandshakeTimeout, 30*time.Second)
}

// hurried shortens a timeout where connections are scarce.
func (l *Listener) hurried(timeout time.Duration) time.Duration {
	if l.scarce.Load() {
		return min(timeout, hurry)
	}
	return timeout
}
