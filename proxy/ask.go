package proxy

import "errors"

// CheckAddress says why an envelope address would be refused, or nil: for
// commands that ask about a message without an SMTP session.
func CheckAddress(address string) error {
	if f := checkAddress(address); f != nil {
		return errors.New(f.Title)
	}
	return nil
}
