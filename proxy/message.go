package proxy

import (
	"errors"
	"io"
)

var (
	errTooLarge = errors.New("the message is too large")
	errNoRoom   = errors.New("no memory is left for the message")
)

// endOfData is the line that ends a message which comes by DATA.
const endOfData = ".\r\n"

const (
	firstRoom = 8 << 10 // what a message gets before anything of it has come, in octets
	leastRoom = 512     // what there is to read into at any time
	slack     = 4 << 10 // for the end of a message of the announced size, and what follows it
	trust     = 16      // how many times as much as it has sent a client gets for announcing more
)

// arrival is a message on its way in. It is held once, in one buffer, in which
// every line is made to end by CRLF: [lines].
type arrival struct {
	lines
	budget    *Budget
	held      int64 // octets of it
	limit     int64 // octets
	announced int64 // octets, by SIZE; 0 is not known
	received  int64 // octets that came from the client
}

// read reads a message to its end. It returns what follows the end of a message
// that comes by DATA. The error is errTooLarge, errNoRoom, or that of next.
func (m *arrival) read(next func([]byte) (int, error)) (rest []byte, err error) {
	for !m.over {
		room, err := m.room()
		if err != nil {
			return nil, err
		}
		rest, err = m.take(next, room)
		switch {
		case int64(m.clean) > m.limit:
			return rest, errTooLarge
		case err == io.EOF && !m.dotted:
			m.finish()
			return nil, nil
		case err != nil:
			return nil, err
		}
	}
	m.finish()
	return rest, nil
}

// skip reads the rest of a message that is not wanted, up to its end or to an
// error, and returns what follows.
func (m *arrival) skip(next func([]byte) (int, error)) (rest []byte, err error) {
	unclean := m.octets[m.clean:]
	m.forget()
	m.octets, m.clean = append(make([]byte, 0, firstRoom), unclean...), 0
	for !m.over && err == nil {
		m.octets = append(m.octets[:0], m.octets[m.clean:]...)
		m.clean = 0
		rest, err = m.take(next, m.octets[len(m.octets):cap(m.octets)])
	}
	return rest, err
}

// take reads once, into the room behind what is there.
func (m *arrival) take(next func([]byte) (int, error), room []byte) (rest []byte, err error) {
	n, err := next(room)
	m.octets = m.octets[:len(m.octets)+n]
	m.received += int64(n)
	if rest = m.tidy(); m.over {
		m.received -= int64(len(endOfData) + len(rest))
	}
	return rest, err
}

// room is where to read more into. It is as much as was announced, but no client
// gets much more for a mere announcement than it has sent.
func (m *arrival) room() ([]byte, error) {
	size := len(m.octets)
	if cap(m.octets)-size < leastRoom {
		capacity := max(firstRoom, min(2*int64(size), max(m.limit, int64(size))+slack))
		if announced := min(m.announced, m.limit) + slack; announced > capacity {
			capacity = min(announced, max(2*firstRoom, trust*int64(size)))
		}
		if !m.grow(int(capacity)) {
			return nil, errNoRoom
		}
	}
	return m.octets[size:cap(m.octets)], nil
}

// grow moves the message to a larger buffer, if there is memory for one.
func (m *arrival) grow(capacity int) bool {
	buffer, held, ok := m.budget.take(capacity)
	if !ok {
		return false
	}
	buffer = append(buffer, m.octets...)
	m.recycle()
	m.octets, m.held = buffer, held
	return true
}

// recycle gives the message's buffer back. Nobody may hold any of it any more.
func (m *arrival) recycle() {
	m.budget.reuse(m.octets)
	m.forget()
}

// forget gives back the memory, but not the buffer: something may still read it.
func (m *arrival) forget() {
	m.budget.release(m.held)
	m.octets, m.held = nil, 0
}
