package proxy

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
)

// logged is the line that a Log writes for an event.
func logged(l Log, encoder zapcore.Encoder, e Event) string {
	var out bytes.Buffer
	l.Logger = zap.New(zapcore.NewCore(encoder, zapcore.AddSync(&out), zap.InfoLevel))
	l.Record(e)
	return out.String()
}

func jsonEncoder() zapcore.Encoder {
	return zapcore.NewJSONEncoder(zapcore.EncoderConfig{MessageKey: "msg"})
}

func exampleEvent() Event {
	return Event{
		Ref: "01JD", Listener: "127.0.0.1:2525", Client: "127.0.0.1",
		MailFrom: "bounce@example.com", HeaderFrom: "news@example.com", Identity: "news@example.com",
		Recipients: []string{"ann@example.org", "bob@example.org"}, Refused: []string{"eve@example.net"},
		Size: 1234, Principal: "arn:aws:iam::111122223333:role/app", Region: "eu-west-1",
		Decision: authz.Deny, Checked: true, Findings: []diagnosis.Finding{{Code: "scp-expl"}, {Code: "iam-noallow"}},
		Gaps: 2, Cache: "hit", Preflight: 1500 * time.Microsecond, SES: 80 * time.Millisecond,
		SESMessageID: "0102", SESRequestID: "r-1", Attempts: 1, Removed: []string{"X-SES-TENANT"},
		Reply: "550 5.7.1 role app may not send as news@example.com [scp-expl]", Code: 550,
	}
}

func TestALineHasTheFieldsThatScriptsReadByName(t *testing.T) {
	t.Parallel()
	var got map[string]any
	if err := json.Unmarshal([]byte(logged(Log{}, jsonEncoder(), exampleEvent())), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"msg": "transaction", "ref": "01JD", "listener": "127.0.0.1:2525", "client": "127.0.0.1",
		"from": "bounce@example.com", "header_from": "news@example.com", "recipients": 2.0, "refused": 1.0,
		"size": 1234.0, "principal": "arn:aws:iam::111122223333:role/app", "region": "eu-west-1",
		"identity": "news@example.com", "decision": "deny", "codes": []any{"scp-expl", "iam-noallow"},
		"findings": []any{map[string]any{"code": "scp-expl"}, map[string]any{"code": "iam-noallow"}},
		"gaps":     2.0, "cache": "hit", "preflight_us": 1500.0, "ses_ms": 80.0, "ses_message_id": "0102",
		"ses_request_id": "r-1", "attempts": 1.0, "ambiguous": false, "contradicted": false,
		"removed_headers": []any{"X-SES-TENANT"}, "code": 550.0, "route": "",
		"reply": "550 5.7.1 role app may not send as news@example.com [scp-expl]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
}

func TestLocalPartsStayOutOfALogThatHidesThem(t *testing.T) {
	t.Parallel()
	for _, l := range []Log{{Addresses: AddressesHash}, {Addresses: AddressesHash, Key: []byte("key")}, {Addresses: AddressesNone}, {Addresses: "typo"}} {
		line := logged(l, jsonEncoder(), exampleEvent())
		for _, hidden := range []string{"news@", "bounce@", "news", "bounce", "ann@", "eve@"} {
			if strings.Contains(line, hidden) {
				t.Errorf("addresses %q: %s stands in %s", l.Addresses, hidden, line)
			}
		}
		if domain := strings.Contains(line, "@example.com"); domain != (l.Addresses == AddressesHash) {
			t.Errorf("addresses %q: the domain stands there: %v, in %s", l.Addresses, domain, line)
		}
		if !strings.Contains(line, `"reply":"550 [scp-expl]"`) {
			t.Errorf("addresses %q: no reply in %s", l.Addresses, line)
		}
	}
}

func TestTheLogHasTheReasonsWhateverTheClientWasTold(t *testing.T) {
	t.Parallel()
	e := exampleEvent()
	e.Findings = []diagnosis.Finding{{
		Code: "scp-expl", Title: "role app may not ses:SendRawEmail as news@example.com",
		Detail: "SCP DenySES:\nstatement DenyAll", Fix: "exempt the role", Layer: "scp", Source: "DenySES", Sid: "DenyAll",
	}, {Code: "session", Title: "a session policy may deny it", Suspected: true}}
	var got struct{ Findings []map[string]any }
	if err := json.Unmarshal([]byte(logged(Log{}, jsonEncoder(), e)), &got); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{{
		"code": "scp-expl", "title": "role app may not ses:SendRawEmail as news@example.com",
		"detail": "SCP DenySES: statement DenyAll", "fix": "exempt the role",
		"layer": "scp", "source": "DenySES", "sid": "DenyAll",
	}, {"code": "session", "title": "a session policy may deny it", "suspected": true}}
	if diff := cmp.Diff(want, got.Findings); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestAddressesStayOutOfTheReasonsToo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, hash, none string }{
		{"as news@example.com.", "as 19fba0e995b9@example.com.", "as -"},
		{"wants *@example.com", "wants *@example.com", "wants *@example.com"},
		{"identity/ann@example.org denies", "identity/49915e0d7d4b@example.org denies", "identity/- denies"},
		{"the address <root> has no domain; root", "the address <-> has no domain; root", "the address <-> has no domain; root"},
		{"<a b/c@example.net> is odd", "<539138d51839@example.net> is odd", "<-> is odd"},
		{"SENDER ANN@EXAMPLE.ORG", "SENDER c63cbc596732@EXAMPLE.ORG", "SENDER -"},
		{"\u00fcnal@example.org", "ee796da88988@example.org", "-"},
	} {
		e := Event{MailFrom: "news@example.com", Refused: []string{"root", "a b/c@example.net", "\xff@a"}, Code: 550}
		for addresses, want := range map[Addresses]string{AddressesHash: test.hash, AddressesNone: test.none, AddressesFull: test.text} {
			l := Log{Addresses: addresses}
			if got := l.masker(e)(test.text); got != want {
				t.Errorf("%s, addresses %s: got %q, want %q", test.text, addresses, got, want)
			}
		}
		if got := (&Log{Addresses: AddressesNone}).masker(e)("<\xff@a>"); got != "<->" {
			t.Errorf("not UTF-8: got %q", got)
		}
	}
}

