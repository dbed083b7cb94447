package diagnosis

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// Each file of testdata/errors is an answer and what is to be made of it. Its
// first lines say where the answer was seen. Then follow
//
//	api…    an error of a service: exception, status, request, message
//	error…  any other error, as it prints itself
//	text…   something that a user pastes
//	want    fields of the finding, compared in full or by "contains" and "lacks"
//
// What is an error must be recognised as well when its text is pasted, unless
// want says "text not recognised".
func TestEveryKnownAnswerIsTakenForWhatItSays(t *testing.T) {
	t.Parallel()
	for name, archive := range answers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := fields(section(archive, "want"))
			for _, file := range archive.Files {
				text := strings.TrimSuffix(string(file.Data), "\n")
				switch kind, _, _ := strings.Cut(file.Name, "-"); kind {
				case "api":
					checkError(t, serviceError(t, fields(text)), want)
				case "error":
					checkError(t, errors.New(text), want)
				case "text":
					checkText(t, text, want)
				}
			}
		})
	}
}

func TestEveryAnswerFromAWSHasAnExample(t *testing.T) {
	t.Parallel()
	exemplified := map[Code]bool{}
	for _, archive := range answers(t) {
		exemplified[Code(fields(section(archive, "want"))["code"])] = true
	}
	for _, e := range All() {
		if len(e.AWS) > 0 && !exemplified[e.Code] {
			t.Errorf("%s: AWS leads to it, but no file of testdata/errors shows how", e.Code)
		}
		if len(e.AWS) == 0 && exemplified[e.Code] && e.Code != SbxRcpt && e.Code != SvcUnknown {
			t.Errorf("%s: a file of testdata/errors leads to it, but the entry lists no text", e.Code)
		}
	}
}

func TestTheCataloguesOwnExamplesLeadToTheirEntry(t *testing.T) {
	t.Parallel()
	for _, e := range All() {
		for _, text := range e.AWS {
			if f, ok := FromText(text); !ok || f.Code != e.Code {
				t.Errorf("FromText(%q) = %s, %t; the catalogue lists it under %s", text, f.Code, ok, e.Code)
			}
		}
	}
}

func TestNoCodeThatAnErrorCanLeadToIsOutsideTheCatalogue(t *testing.T) {
	t.Parallel()
	var codes []Code
	for _, p := range append(append([]phrase(nil), phrases...), troubles...) {
		codes = append(codes, p.code)
	}
	for _, code := range exceptions {
		codes = append(codes, code)
	}
	for _, l := range append([]denialLayer{unnamed}, denialLayers...) {
		codes = append(codes, l.implicit, l.explicit)
	}
	for _, code := range codes {
		if e, ok := Lookup(code); !ok || len(e.AWS) == 0 {
			t.Errorf("%s: in the catalogue: %t, with %d texts", code, ok, len(e.AWS))
		}
	}
}

func checkError(t *testing.T, err error, want map[string]string) {
	t.Helper()
	check(t, FromAPI(err), want, err.Error())
	checkText(t, err.Error(), want)
}

func checkText(t *testing.T, text string, want map[string]string) {
	t.Helper()
	f, ok := FromText(text)
	if unrecognised := want["text not recognised"] == "true"; ok == unrecognised {
		t.Errorf("FromText recognises: %t, want %t\n%s", ok, !unrecognised, text)
	}
	if ok {
		// The error's text holds more than the service's message, so that only
		// FromAPI can be held to the whole detail.
		pasted := map[string]string{}
		for key, value := range want {
			if key != "detail" && key != "detail contains" {
				pasted[key] = value
			}
		}
		check(t, f, pasted, text)
	}
}

func check(t *testing.T, f Finding, want map[string]string, from string) {
	t.Helper()
	got := map[string]string{
		"code": string(f.Code), "title": f.Title, "detail": f.Detail, "fix": f.Fix,
		"layer": f.Layer, "source": f.Source, "resource": f.Resource,
	}
	for key, value := range want {
		field, relation, _ := strings.Cut(key, " ")
		var ok bool
		switch relation {
		case "":
			ok = got[field] == value
		case "contains":
			ok = strings.Contains(got[field], value)
		case "lacks":
			ok = !strings.Contains(got[field], value)
		case "not recognised":
			ok = true
		}
		if !ok {
			t.Errorf("%s: want %q, got %q\nfrom: %s", key, value, got[field], from)
		}
	}
	checkClean(t, f)
}

// answers returns the files of testdata/errors by name.
func answers(t testing.TB) map[string]*txtar.Archive {
	t.Helper()
	names, err := filepath.Glob("testdata/errors/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	archives := map[string]*txtar.Archive{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		archives[strings.TrimSuffix(filepath.Base(name), ".txt")] = txtar.Parse(data)
	}
	return archives
}

func section(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// fields reads lines of the form "key: value".
func fields(text string) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		m[key] = strings.TrimPrefix(value, " ")
	}
	return m
}

// exception has the methods of smithy's errors.
type exception struct{ code, message string }

func (e *exception) ErrorCode() string    { return e.code }
func (e *exception) ErrorMessage() string { return e.message }
func (e *exception) Error() string        { return fmt.Sprintf("api error %s: %s", e.code, e.message) }

// response has the methods of the SDK's response error.
type response struct {
	status  int
	request string
	err     error
}

func (r *response) HTTPStatusCode() int      { return r.status }
func (r *response) ServiceRequestID() string { return r.request }
func (r *response) Unwrap() error            { return r.err }
func (r *response) Error() string {
	return fmt.Sprintf("https response error StatusCode: %d, RequestID: %s, %v", r.status, r.request, r.err)
}

func serviceError(t *testing.T, f map[string]string) error {
	t.Helper()
	status, err := strconv.Atoi(f["status"])
	if err != nil {
		t.Fatal(err)
	}
	api := &exception{f["exception"], f["message"]}
	return fmt.Errorf("operation error SESv2: SendEmail, %w", &response{status, f["request"], api})
}
