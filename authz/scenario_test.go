package authz

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"golang.org/x/tools/txtar"

	"sesgate/authz/awssim"
	"sesgate/authz/collect"
	"sesgate/authz/facts"
)

// scenario is a file of testdata/verdicts: a world as awssim reads it, a request
// and what must come of it.
type scenario struct {
	world   *awssim.World
	request Request
	checker Checker // region, other regions, configuration set
	session string  // session token of the credentials, "" if they are long-term keys
	want    []string
}

// requestFile is request.json.
type requestFile struct {
	MailFrom         string   `json:"mail_from"`
	From             string   `json:"from"` // "" leaves the header out
	Name             string   `json:"name"`
	NameOpaque       bool     `json:"name_opaque"`
	Unreadable       bool     `json:"unreadable"` // there is a header, but its From cannot be read
	Sender           string   `json:"sender"`
	ReturnPath       string   `json:"return_path"`
	To               []string `json:"to"`
	HeaderTo         []string `json:"header_to"`
	Region           string   `json:"region"`
	OtherRegions     []string `json:"other_regions"`
	ConfigurationSet string   `json:"configuration_set"`
	Tenant           string   `json:"tenant"`
	EndpointID       string   `json:"endpoint_id"`
	IdentityARN      string   `json:"identity_arn"`
	FeedbackAddress  string   `json:"feedback_address"`
	Expected         string   `json:"expected"`    // the principal that should send
	Simulator        bool     `json:"simulator"`   // may be asked
	Suppression      string   `json:"suppression"` // off; or warn, refuse
	SessionToken     string   `json:"session_token"`
}

func readScenario(t *testing.T, file string) *scenario {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return newScenario(t, file, archive)
}

func newScenario(t *testing.T, file string, archive *txtar.Archive) *scenario {
	t.Helper()
	s := &scenario{}
	world := &txtar.Archive{}
	for _, f := range archive.Files {
		name, inWorld := strings.CutPrefix(f.Name, "world/")
		switch {
		case inWorld:
			world.Files = append(world.Files, txtar.File{Name: name, Data: f.Data})
		case f.Name == "request.json":
			s.read(t, f.Data)
		case f.Name == "want":
			s.want = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
		default:
			t.Fatalf("%s: what is %s?", file, f.Name)
		}
	}
	var err error
	s.world, err = awssim.LoadTxtar(txtar.Format(world))
	if err != nil {
		t.Fatal(err)
	}
	if s.checker.Region == "" {
		s.checker.Region = s.world.Region()
	}
	return s
}

func (s *scenario) read(t *testing.T, data []byte) {
	t.Helper()
	var r requestFile
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		t.Fatalf("request.json: %v", err)
	}
	s.request = Request{MailFrom: r.MailFrom, Recipients: r.To, Suspects: true}
	if r.From != "" || r.Unreadable {
		s.request.Header = &Header{From: r.From, FromName: r.Name, NameOpaque: r.NameOpaque, Sender: r.Sender, ReturnPath: r.ReturnPath, Recipients: r.HeaderTo}
	}
	s.checker.Region, s.checker.OtherRegions = r.Region, r.OtherRegions
	s.checker.Expected, s.checker.Simulator = r.Expected, r.Simulator
	s.checker.Suppression, s.checker.RefuseSuppressed = r.Suppression != "", r.Suppression == "refuse"
	s.request.Route = Route{
		ConfigurationSet: r.ConfigurationSet, Tenant: r.Tenant, EndpointID: r.EndpointID,
		IdentityARN: r.IdentityARN, FeedbackAddress: r.FeedbackAddress,
	}
	s.session = r.SessionToken
}

// ask runs the scenario through the real SDK clients.
func (s *scenario) ask(t *testing.T) (Verdict, *facts.Cached) {
	t.Helper()
	srv := httptest.NewServer(s.world)
	t.Cleanup(srv.Close)
	known := facts.NewCached(collect.New(aws.Config{
		Region:       s.checker.Region,
		BaseEndpoint: aws.String(srv.URL),
		Credentials:  credentials.NewStaticCredentialsProvider("AKIATEST", "secret", s.session),
	}, collect.Options{Reads: -1}), facts.Options{Wait: 20 * time.Second})
	t.Cleanup(known.Close)
	s.checker.Facts = known
	return s.checker.Check(context.Background(), s.request), known
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/verdicts/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			s := readScenario(t, file)
			v, _ := s.ask(t)
			said := describe(v)
			for _, want := range s.want {
				if !matches(want, said) {
					t.Errorf("want a line %q in:\n%s", want, strings.Join(said, "\n"))
				}
			}
			if first := said[0]; !slices.Contains(s.want, first) {
				t.Errorf("want does not say the decision, %q", first)
			}
		})
	}
}

// describe says a verdict in lines: decision, codes in order, then the findings'
// sentences and the gaps.
func describe(v Verdict) []string {
	lines := []string{"decision: " + v.Decision.String(), "codes:"}
	for _, f := range v.Findings {
		mark := ""
		if f.Suspected {
			mark = "?"
		}
		lines[1] += " " + string(f.Code) + mark
		lines = append(lines, "title: "+f.Title, "detail: "+f.Detail, "fix: "+f.Fix)
		if len(f.Recipients) > 0 {
			lines = append(lines, "recipients: "+strings.Join(f.Recipients, " "))
		}
		if f.Source != "" {
			lines = append(lines, "source: "+f.Source)
		}
		if f.Sid != "" || f.ConditionKey != "" {
			lines = append(lines, strings.TrimSpace(fmt.Sprintf("at: %s %s %s", f.Layer, f.Sid, f.ConditionKey)))
		}
	}
	lines = append(lines, "identity: "+v.Identity)
	for _, r := range v.Resources {
		lines = append(lines, "resource: "+r)
	}
	for _, g := range v.Gaps {
		lines = append(lines, "gap: "+g.What+" | "+g.Call+" | "+g.Permission)
	}
	return lines
}

// matches reports whether a wanted line, in which ... stands for anything, is
// among those said.
func matches(want string, said []string) bool {
	parts := strings.Split(want, "...")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	pattern := regexp.MustCompile("^" + strings.Join(parts, ".*") + "$")
	return slices.ContainsFunc(said, pattern.MatchString)
}
