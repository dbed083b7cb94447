package policy

import "fmt"

// Truth is one of Kleene's three truth values. Its zero value is Maybe.
type Truth uint8

const (
	Maybe Truth = iota // not known, or not documented
	No                 // certainly not
	Yes                // certainly
)

// String returns "maybe", "no" or "yes".
func (t Truth) String() string {
	return [...]string{"maybe", "no", "yes"}[t]
}

// and is Yes if both are, No if either is, else Maybe.
func (t Truth) and(u Truth) Truth {
	switch {
	case t == No || u == No:
		return No
	case t == Yes && u == Yes:
		return Yes
	}
	return Maybe
}

// or is Yes if either is, No if both are, else Maybe.
func (t Truth) or(u Truth) Truth {
	return t.not().and(u.not()).not()
}

// not exchanges Yes and No.
func (t Truth) not() Truth {
	return [...]Truth{Maybe, Yes, No}[t]
}

// truth is Yes or No.
func truth(b bool) Truth {
	if b {
		return Yes
	}
	return No
}

// MarshalText returns what String does.
func (t Truth) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what String returns.
func (t *Truth) UnmarshalText(text []byte) error {
	for _, u := range []Truth{Maybe, No, Yes} {
		if u.String() == string(text) {
			*t = u
			return nil
		}
	}
	return fmt.Errorf("%q is not one of maybe, no, yes", text)
}
