package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// vectorLines returns the evaluator's vectors as JSON lines, with their ids and
// expectations in the same order.
func vectorLines(tb testing.TB) (lines []byte, expected []vectorExpectation) {
	tb.Helper()
	files, err := filepath.Glob("../../authz/policy/testdata/vectors/*.json")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no vectors: %v", err)
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		var file struct{ Cases []json.RawMessage }
		if err := json.Unmarshal(src, &file); err != nil {
			tb.Fatal(err)
		}
		for _, c := range file.Cases {
			var line bytes.Buffer
			if err := json.Compact(&line, c); err != nil {
				tb.Fatal(err)
			}
			lines = append(append(lines, line.Bytes()...), '\n')
			var e vectorExpectation
			if err := json.Unmarshal(c, &e); err != nil {
				tb.Fatal(err)
			}
			expected = append(expected, e)
		}
	}
	return lines, expected
}

type vectorExpectation struct {
	ID       string
	Tags     []string
	Expected struct {
		Decision    string
		DeniedBy    *string
		DeniedByAll []string
	}
}

func evalText(tb testing.TB, in string) []string {
	tb.Helper()
	var out strings.Builder
	if err := evalCases(strings.NewReader(in), &out); err != nil {
		tb.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

func TestEvalAnswersEveryVectorInOrder(t *testing.T) {
	t.Parallel()
	lines, expected := vectorLines(t)
	answers := evalText(t, string(lines))
	if len(answers) != len(expected) {
		t.Fatalf("%d answers to %d cases", len(answers), len(expected))
	}
	for i, e := range expected {
		var got evalAnswer
		if err := json.Unmarshal([]byte(answers[i]), &got); err != nil {
			t.Fatalf("answer %d: %v", i, err)
		}
		if got.ID != e.ID {
			t.Fatalf("answer %d is to %s, want %s", i, got.ID, e.ID)
		}
		if got.Decision == "unknown" && slices.Contains(e.Tags, "undocumented") {
			continue
		}
		want := evalAnswer{ID: e.ID, Decision: e.Expected.Decision, DeniedBy: e.Expected.DeniedBy,
			DeniedByAll: e.Expected.DeniedByAll, Matched: got.Matched, Needs: []string{}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", e.ID, diff)
		}
	}
}

func TestEvalGoesOnAfterACaseItCannotRead(t *testing.T) {
	t.Parallel()
	const request = `"principal":"arn:aws:iam::111122223333:user/a","action":"ses:SendEmail",` +
		`"resource":"arn:aws:ses:eu-west-1:111122223333:identity/e.com","resourceAccount":"111122223333"`
	const allow = `{"Statement":{"Sid":"S","Effect":"Allow","Action":"*","Resource":"*"}}`
	tests := []struct{ name, line, want string }{
		{"not JSON", `{`, `{"id":"","error":"line 1: not JSON: expected a value at octet 1"}`},
		{"no principal", `{"id":"a"}`, `{"id":"a","error":"line 1: the case has no principal"}`},
		{"a principal that cannot call", `{"id":"a","principal":"arn:aws:iam::111122223333:role/R"}`, `{"id":"a","error":"line 1: principal: principal \"arn:aws:iam::111122223333:role/R\" is not the ARN of a user, session, root or federated user, nor a service"}`},
		{"no action", `{"id":"a","principal":"arn:aws:iam::111122223333:root"}`, `{"id":"a","error":"line 1: the case has no action"}`},
		{"no resource", `{"id":"a","principal":"arn:aws:iam::111122223333:root","action":"ses:A"}`, `{"id":"a","error":"line 1: the case has no resource"}`},
		{"a policy that AWS refuses", `{"id":"a",` + request + `,"scps":[[],[` + allow + `,{"Statement":{}}]]}`,
			`{"id":"a","error":"line 1: scps[1][1]:1:14: the statement has no Effect"}`},
		{"a key twice", `{"id":"a",` + request + `,"context":{"aws:a":"1","AWS:A":"2"}}`, `{"id":"a","error":"line 1: context: key \"AWS:A\" occurs twice"}`},
		{"a key without a value", `{"id":"a",` + request + `,"context":{"aws:a":null}}`, `{"id":"a","error":"line 1: context: null where a string is expected"}`},
		{"a layer that does not exist", `{"id":"a",` + request + `,"unreadable":["dns"]}`, `{"id":"a","error":"line 1: unreadable: there is no layer \"dns\""}`},
		{"unknown layer content", `{"id":"a",` + request + `,"identityPolicies":[` + allow + `],"unreadable":["scp"],"unknown":["aws:SourceIp"]}`,
			`{"id":"a","decision":"unknown","deniedBy":null,"deniedByAll":[],"matched":[{"layer":"identity","policy":"identityPolicies[0]","sid":"S","statement":0,"effect":"Allow"}],"needs":["scp"]}`},
		{"no Allow", `{"id":"a",` + request + `,"sessionPolicy":null}`,
			`{"id":"a","decision":"implicitDeny","deniedBy":"identity","deniedByAll":["identity"],"matched":[],"needs":[]}`},
	}
	const good = `{"id":"good",` + request + `,"identityPolicies":[` + allow + `],"endpointPolicy":` +
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":"ses:*","Resource":"*"}}}`
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			answers := evalText(t, tt.line+"\n\r\n"+good)
			if len(answers) != 2 {
				t.Fatalf("answers %q, want two", answers)
			}
			if !strings.HasSuffix(answers[0], tt.want) {
				t.Errorf("got  %s\nwant %s", answers[0], tt.want)
			}
			if !strings.HasPrefix(answers[1], `{"id":"good","decision":"allow","deniedBy":null`) {
				t.Errorf("the case after it: %s", answers[1])
			}
		})
	}
}

