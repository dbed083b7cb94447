package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func TestWrongConfigurationsSayWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/config/*.bad.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no wrong configurations: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = Load(file, nil)
			if err == nil {
				t.Fatal("accepted")
			}
			wants := regexp.MustCompile(`(?m)^# want: (.*)$`).FindAllStringSubmatch(string(src), -1)
			got := strings.Split(err.Error(), "\n")
			for _, want := range wants {
				if !strings.Contains(err.Error(), want[1]) {
					t.Errorf("no mistake contains %q:\n%s", want[1], err)
				}
			}
			if len(got) != len(wants) {
				t.Errorf("got %d mistakes, want %d:\n%s", len(got), len(wants), err)
			}
		})
	}
}

func TestNoFileMeansTheDefaults(t *testing.T) {
	t.Parallel()
	got, warnings, err := Load("", nil)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("error %v, warnings %q", err, warnings)
	}
	if diff := cmp.Diff(Default(), got); diff != "" {
		t.Errorf("-default +loaded:\n%s", diff)
	}
}

const example = "../../config.example.yaml"

func TestTheExampleAsItStandsIsTheDefault(t *testing.T) {
	t.Parallel()
	got, _, err := Load(example, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default(), got); diff != "" {
		t.Errorf("-default +example:\n%s", diff)
	}
}

func TestTheExampleUncommentedIsTheDefault(t *testing.T) {
	t.Parallel()
	src := uncommented(t)
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, src, 0o600); err != nil {
		t.Fatal(err)
	}
	got, _, err := Load(path, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	want := Default()
	want.Listeners[0].Networks = []string{}
	want.Listeners[0].ProxyProtocol = []string{}
	want.Listeners[0].AllowHeaders = []string{}
	want.AWS.OtherRegions = []string{}
	want.Routes = []Route{{Senders: []string{"example.net"}, Tags: []string{}}}
	want.Facts.Egress = []string{}
	want.Status.Hosts = []string{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-default +example:\n%s", diff)
	}
}

func TestTheExampleHasEveryKey(t *testing.T) {
	t.Parallel()
	var doc any
	if err := yaml.Unmarshal(uncommented(t), &doc); err != nil {
		t.Fatal(err)
	}
	for _, missing := range absent("", reflect.TypeFor[Config](), doc) {
		t.Errorf("config.example.yaml does not describe %s", missing)
	}
}

// uncommented is the example with its keys in force: one comment sign is taken
// from every line that holds a key.
func uncommented(t *testing.T) []byte {
	t.Helper()
	src, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?m)^# ?( *(?:- )?[a-z_]+:(?: .*)?)$`).ReplaceAll(src, []byte("$1"))
}

func absent(path string, typ reflect.Type, doc any) []string {
	if typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Struct {
		list, _ := doc.([]any)
		if len(list) == 0 {
			return []string{path}
		}
		return absent(path+"[0]", typ.Elem(), list[0])
	}
	if typ.Kind() != reflect.Struct {
		return nil
	}
	keyed, _ := doc.(map[string]any)
	var missing []string
	for _, key := range keys(typ) {
		value, ok := keyed[key]
		if !ok {
			missing = append(missing, join(path, key))
			continue
		}
		field, _ := field(reflect.New(typ).Elem(), key)
		missing = append(missing, absent(join(path, key), field.Type(), value)...)
	}
	return missing
}

func TestTheEnvironmentWinsOverTheFileAndFlagsOverBoth(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte("preflight: {mode: off, wait: 1s}\naws: {region: eu-west-1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, warnings, err := Load(path, []string{
		"SESGATE_PREFLIGHT_MODE=warn", "SESGATE_AWS_REGION=us-east-1", "SESGATE_AWS_OTHER_REGIONS=eu-west-1, eu-central-1",
		"SESGATE_LISTENERS_0_ADDRESS=127.0.0.1:1025", "SESGATE_LISTENERS_1_ADDRESS=unix:/run/sesgate.sock",
		"SESGATE_LISTENERS_1_MAX_MESSAGE_SIZE=1MB", "HOME=/root",
	}, override{"--region", "aws.region", "eu-north-1"})
	if err != nil || len(warnings) > 0 {
		t.Fatalf("error %v, warnings %q", err, warnings)
	}
	want := Default()
	want.Preflight.Mode, want.Preflight.Wait = "warn", time.Second
	want.AWS.Region, want.AWS.OtherRegions = "eu-north-1", []string{"eu-west-1", "eu-central-1"}
	second := DefaultListener()
	second.Address, second.MaxMessageSize = "unix:/run/sesgate.sock", 1<<20
	want.Listeners[0].Address = "127.0.0.1:1025"
	want.Listeners = append(want.Listeners, second)
	if diff := cmp.Diff(want, cfg); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestMistakesInTheEnvironmentNameTheVariable(t *testing.T) {
	t.Parallel()
	_, _, err := Load("", []string{"SESGATE_LOG_LEVEL=loud", "SESGATE_LISTENERS_2_ADDRESS=127.0.0.1:1", "SESGATE_SHUTDOWN_GRACE=soon"})
	want := []string{
		`SESGATE_LISTENERS_2_ADDRESS: there is no listeners[2] to set: the next one is number 1`,
		`SESGATE_LOG_LEVEL: log.level: "loud" is not one of debug, info, warn, error`,
		`SESGATE_SHUTDOWN_GRACE: shutdown.grace: "soon" is not a duration such as 30s or 5m`,
	}
	for _, w := range want {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("no mistake contains %q: %v", w, err)
		}
	}
}

// A Service named sesgate makes Kubernetes set variables that look like ours in
// every pod of its namespace.
func TestVariablesOfOthersAreNoMistake(t *testing.T) {
	t.Parallel()
	_, warnings, err := Load("", []string{
		"SESGATE_PORT=tcp://10.0.0.7:2525", "SESGATE_SERVICE_HOST=10.0.0.7", "SESGATE_SERVICE_PORT_SMTP=2525",
		"SESGATE_PORT_2525_TCP_ADDR=10.0.0.7", "SESGATE_CONFIG=/etc/sesgate.yaml", "SESGATE_LOG_LEVL=debug",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`SESGATE_LOG_LEVL is no setting of sesgate (did you mean "SESGATE_LOG_LEVEL"?)`}
	if diff := cmp.Diff(want, warnings); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob("testdata/config/*.yaml")
	for _, file := range append(files, example) {
		if src, err := os.ReadFile(file); err == nil {
			f.Add(src)
		}
	}
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("listeners: [{address: &x 127.0.0.1:1}, {address: *x}]\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		d := decoder{origin: map[string]string{}}
		cfg := Default()
		d.file("f.yaml", src, &cfg)
		d.check(&cfg)
		if err := d.err(); err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Error("a mistake without words")
		}
	})
}
