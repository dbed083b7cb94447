package policy

import (
	"fmt"
	"strings"
)

// meant is the advice for a name that does not exist.
func meant(name, prefix string) string {
	if name == "" {
		return "correct the name, or remove it"
	}
	return fmt.Sprintf("write %q", prefix+name)
}

// Nearest returns the name that a misspelt one is nearest to: the shortest that
// goes on from it, or one that is a few letters away; "" if there is none.
func Nearest(misspelt string, list []string) string {
	const shortest, longest = 4, 64
	if len(misspelt) < shortest || len(misspelt) > longest {
		return ""
	}
	lower := strings.ToLower(misspelt)
	best := ""
	for _, name := range list {
		if strings.HasPrefix(strings.ToLower(name), lower) && (best == "" || len(name) < len(best)) {
			best = name
		}
	}
	if best != "" {
		return best
	}
	least := len(lower)/5 + 2
	for _, name := range list {
		if len(name) >= len(lower)+least || len(lower) >= len(name)+least {
			continue
		}
		if d := Distance(lower, strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	return best
}

// Distance is the number of bytes to insert, remove or replace to make one text
// of the other.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
