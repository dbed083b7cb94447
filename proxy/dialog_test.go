package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oklog/ulid/v2"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
)

// TestDialogs plays the dialogs of testdata/*.smtp.
//
// C: lines are what the client sends, those that follow each other in one write;
// in Go quotes they are octets with escapes and no line ending. S: lines are what
// it must be answered, ... standing for any text and REF for a
// reference; S*: skips to the line. HANGUP says that the connection must end, CLOSE
// that the client ends it, WAIT that time passes, TLS that the client begins TLS,
// REMOVE that a user is removed, REDIAL that the client connects again. Before the dialog stands how
// server and fakes are set up, after it, in order: M: lines with the recipients of
// every message that was relayed, B: lines with their octets, E: lines with the events, R: lines with the
// reply that these tell of, FORGOT a number.
func TestDialogs(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.smtp")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dialogs: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".smtp"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) { play(t, string(text)) })
		})
	}
}

// play runs one dialog.
func play(t *testing.T, text string) {
	d := &dialog{t: t}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for len(lines) > 0 && !isSpoken(lines[0]) {
		d.settings = append(d.settings, lines[0])
		lines = lines[1:]
	}
	d.world = mustServe(t, d.set)
	d.client = d.world.mustDial(t)
	for i, line := range lines {
		d.number = len(d.settings) + i + 1
		d.step(line)
	}
	d.finish()
}

func isSpoken(line string) bool {
	verb, _, _ := strings.Cut(line, " ")
	return slices.Contains([]string{"S:", "C:", "TLS", "WAIT", "HANGUP"}, verb)
}

type dialog struct {
	t        *testing.T
	world    *world
	client   *client
	settings []string
	number   int
	pending  strings.Builder // what the client has yet to send

	relayed, bodies, events, replies []string
	forgot                           int
	verdicts                         map[string]authz.Verdict
}

// set applies a setting line: "server KEY VALUE", "check STAGE DECISION CODE TEXT"
// or "relay KIND TEXT".
func (d *dialog) set(w *world) {
	d.verdicts = make(map[string]authz.Verdict)
	w.checker.answer = d.verdict
	for _, line := range d.settings {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		switch words[0] {
		case "server":
			d.setServer(w.Server, words[1], words[2])
		case "check":
			d.setVerdict(words[1], words[2], words[3], strings.Join(words[4:], " "))
		case "user":
			d.addUser(w, words[1], words[2], words[3:])
		case "client":
			w.listener.client = &net.TCPAddr{IP: net.ParseIP(words[1]), Port: 4711}
		case "gap":
			v := d.verdicts[words[1]]
			v.Gaps = append(v.Gaps, facts.Gap{What: strings.Join(words[3:], " "), Permission: words[2]})
			d.verdicts[words[1]] = v
		case "relay":
			w.relay.answer = relayAnswer(words[1], strings.Join(words[2:], " "))
		default:
			d.t.Fatalf("unknown setting %q", line)
		}
	}
}

func (d *dialog) setServer(s *Server, key, value string) {
	number, _ := strconv.Atoi(value)
	switch key {
	case "mode":
		s.Mode = Mode(value)
	case "diagnostics":
		s.Diagnostics = Diagnostics(value)
	case "line-endings":
		s.RejectLoneEndings = value == "reject"
	case "max-message":
		s.MaxMessageBytes = int64(number)
	case "null-sender":
		s.NullSender = value
	case "allow-headers":
		s.AllowHeaders = strings.Split(value, ",")
	case "max-recipients":
		s.MaxRecipients = number
	case "proxy":
		s.Proxies = []netip.Prefix{netip.MustParsePrefix(value)}
	case "network":
		s.Networks = []netip.Prefix{netip.MustParsePrefix(value)}
	case "lmtp":
		s.LMTP = true
	case "tls":
		s.TLS, s.ImplicitTLS, s.RequireTLS = &tls.Config{Certificates: []tls.Certificate{mustCertify(d.t)}}, value == "implicit", value == "required"
	default:
		d.t.Fatalf("unknown server setting %q", key)
	}
}

// addUser adds a user with a password and senders.
func (d *dialog) addUser(w *world, name, password string, names []string) {
	senders, err := ParseSenders(names...)
	if err != nil {
		d.t.Fatal(err)
	}
	if w.users == nil {
		w.users = &users{}
		w.Users = w.users
	}
	w.users.set(User{Name: name, Hash: password, Senders: senders, Restricted: len(names) > 0})
}

// setVerdict gives the checker a verdict at mail, rcpt:ADDRESS or data.
func (d *dialog) setVerdict(stage, decision, code, text string) {
	v := d.verdicts[stage]
	f := diagnosis.Finding{Code: diagnosis.Code(code)}
	f.Title, f.Detail, _ = strings.Cut(text, " | ")
	f.Detail, f.Fix, _ = strings.Cut(f.Detail, " | ")
	switch decision {
	case "deny":
		v.Decision = authz.Deny
	case "suspect":
		f.Suspected = true
	}
	v.Findings = append(v.Findings, f)
	d.verdicts[stage] = v
}

func (d *dialog) verdict(req authz.Request) authz.Verdict {
	stage := "mail"
	switch {
	case req.Header != nil:
		stage = "data"
	case len(req.Recipients) > 0:
		stage = "rcpt:" + req.Recipients[len(req.Recipients)-1]
	}
	if v, ok := d.verdicts[stage]; ok {
		return v
	}
	return authz.Verdict{Decision: authz.Allow}
}

