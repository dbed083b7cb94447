package main

import (
	"bytes"
	"fmt"
	"os"

	"sesgate/authz/facts"
)

// factsFile is a file of facts that was read.
type factsFile struct {
	*facts.File
	path  string
	text  []byte
	alone bool // it stands in for AWS, which is not asked at all
}

// openFacts reads the file that the configuration names, nil if it names none.
func openFacts(cfg Config) (*factsFile, error) {
	path := cfg.Facts.Snapshot
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &problem{exitUsage, fmt.Errorf("facts.snapshot: %w (sesgate snapshot -o %s writes one)", err, path)}
	}
	f, err := facts.Load(path, text)
	if err != nil {
		return nil, &problem{exitUsage, err}
	}
	return &factsFile{File: f, path: path, text: text}, nil
}

// changed reports whether the file holds something else than was read.
func (f *factsFile) changed() bool {
	if f == nil {
		return false
	}
	text, err := os.ReadFile(f.path)
	return err != nil || !bytes.Equal(text, f.text)
}

// standAlone has AWS not asked, if the file says who sends.
func (f *factsFile) standAlone() {
	if f != nil {
		f.alone = f.Whole()
	}
}

// over is what is known for a route that assumes the role: what the file says, and
// live for the rest.
func (f *factsFile) over(role string, live facts.Source) facts.Source {
	switch {
	case f == nil:
		return live
	case f.alone:
		return f.As(role)
	}
	return facts.Overlay(f.As(role), live)
}