func TestALineOfFindingsHasABound(t *testing.T) {
	t.Parallel()
	long := diagnosis.Finding{Code: "scp-expl", Title: strings.Repeat("t", 9000), Detail: strings.Repeat("d", 90000), Fix: strings.Repeat("f", 90000)}
	line := logged(Log{}, jsonEncoder(), Event{Findings: slices.Repeat([]diagnosis.Finding{long}, 1000)})
	if len(line) > 100_000 {
		t.Errorf("a line of %d octets", len(line))
	}
}

func TestWhatSomebodyShouldLookAtIsAWarning(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		what string
		e    Event
		want zapcore.Level
	}{
		{"accepted", Event{Code: 250}, zap.InfoLevel},
		{"refused", Event{Code: 550}, zap.WarnLevel},
		{"put off", Event{Code: 451}, zap.WarnLevel},
		{"relayed in mode warn", Event{Code: 250, Findings: []diagnosis.Finding{{Code: "iam-noallow"}}}, zap.WarnLevel},
		{"a mere suspicion", Event{Code: 250, Findings: []diagnosis.Finding{{Code: "session", Suspected: true}}}, zap.InfoLevel},
	} {
		if got := level(test.e); got != test.want {
			t.Errorf("%s: level %v, want %v", test.what, got, test.want)
		}
	}
}

func TestAHashTellsWhichAddressesAreTheSame(t *testing.T) {
	t.Parallel()
	plain, keyed := &Log{}, &Log{Key: []byte("key")}
	if got, want := plain.hash("ann"), "49915e0d7d4b"; got != want {
		t.Errorf("hash is %q, want %q as sha256sum has it", got, want)
	}
	if plain.hash("ann") == plain.hash("bob") {
		t.Error("a hash does not tell addresses apart")
	}
	if plain.hash("ann") == keyed.hash("ann") {
		t.Error("the key changes nothing")
	}
}

func TestADomainIsNoSecret(t *testing.T) {
	t.Parallel()
	line := logged(Log{Addresses: AddressesNone}, jsonEncoder(), Event{Identity: "example.com"})
	if !strings.Contains(line, `"identity":"example.com"`) || !strings.Contains(line, `"decision":""`) {
		t.Errorf("got %s", line)
	}
}

// TestNoFieldForgesALine puts line endings and escapes into every field.
func TestNoFieldForgesALine(t *testing.T) {
	t.Parallel()
	const evil = "x\r\n{\"msg\":\"forged\"}\x1b[2J\x00"
	e := Event{
		Ref: evil, Listener: evil, Client: evil, MailFrom: evil + "@a", HeaderFrom: evil + "@a", Identity: evil,
		Principal: evil, Region: evil, Cache: evil, SESMessageID: evil, SESRequestID: evil, Reply: evil,
		Removed: []string{evil}, Code: 550,
		Findings: []diagnosis.Finding{{Code: evil, Title: evil, Detail: evil, Fix: evil, Layer: evil, Source: evil, Sid: evil}},
	}
	for name, encoder := range map[string]zapcore.Encoder{
		"json":    jsonEncoder(),
		"console": zapcore.NewConsoleEncoder(zapcore.EncoderConfig{MessageKey: "msg"}),
	} {
		for _, addresses := range []Addresses{AddressesFull, AddressesHash, AddressesNone} {
			line := logged(Log{Addresses: addresses}, encoder.Clone(), e)
			if strings.Count(line, "\n") != 1 || strings.ContainsAny(line, "\r\x1b\x00") {
				t.Errorf("%s, addresses %s: %q", name, addresses, line)
			}
		}
	}
}
