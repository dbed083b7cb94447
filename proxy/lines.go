package proxy

import "bytes"

var crlf = []byte("\r\n")

// lines are the lines of a message, each made to end by CRLF as they arrive. A lone
// CR or LF in a message reads as the end of a line to one server and not to the
// next, which is how mail is smuggled (CVE-2023-51764). RFC 5321 section 2.3.8
// allows neither.
//
// Lines that end by CRLF and do not begin with a dot stay where they were read to,
// and that is most mail.
type lines struct {
	dotted bool // as DATA has it: a dot that begins a line was doubled, and one that stands alone ends the message

	octets []byte // before clean they are as they will be sent, from next on as they came
	clean  int
	next   int
	at     place

	over bool // the end of a dotted message was read
	lone bool // a CR or LF stood alone
	// ambiguous says that a dot stood alone on a line which did not begin and end by
	// CRLF: to some servers the message ends there.
	ambiguous bool
}

// place is what the next octet begins or continues.
type place uint8

const (
	behindCRLF place = iota // the beginning of a line
	behindLone              // the beginning of a line, behind a lone CR or LF
	midLine                 // a line
)

// tidy takes in what was read behind octets, as far as it can be told what it is.
// If the message is over it returns what follows.
func (l *lines) tidy() (rest []byte) {
	l.next = l.clean
	for l.next < len(l.octets) && !l.over && l.step() {
	}
	rest = l.octets[l.next:]
	if l.over {
		return rest
	}
	l.octets = append(l.octets[:l.clean], rest...)
	return nil
}

// step takes in a line, or a part of one. It reports whether it could.
func (l *lines) step() bool {
	raw := l.octets[l.next:]
	if l.dotted && l.at != midLine && raw[0] == '.' {
		return l.dot(raw)
	}
	line, whole := raw, false
	if lf := bytes.IndexByte(raw, '\n'); lf >= 0 {
		line, whole = raw[:lf+1], true
	}
	cr := bytes.IndexByte(line, '\r')
	switch {
	case cr < 0 && whole:
		l.keep(len(line) - 1)
		l.breakLine()
	case cr < 0:
		l.keep(len(line))
	case whole && cr == len(line)-2:
		l.keep(len(line))
		l.at = behindCRLF
	case cr == len(raw)-1: // LF may follow
		l.keep(cr)
		return false
	default:
		l.keep(cr)
		l.breakLine()
	}
	return true
}

// dot takes a dot away that begins a line (RFC 5321 section 4.5.2), behind a lone
// CR or LF, too, as Python's smtplib doubles dots there.
func (l *lines) dot(raw []byte) bool {
	switch {
	case len(raw) == 1, len(raw) == 2 && raw[1] == '\r':
		return false
	case l.at == behindCRLF && raw[1] == '\r' && raw[2] == '\n':
		l.over = true
		l.next += len(endOfData)
		return true
	case raw[1] == '\r', raw[1] == '\n':
		l.ambiguous = true
	}
	l.next++
	l.at = midLine
	return true
}

// keep takes n octets over as they are.
func (l *lines) keep(n int) {
	if n == 0 {
		return
	}
	if l.next > l.clean {
		copy(l.octets[l.clean:], l.octets[l.next:l.next+n])
	}
	l.clean += n
	l.next += n
	l.at = midLine
}

// breakLine puts CRLF in place of the lone CR or LF that is next.
func (l *lines) breakLine() {
	l.next++
	if l.next-l.clean < len(crlf) {
		l.spread()
	}
	l.clean += copy(l.octets[l.clean:], crlf)
	l.at, l.lone = behindLone, true
}

// spread moves what is next, so that all line endings in it have room to grow.
func (l *lines) spread() {
	raw := l.octets[l.next:]
	n := 1 + bytes.Count(raw, crlf[:1]) + bytes.Count(raw, crlf[1:])
	l.octets = append(l.octets, make([]byte, n)...)
	copy(l.octets[l.next+n:], raw)
	l.next += n
}

// finish ends the last line.
func (l *lines) finish() {
	pending := !l.over && l.clean < len(l.octets) // a CR
	l.lone = l.lone || pending
	l.octets = l.octets[:l.clean]
	if pending || !bytes.HasSuffix(l.octets, crlf) {
		l.octets = append(l.octets, crlf...)
	}
}
