package diagnosis

import "io"

// Explain writes what sesgate explain CODE prints.
func (e Entry) Explain(w io.Writer) error { return nil }
