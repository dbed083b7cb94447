package status

import (
	"fmt"
	"time"

	"sesgate/proxy"
)

// minutes is how long the chart looks back.
const minutes = 60

// rate counts the transactions of the last hour, minute by minute. Its zero value
// has seen none.
type rate struct {
	counts [minutes]tally
	minute [minutes]int64 // since 1970, to which a count belongs
}

// tally is what became of the transactions of one minute.
type tally struct{ sent, later, refused int }

func (t tally) all() int { return t.sent + t.later + t.refused }

// count notes an event in the minute in which its transaction began.
func (r *rate) count(e proxy.Event) {
	minute := e.Time.Unix() / 60
	i := int(((minute % minutes) + minutes) % minutes)
	switch {
	case r.minute[i] > minute:
		return // it began more than an hour before others
	case r.minute[i] < minute:
		r.minute[i], r.counts[i] = minute, tally{}
	}
	switch e.Code / 100 {
	case 2:
		r.counts[i].sent++
	case 4:
		r.counts[i].later++
	case 5:
		r.counts[i].refused++
	}
}

// at is what became of the transactions of a minute.
func (r *rate) at(minute int64) tally {
	if i := minute % minutes; minute >= 0 && r.minute[i] == minute {
		return r.counts[i]
	}
	return tally{}
}

// The chart's size, in units of its viewBox.
const (
	chartHeight = 60
	barWidth    = 6
)

// chart is the last hour as bars, one a minute, the present one last.
type chart struct {
	Bars    []bar
	Words   string // the same for who does not see it
	Highest int    // transactions of the busiest minute
	Width   int
	Height  int
}

// bar is one outcome of one minute.
type bar struct {
	Class           string
	X, Y, W, Height int
}

func (r *rate) chart(now time.Time) chart {
	c := chart{Width: minutes * barWidth, Height: chartHeight}
	last := now.Unix() / 60
	var sum tally
	for m := last - minutes + 1; m <= last; m++ {
		t := r.at(m)
		sum.sent, sum.later, sum.refused = sum.sent+t.sent, sum.later+t.later, sum.refused+t.refused
		c.Highest = max(c.Highest, t.all())
	}
	for i := range minutes {
		c.bars(i, r.at(last-minutes+1+int64(i)))
	}
	c.Words = fmt.Sprintf("Messages in the last hour: %d sent, %d refused, %d to be tried later; at most %d in a minute.",
		sum.sent, sum.refused, sum.later, c.Highest)
	return c
}

// bars stacks the outcomes of a minute, what was refused lowest. What happened at
// all can be seen.
func (c *chart) bars(i int, t tally) {
	floor := c.Height
	for _, part := range []struct {
		class string
		n     int
	}{{"refused", t.refused}, {"later", t.later}, {"sent", t.sent}} {
		if part.n == 0 {
			continue
		}
		height := min(max(2, part.n*c.Height/c.Highest), floor)
		floor -= height
		c.Bars = append(c.Bars, bar{Class: part.class, X: i * barWidth, Y: floor, W: barWidth - 1, Height: height})
	}
}