func relayAnswer(kind, text string) func(context.Context, Message) (Receipt, error) {
	return func(ctx context.Context, _ Message) (Receipt, error) {
		switch kind {
		case "slow":
			time.Sleep(10 * time.Second)
			return Receipt{MessageID: "slow-id"}, nil
		case "lost":
			return Receipt{Attempts: 1, Ambiguous: true}, errors.New(text)
		case "api":
			code, message, _ := strings.Cut(text, " ")
			return Receipt{Attempts: 1}, apiError{code, message}
		}
		return Receipt{}, errors.New(text)
	}
}

// apiError is shaped as the SDK's errors are.
type apiError struct{ code, message string }

func (e apiError) Error() string        { return e.code + ": " + e.message }
func (e apiError) ErrorCode() string    { return e.code }
func (e apiError) ErrorMessage() string { return e.message }

func (d *dialog) step(line string) {
	verb, rest, _ := strings.Cut(line, " ")
	if verb != "C:" {
		d.client.send(d.pending.String())
		d.pending.Reset()
	}
	switch verb {
	case "C:":
		d.pending.WriteString(octets(d.t, rest))
	case "S:":
		d.expect(rest, d.client.line())
	case "S*:":
		for got := d.client.line(); !matches(rest, got); got = d.client.line() {
			if got == "" {
				d.expect(rest, got)
			}
		}
	case "HANGUP":
		d.expect("", d.client.line())
	case "REDIAL":
		d.client.close()
		d.client = d.world.mustDial(d.t)
	case "TLS":
		d.client.startTLS()
	case "CLOSE":
		d.client.close()
	case "WAIT":
		pause, err := time.ParseDuration(rest)
		if err != nil {
			d.t.Fatal(err)
		}
		time.Sleep(pause)
	case "REMOVE":
		d.world.users.remove(rest)
	case "DRAIN":
		synctest.Wait()
		d.world.stop()
	case "M:":
		d.relayed = append(d.relayed, rest)
	case "B:":
		d.bodies = append(d.bodies, octets(d.t, rest))
	case "E:":
		d.events = append(d.events, rest)
	case "R:":
		d.replies = append(d.replies, rest)
	case "FORGOT":
		d.forgot, _ = strconv.Atoi(rest)
	case "", "#":
	default:
		d.t.Fatalf("line %d: unknown %q", d.number, line)
	}
}

// octets are what a C: line sends.
func octets(t *testing.T, text string) string {
	if !strings.HasPrefix(text, `"`) {
		return text + "\r\n"
	}
	raw, err := strconv.Unquote(text)
	if err != nil {
		t.Fatalf("C: %s: %v", text, err)
	}
	return raw
}

func (d *dialog) expect(want, got string) {
	d.t.Helper()
	if !matches(want, got) {
		d.t.Fatalf("line %d: got %q, want %q", d.number, got, want)
	}
}

// matches compares a line with a pattern.
func matches(pattern, line string) bool {
	if before, ok := strings.CutSuffix(pattern, "REF"); ok {
		return strings.HasPrefix(line, before) && len(line) == len(before)+len(ulid.ULID{}.String())
	}
	before, after, ok := strings.Cut(pattern, "...")
	if !ok {
		return pattern == line
	}
	return len(line) >= len(before)+len(after) && strings.HasPrefix(line, before) && strings.HasSuffix(line, after)
}

// finish compares what came out of the dialog.
func (d *dialog) finish() {
	d.client.close()
	synctest.Wait()
	var relayed, bodies, events, replies []string
	for _, m := range d.world.relay.messages() {
		bodies = append(bodies, string(m.Data))
		relayed = append(relayed, strings.Join(m.Recipients, " "))
	}
	for _, e := range d.world.recorder.all() {
		events = append(events, describe(e))
		replies = append(replies, e.Reply)
	}
	if diff := cmp.Diff(d.relayed, relayed); diff != "" {
		d.t.Errorf("relayed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(d.bodies, bodies); d.bodies != nil && diff != "" {
		d.t.Errorf("octets (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(d.events, events); diff != "" {
		d.t.Errorf("events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(d.replies, replies); d.replies != nil && diff != "" {
		d.t.Errorf("replies (-want +got):\n%s", diff)
	}
	if d.world.checker.forgot != d.forgot {
		d.t.Errorf("forgot %d verdicts, want %d", d.world.checker.forgot, d.forgot)
	}
}

// describe is an event on one line, without what is empty.
func describe(e Event) string {
	s := fmt.Sprintf("%d %s", e.Code, e.Decision)
	if !e.Checked {
		s = fmt.Sprintf("%d unchecked", e.Code)
	}
	if len(e.Findings) > 0 {
		s += " " + strings.Join(codes(e.Findings), ",")
	}
	if e.Client != "unix" && e.Client != "192.0.2.1" {
		s += " client " + e.Client
	}
	if e.User != "" {
		s += " user " + e.User
	}
	if len(e.Recipients) > 0 {
		s += " to " + strings.Join(e.Recipients, " ")
	}
	if len(e.Refused) > 0 {
		s += " refused " + strings.Join(e.Refused, " ")
	}
	if e.Contradicted {
		s += " contradicted"
	}
	if len(e.Removed) > 0 {
		s += " without " + strings.Join(e.Removed, " ")
	}
	return s
}
