package policy

import (
	"strconv"
	"time"
)

// The forms of the W3C's profile of ISO 8601. Fractions of a second may follow
// the seconds.
// https://www.w3.org/TR/NOTE-datetime
var dateForms = []string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04Z07:00",
	"2006-01-02",
	"2006-01",
	"2006",
}

// Forms that the profile does not have and that AWS might take all the same.
var laxDateForms = []string{
	"2006-01-02T15:04:05Z0700",
	"2006-01-02T15:04:05Z07",
	"2006-01-02T15:04:05",
	"2006-01-02T15:04",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05",
	"20060102T150405Z0700",
	"20060102T150405",
	"20060102",
}

// instants are what a text may mean: none if it is no date, two for four
// digits, which are a year and also seconds since 1970.
type instants struct {
	list [2]time.Time
	n    int
	lax  bool // whether AWS takes this form is not documented
}

func (i *instants) add(t time.Time) {
	i.list[i.n] = t
	i.n++
}

// parseDate reads a date of the policy language: "one of the W3C
// implementations of the ISO 8601 date formats or in epoch (UNIX) time".
func parseDate(text string) instants {
	var found instants
	if t, ok := parseEpoch(text); ok {
		found.add(t)
		if len(text) != len("2006") && len(text) != len("20060102") {
			return found
		}
	}
	if t, ok := parseForm(text, dateForms); ok {
		found.add(t)
	} else if t, ok := parseForm(text, laxDateForms); ok {
		found.add(t)
		found.lax = true
	}
	return found
}

func parseForm(text string, forms []string) (time.Time, bool) {
	for _, form := range forms {
		if t, err := time.Parse(form, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// parseEpoch reads seconds since 1970.
func parseEpoch(text string) (time.Time, bool) {
	const digits = 15 // more than enough, and time.Time still orders them
	if len(text) == 0 || len(text) > digits || !isDigits(text) {
		return time.Time{}, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(n, 0), err == nil
}

// dateMatcher compares instants: the Date operators.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
type dateMatcher struct {
	want     instants
	relation func(order int) bool
}

// date returns the compiler of values for a relation.
func date(relation func(order int) bool) func(string, bool) matcher {
	return func(text string, variables bool) matcher {
		want := parseDate(text)
		if want.n == 0 {
			return malformed(text, variables)
		}
		return &dateMatcher{want: want, relation: relation}
	}
}

// match is certain where every reading of both texts agrees.
func (m *dateMatcher) match(_ *Context, got string) Truth {
	have := parseDate(got)
	if have.n == 0 {
		return No
	}
	t := truth(m.relation(have.list[0].Compare(m.want.list[0])))
	for _, h := range have.list[:have.n] {
		for _, w := range m.want.list[:m.want.n] {
			t = both(t, truth(m.relation(h.Compare(w))))
		}
	}
	if have.lax || m.want.lax {
		t = both(t, No)
	}
	return t
}

func (m *dateMatcher) matchAny(*Context) Truth { return Maybe }
