package proxy

import (
	"bytes"
	"encoding/json"
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
		"gaps": 2.0, "cache": "hit", "preflight_us": 1500.0, "ses_ms": 80.0, "ses_message_id": "0102",
		"ses_request_id": "r-1", "attempts": 1.0, "ambiguous": false, "contradicted": false,
		"removed_headers": []any{"X-SES-TENANT"}, "code": 550.0,
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
		Removed: []string{evil}, Findings: []diagnosis.Finding{{Code: evil}}, Code: 550,
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
