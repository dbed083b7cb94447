package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

const deployed = "../../deploy"

// TestTheDeployedConfigurationsLoad reads what the manifests and the chart would
// have sesgate read.
func TestTheDeployedConfigurationsLoad(t *testing.T) {
	t.Parallel()
	manifests, err := filepath.Glob(filepath.Join(deployed, "kubernetes", "*.yaml"))
	if err != nil || len(manifests) == 0 {
		t.Fatalf("no manifests: %v", err)
	}
	loaded := 0
	for _, file := range manifests {
		for _, doc := range documents(t, file) {
			data, _ := doc["data"].(map[string]any)
			if text, ok := data["config.yaml"].(string); ok {
				mustLoad(t, file, []byte(text))
				loaded++
			}
		}
	}
	if loaded == 0 {
		t.Error("no manifest holds a configuration")
	}

	values := documents(t, filepath.Join(deployed, "helm", "sesgate", "values.yaml"))[0]
	config := values["config"].(map[string]any)
	config["aws"].(map[string]any)["region"] = "eu-west-1"
	text, err := yaml.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	mustLoad(t, "values.yaml", text)
}

// TestTheDeployedEnvironmentIsKnown sets every SESGATE_ variable that a file of
// deploy names.
func TestTheDeployedEnvironmentIsKnown(t *testing.T) {
	t.Parallel()
	variable := regexp.MustCompile(`SESGATE_[A-Z0-9_]+`)
	named := map[string]bool{}
	err := filepath.WalkDir(deployed, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		src, err := os.ReadFile(path)
		for _, name := range variable.FindAllString(string(src), -1) {
			named[name] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(named, "SESGATE_CONFIG") // a flag of the command line
	values := map[string]string{
		"SESGATE_SHUTDOWN_GRACE":     "50s",
		"SESGATE_PRINCIPAL_EXPECTED": "arn:aws:iam::111122223333:role/app",
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		value, ok := values[name]
		if !ok {
			t.Errorf("%s: give the test a value for it", name)
			continue
		}
		if _, warnings, err := Load("", []string{name + "=" + value}); err != nil || len(warnings) > 0 {
			t.Errorf("%s: %v %q", name, err, warnings)
		}
	}
}

// TestTheChartsSchemaKnowsItsValues holds the two lists of keys against each other.
func TestTheChartsSchemaKnowsItsValues(t *testing.T) {
	t.Parallel()
	values := documents(t, filepath.Join(deployed, "helm", "sesgate", "values.yaml"))[0]
	src, err := os.ReadFile(filepath.Join(deployed, "helm", "sesgate", "values.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema struct{ Properties map[string]any }
	if err := json.Unmarshal(src, &schema); err != nil {
		t.Fatal(err)
	}
	delete(schema.Properties, "global") // Helm's own
	if diff := cmp.Diff(slices.Sorted(maps.Keys(values)), slices.Sorted(maps.Keys(schema.Properties))); diff != "" {
		t.Errorf("values.yaml and its schema (-values +schema):\n%s", diff)
	}
}

// documents are those of a YAML file.
func documents(t *testing.T, file string) []map[string]any {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var docs []map[string]any
	for dec := yaml.NewDecoder(bytes.NewReader(src)); ; {
		var doc map[string]any
		if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
			return docs
		} else if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		docs = append(docs, doc)
	}
}

func mustLoad(t *testing.T, name string, text []byte) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Load(file, nil); err != nil {
		t.Errorf("%s: %s", name, strings.ReplaceAll(err.Error(), file, "config.yaml"))
	}
}
