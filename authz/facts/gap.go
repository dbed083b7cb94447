package facts

import (
	"errors"
	"strings"
)

// Error says what is not known, which call was to tell, what it answered and
// which permission would help.
func (g *Gap) Error() string {
	var b strings.Builder
	b.WriteString(g.What + " not known")
	if g.Call != "" {
		b.WriteString(": " + g.Call)
	}
	if g.Err != nil {
		b.WriteString(": " + g.Err.Error())
	}
	if g.Permission != "" {
		b.WriteString(" (allow " + g.Permission + ")")
	}
	return b.String()
}

// Unwrap returns what AWS or the network answered.
func (g *Gap) Unwrap() error { return g.Err }

// refused reports whether err is a gap that a permission would fill: it stays
// until people act.
func refused(err error) bool {
	gap, ok := errors.AsType[*Gap](err)
	return ok && gap.Permission != ""
}
