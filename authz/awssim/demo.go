package awssim

import (
	"embed"
	"fmt"
	"io/fs"
)

// Every mistake that people make, in one account: demo/README.md has the list.
//
//go:embed all:demo
var demo embed.FS

// Demo returns the demonstration world: account 111122223333 with a sender that
// works and one for each usual way not to.
func Demo() (*World, error) {
	files, err := fs.Sub(demo, "demo")
	if err != nil {
		return nil, fmt.Errorf("demo world: %w", err)
	}
	return Load(files)
}
