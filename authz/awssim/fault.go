package awssim

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// fault is an entry of faults.json: what goes wrong on the wire.
type fault struct {
	Call   list   `json:"call"` // the API operation: "ses:SendEmail", "iam:*"
	Region list   `json:"region"`
	Every  int    `json:"every"` // each so many calls; each without
	Times  int    `json:"times"` // so often at most; always without
	Fault  string `json:"fault"`

	kind  string
	delay time.Duration // of slow
	seen  int           // calls that it concerned
	done  int           // times it struck
}

// answerFaults are answers instead of what was asked for: nothing happens.
var answerFaults = map[string]apiError{
	"500":      {500, "InternalFailure", "The request processing has failed because of an unknown error, exception or failure."},
	"503":      {503, "ServiceUnavailable", "Service is unavailable"},
	"throttle": {429, "TooManyRequestsException", "Maximum sending rate exceeded."},
	"daily":    {429, "TooManyRequestsException", "Daily message quota exceeded."},
	"limit":    {400, "LimitExceededException", "Daily message quota exceeded."},
	"reject":   {400, "MessageRejected", "Message contains invalid content."},
	"expired":  {403, "ExpiredTokenException", "The security token included in the request is expired"},
}

// wireFaults are done to the connection. Each happens before the call is carried
// out or, with -after-accept, when it has been, but for truncate and html, which
// are bad answers to a good call, and slow, a late one: mail that SES took is sent
// also if the client did not wait.
var wireFaults = []string{"reset", "close", "hang"}

func (s *state) readFaults(_ []string, data []byte) error {
	var entries []fault
	if err := decodeStrict(data, &entries); err != nil {
		return err // an entry that cannot be read has nothing to check
	}
	var errs []error
	for i := range entries {
		f := &entries[i]
		if err := f.parse(); err != nil {
			errs = append(errs, fmt.Errorf("entry %d: %w", i+1, err))
		}
		s.faults = append(s.faults, f)
	}
	return errors.Join(errs...)
}

func (f *fault) parse() error {
	if len(f.Call) == 0 {
		return errors.New(`no key "call": which API call does it concern?`)
	}
	if f.Every < 0 || f.Times < 0 {
		return errors.New("a number below zero where it has no meaning")
	}
	f.kind = f.Fault
	if delay, ok := strings.CutPrefix(f.Fault, "slow:"); ok {
		f.kind = "slow"
		var err error
		if f.delay, err = time.ParseDuration(delay); err != nil {
			return fmt.Errorf(`key "fault": %w`, err)
		}
		return nil
	}
	name := strings.TrimSuffix(f.Fault, "-after-accept")
	if _, ok := answerFaults[name]; ok {
		return nil
	}
	if slices.Contains(wireFaults, name) || f.Fault == "truncate" || f.Fault == "html" {
		return nil
	}
	return oneOf("fault", f.Fault, slices.Concat(
		slices.Sorted(maps.Keys(answerFaults)), []string{"truncate", "html"}, wireFaults, []string{"slow:DURATION"})...)
}

// fault returns what goes wrong with a call, nil for nothing: the first entry
// that is due.
func (c *call) fault() *fault {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	var due *fault
	for _, f := range c.faults {
		if !holds(f.Call, c.service+":"+c.action) || !holds(f.Region, c.regionID) {
			continue
		}
		f.seen++
		if due == nil && f.seen%max(f.Every, 1) == 0 && (f.Times == 0 || f.done < f.Times) {
			f.done++
			due = f
		}
	}
	return due
}

// before does what goes wrong ahead of the call. It reports whether that was the
// end of it. With no fault, nothing goes wrong.
func (f *fault) before(c *call, rw http.ResponseWriter) bool {
	if f == nil {
		return false
	}
	if e, ok := answerFaults[f.kind]; ok {
		c.write(rw, c.answer(nil, c.faultCode(e)))
		return true
	}
	return c.breakWire(rw, f.kind)
}

// after does what goes wrong once the call has been carried out. It reports
// whether the answer has been dealt with.
func (f *fault) after(c *call, rw http.ResponseWriter, a answer) bool {
	if f == nil {
		return false
	}
	kind, _ := strings.CutSuffix(f.kind, "-after-accept")
	if e, ok := answerFaults[kind]; ok {
		c.write(rw, c.answer(nil, c.faultCode(e)))
		return true
	}
	switch kind {
	case "slow":
		return !c.wait(f.delay)
	case "html":
		c.write(rw, answer{status: 200, kind: "text/html", body: []byte("<html><body>Proxy error</body></html>")})
		return true
	case "truncate":
		c.header(rw, a)
		rw.WriteHeader(a.status)
		_, _ = rw.Write(a.body[:len(a.body)/2]) // less than announced: the server closes the connection
		c.done(a.status, "")
		return true
	}
	return c.breakWire(rw, kind)
}

// faultCode words a fault for the call's protocol.
func (c *call) faultCode(e apiError) error {
	switch e.code {
	case "TooManyRequestsException":
		return c.pick(&e, "Throttling")
	case "ExpiredTokenException":
		return c.pick(&e, "ExpiredToken")
	}
	return &e
}

func (c *call) breakWire(rw http.ResponseWriter, kind string) bool {
	switch kind {
	case "hang":
		c.done(0, "")
		<-c.request.Context().Done()
		panic(http.ErrAbortHandler)
	case "close":
		c.done(0, "")
		panic(http.ErrAbortHandler)
	case "reset":
		c.done(0, "")
		reset(rw)
		panic(http.ErrAbortHandler)
	}
	return false
}

// reset makes the connection end in RST where there is one to end.
func reset(rw http.ResponseWriter) {
	conn, _, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// wait sleeps; it reports false if the client left first.
func (c *call) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.request.Context().Done():
		c.done(0, "")
		return false
	}
}
