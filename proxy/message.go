package proxy

import (
	"bytes"
	"errors"
	"io"
)

// maxReserved is how much memory a client gets for a mere announcement.
const maxReserved = 1 << 20

var errTooLarge = errors.New("message is too large")

// body is a message as it arrived, with CRLF line endings.
type body struct {
	data     []byte
	received int64 // octets that came from the client
}

// readMessage reads a message to its end, or until it is larger than limit
// octets. Every line is made to end by CRLF: a lone CR or LF in a message reads
// as the end of a line to one server and not to the next, which is how mail is
// smuggled (CVE-2023-51764). RFC 5321 section 2.3.8 allows neither.
//
// Doubled says that the client has doubled a dot at the beginning of a line, as
// DATA asks and BDAT does not. The library takes one away behind CRLF; behind a
// line ending that is made CRLF here it is taken away here, or Python's smtplib,
// which doubles dots behind any line ending, would send a message with more dots
// than it was given.
//
// Announced is the size that the client gave at MAIL, or 0.
func readMessage(r io.Reader, doubled bool, limit, announced int64) (body, error) {
	b := body{data: make([]byte, 0, min(announced, limit, maxReserved))}
	l := lines{doubled: doubled}
	buf := make([]byte, 8<<10)
	for {
		n, err := r.Read(buf)
		b.received += int64(n)
		b.data = l.appendTo(b.data, buf[:n])
		switch {
		case int64(len(b.data)) > limit:
			return b, errTooLarge
		case err == io.EOF:
			b.finish(l.pendingCR)
			return b, nil
		case err != nil:
			return b, err
		}
	}
}

// finish ends the last line.
func (b *body) finish(pendingCR bool) {
	if pendingCR || !bytes.HasSuffix(b.data, crlf) {
		b.data = append(b.data, crlf...)
	}
}

var crlf = []byte("\r\n")

// lines makes every line end by CRLF.
type lines struct {
	doubled   bool
	pendingCR bool // the last octet was a CR: whether LF follows is not known yet
	lone      bool // what comes is at the beginning of a line, behind a lone CR or LF
}

// appendTo appends src to dst. Most mail has no line ending but CRLF, and is
// copied line by line.
func (l *lines) appendTo(dst, src []byte) []byte {
	if l.pendingCR && len(src) > 0 {
		dst = append(dst, crlf...)
		l.pendingCR, l.lone = false, src[0] != '\n'
		if !l.lone {
			src = src[1:]
		}
	}
	for len(src) > 0 {
		lf := bytes.IndexByte(src, '\n')
		switch {
		case lf < 0 && src[len(src)-1] == '\r':
			l.pendingCR = true
			return l.appendLine(dst, src[:len(src)-1])
		case lf < 0:
			return l.appendLine(dst, src)
		case lf > 0 && src[lf-1] == '\r':
			dst = append(l.appendLine(dst, src[:lf-1]), crlf...)
			l.lone = false
		default:
			dst = append(l.appendLine(dst, src[:lf]), crlf...)
			l.lone = true
		}
		src = src[lf+1:]
	}
	return dst
}

// appendLine appends a line without its ending, in which every CR ends one.
func (l *lines) appendLine(dst, line []byte) []byte {
	for {
		if len(line) > 0 {
			if l.lone && l.doubled && line[0] == '.' {
				line = line[1:]
			}
			l.lone = false
		}
		cr := bytes.IndexByte(line, '\r')
		if cr < 0 {
			return append(dst, line...)
		}
		dst = append(append(dst, line[:cr]...), crlf...)
		line, l.lone = line[cr+1:], true
	}
}
