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

// Mask shows an address as the log does: in full, with its local part hashed, or
// as "-".
func (l *Log) Mask(address string) string {
	local, domain, ok := cutLast(address, "@")
	switch {
	case !l.masks() || !ok:
		return address
	case l.Addresses == AddressesHash:
		return l.hash(local) + "@" + domain
	}
	return "-"
}
