package diagnosis

import "slices"

// catalogue is every entry, one for each Code, in the order in which a message
// meets its obstacles: who asks, where, what policies say, who sends, how, what.
var catalogue = slices.Concat(
	credentialsEntries, accountEntries,
	permissionsEntries, conditionsEntries, layersEntries, crossAccountEntries,
	identitiesEntries, sendingEntries, messageEntries, usersEntries, serviceEntries,
)

// byCode finds the entries of the catalogue.
var byCode = index(catalogue)

func index(entries []Entry) map[Code]Entry {
	m := make(map[Code]Entry, len(entries))
	for _, e := range entries {
		m[e.Code] = e
	}
	return m
}
