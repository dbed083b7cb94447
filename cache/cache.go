// Package cache keeps values that are slow to learn and slow to change: each is
// loaded once however many ask, served while fresh, served stale while it is
// read again, and given up when too old.
package cache

// Status says where a value came from.
type Status uint8

const (
	Miss  Status = iota // loaded for this call, or not to be had
	Hit                 // fresh
	Stale               // past its soft expiry; a reload is under way
)
