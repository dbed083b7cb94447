package proxy

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"sesgate/authz/diagnosis"
)

// maxParts is how many MIME parts SES takes (SES developer guide, "Service quotas").
const maxParts = 500

// Limits to what is read of a message's structure; what lies beyond is SES's to
// judge.
const (
	maxDepth    = 100
	maxEntities = 10_000
	maxBoundary = 70 // RFC 2046 section 5.1.1
)

// structure is the MIME structure of a message as far as it has been walked: in
// one pass, over the lines that begin with two hyphens.
//
// Parts are numbered as in IMAP (RFC 9051 section 6.4.5), so the second part of
// the first is 1.2.
type structure struct {
	data    []byte
	open    []multipart    // outermost first
	levels  map[string]int // by boundary, where in open it is
	leaves  int            // parts that are no multipart themselves
	read    int            // parts of any kind
	blocked []attachment
}

// multipart is one whose end has not come.
type multipart struct {
	boundary string
	prefix   string // of its parts' numbers
	parts    int    // so far
	attached bool   // it belongs to an attached message
}

// checkParts says what SES has against the parts of a message, whose header and
// where its body begins are given.
func checkParts(data []byte, header []field, body int) []diagnosis.Finding {
	e := readEntity(data, header)
	if !e.matters() {
		return nil // most mail
	}
	s := structure{data: data, levels: make(map[string]int)}
	s.walk(s.enter(e, "", false, body))
	var findings []diagnosis.Finding
	if s.leaves > maxParts {
		findings = append(findings, tooManyParts())
	}
	return append(findings, blocked(s.blocked)...)
}

func tooManyParts() diagnosis.Finding {
	f := diagnosis.New(diagnosis.MsgParts)
	f.Title = fmt.Sprintf("the message has more than %d MIME parts", maxParts)
	return f
}

// walk goes through the parts from an offset on.
func (s *structure) walk(from int) {
	for at := from - 1; at < len(s.data) && len(s.open) > 0 && s.read < maxEntities; {
		next := bytes.Index(s.data[at:], hyphens)
		if next < 0 {
			return
		}
		start := at + next + 1
		end := lineEnd(s.data, start)
		at = end - 1 // the next delimiter may follow at once
		level, last, ok := s.delimiter(s.data[start:end])
		switch {
		case !ok:
		case last:
			s.leave(level)
		default:
			s.leave(level + 1)
			at = s.part(end) - 1
		}
	}
}

var hyphens = []byte("\n--")

// delimiter reports whether a line delimits a part of an open multipart, of which,
// and whether it is its last.
func (s *structure) delimiter(line []byte) (level int, last, ok bool) {
	if len(line) > len("--")+maxBoundary+80 || !bytes.HasPrefix(line, hyphens[1:]) {
		return 0, false, false
	}
	boundary := bytes.TrimRight(line[len("--"):], " \t\r\n")
	if level, ok = s.levels[string(boundary)]; ok {
		return level, false, true
	}
	level, ok = s.levels[string(bytes.TrimSuffix(boundary, hyphens[1:]))]
	return level, true, ok
}

// leave ends the multiparts from a level on inwards.
func (s *structure) leave(level int) {
	for _, m := range s.open[level:] {
		delete(s.levels, m.boundary)
	}
	s.open = s.open[:level]
}

// part reads the header of the next part of the innermost multipart, and returns
// where what it does not say goes on.
func (s *structure) part(start int) int {
	s.read++
	m := &s.open[len(s.open)-1]
	m.parts++
	if !m.attached {
		s.leaves++ // unless it is a multipart
	}
	header, body := s.header(start)
	return s.enter(readEntity(s.data, header), m.prefix+strconv.Itoa(m.parts), m.attached, body)
}

// header is the header that begins at start, and where what follows it begins. A
// part without an empty line ends with the next delimiter.
func (s *structure) header(start int) (header []field, body int) {
	body = start
	for f := range fields(s.data[start:]) {
		f.start, f.value, f.end = f.start+start, f.value+start, f.end+start
		if _, _, ok := s.delimiter(s.data[f.start:lineEnd(s.data, f.start)]); ok {
			return header, body
		}
		body = f.end
		if describesPart(f.name) {
			header = append(header, f)
		}
	}
	if bytes.HasPrefix(s.data[body:], crlf) {
		body += len(crlf)
	}
	return header, body
}

// enter notes what a part is. Of an attached message the header is read, too;
// whether SES counts its parts is not documented, so they are not.
func (s *structure) enter(e entity, number string, attached bool, body int) int {
	for depth := 0; ; depth++ {
		if extension := blockedExtension(e.file); extension != "" {
			s.blocked = append(s.blocked, attachment{e.file, number, extension})
		}
		if e.kind != "message/rfc822" || depth == maxDepth {
			break
		}
		var header []field
		header, body = s.header(body)
		e, attached = readEntity(s.data, header), true
	}
	if e.boundary == "" || len(s.open) == maxDepth {
		return body
	}
	if _, open := s.levels[e.boundary]; open {
		return body // it has no parts that could be told from those around it
	}
	prefix := number
	if number != "" {
		prefix += "."
		if !attached {
			s.leaves--
		}
	}
	s.levels[e.boundary] = len(s.open)
	s.open = append(s.open, multipart{boundary: e.boundary, prefix: prefix, attached: attached})
	return body
}

// describesPart reports whether a header of that name says what a part is.
func describesPart(name string) bool {
	return strings.EqualFold(name, "Content-Type") || strings.EqualFold(name, "Content-Disposition")
}
