package facts

import (
	"slices"
	"strings"
)

// sorted returns the index in the order that find searches.
func (i Index) sorted() Index {
	i.Identities = slices.Clone(i.Identities)
	slices.SortFunc(i.Identities, func(a, b IndexEntry) int { return strings.Compare(fold(a.Name), fold(b.Name)) })
	i.folded = make([]string, len(i.Identities))
	for n, e := range i.Identities {
		i.folded[n] = fold(e.Name)
	}
	return i
}

// find looks a name of [Candidates] up in a sorted index.
func (i Index) find(name string) (IndexEntry, bool) {
	at, ok := slices.BinarySearch(i.folded, name)
	if !ok {
		return IndexEntry{}, false
	}
	return i.Identities[at], true
}

// identity is the entry as an identity of which no more is known.
func (e IndexEntry) identity() Identity {
	return Identity{Name: e.Name, Exists: true, Listed: true, Type: e.Type, Status: e.Status, VerifiedToSend: e.Sending}
}