func TestEvalReadsALineOfSeveralMegabytes(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(" ", 3<<20)
	answers := evalText(t, `{"id":"x",`+long+`"principal":"arn:aws:iam::111122223333:root","action":"ses:A",`+
		`"resource":"arn:aws:ses:eu-west-1:111122223333:identity/e.com"}`)
	if want := `{"id":"x","decision":"allow","deniedBy":null,"deniedByAll":[],"matched":[],"needs":[]}`; answers[0] != want {
		t.Errorf("got %s, want %s", answers[0], want)
	}
}

func TestALineThatIsTooLongIsSkipped(t *testing.T) {
	t.Parallel()
	in := bufio.NewReaderSize(strings.NewReader("short\n"+strings.Repeat("x", 100)+"\nnext\n"+strings.Repeat("y", 100)), 16)
	for _, want := range []struct {
		line string
		err  error
	}{{"short", nil}, {"", errLongLine}, {"next", nil}, {"", errLongLine}, {"", io.EOF}} {
		line, err := readLine(in, nil, 50)
		if string(line) != want.line || !errors.Is(err, want.err) {
			t.Errorf("got %q, %v, want %q, %v", line, err, want.line, want.err)
		}
	}
}

// broken fails to read, or to write.
type broken struct{}

var errBroken = errors.New("broken")

func (broken) Read([]byte) (int, error)  { return 0, errBroken }
func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestEvalReportsWhatItCannotReadOrWrite(t *testing.T) {
	t.Parallel()
	if err := evalCases(broken{}, io.Discard); !errors.Is(err, errBroken) || !strings.HasPrefix(err.Error(), "read cases: ") {
		t.Errorf("reading: %v", err)
	}
	if err := evalCases(strings.NewReader("{}\n"), broken{}); !errors.Is(err, errBroken) || !strings.HasPrefix(err.Error(), "write answer 1: ") {
		t.Errorf("writing: %v", err)
	}
}

func FuzzEvalAnswersEveryLine(f *testing.F) {
	lines, _ := vectorLines(f)
	for i, line := range bytes.Split(bytes.TrimSpace(lines), []byte("\n")) {
		if i%10 == 0 {
			f.Add(line)
		}
	}
	f.Add([]byte(`{"id":"a","context":{"k":["a",]},"scps":[[]]}`))
	f.Add([]byte("[]\n{\"id\":1}\n\"\n\n{\"id\":\"\\ud800\",\"expected\":{\"}\":\"]\"}}"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		if err := evalCases(bytes.NewReader(in), &out); err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, line := range bytes.Split(in, []byte("\n")) {
			if len(bytes.TrimRight(line, " \r")) > 0 {
				want++
			}
		}
		answers := bytes.Split(bytes.TrimSuffix(out.Bytes(), []byte("\n")), []byte("\n"))
		if out.Len() == 0 {
			answers = nil
		}
		if len(answers) != want {
			t.Fatalf("%d answers to %d lines", len(answers), want)
		}
		for _, a := range answers {
			var answer struct{ Decision, Error string }
			if err := json.Unmarshal(a, &answer); err != nil || (answer.Decision == "") == (answer.Error == "") {
				t.Fatalf("answer %s: %v", a, err)
			}
		}
	})
}

func BenchmarkEvalCases(b *testing.B) {
	lines, expected := vectorLines(b)
	const times = 20 // as in a stream, the policies come again
	lines = bytes.Repeat(lines, times)
	b.SetBytes(int64(len(lines)))
	for b.Loop() {
		if err := evalCases(bytes.NewReader(lines), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*times*len(expected))/b.Elapsed().Seconds(), "cases/s")
}
