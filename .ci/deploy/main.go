// Command deploy reads Kubernetes manifests, ECS task definitions and
// CloudFormation templates as strictly as their APIs would, so that a field with
// a typo is found before a cluster finds it. It is a module of its own: the
// server needs none of these libraries.
//
//	go run . FILE...
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
)

func main() {
	failed := false
	for _, file := range os.Args[1:] {
		if err := check(file); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

func check(file string) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if filepath.Ext(file) == ".json" {
		return taskDefinition(src)
	}
	return manifests(src)
}

// taskDefinition reads the input of ECS's RegisterTaskDefinition.
func taskDefinition(src []byte) error {
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.DisallowUnknownFields()
	var in ecs.RegisterTaskDefinitionInput
	if err := dec.Decode(&in); err != nil {
		return err
	}
	if in.Family == nil || len(in.ContainerDefinitions) == 0 {
		return errors.New("no family or no containers")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the task definition")
	}
	return nil
}

// manifests reads the objects of a file, each of a kind that Kubernetes has.
func manifests(src []byte) error {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	var errs []error
	objects := 0
	for i, doc := range strings.Split("\n"+string(src), "\n---\n") {
		if strings.TrimSpace(doc) == "" {
			continue
		}
		if _, _, err := decoder.Decode([]byte(doc), nil, nil); err != nil {
			errs = append(errs, fmt.Errorf("document %d: %w", i+1, err))
		}
		objects++
	}
	if objects == 0 {
		errs = append(errs, errors.New("no objects"))
	}
	return errors.Join(errs...)
}
