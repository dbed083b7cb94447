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
// Announced is the size that the client gave at MAIL, or 0.
func readMessage(r io.Reader, limit, announced int64) (body, error) {
	b := body{data: make([]byte, 0, min(announced, limit, maxReserved))}
	var pendingCR bool
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		b.received += int64(n)
		b.data, pendingCR = appendLines(b.data, buf[:n], pendingCR)
		switch {
		case int64(len(b.data)) > limit:
			return b, errTooLarge
		case err == io.EOF:
			b.finish(pendingCR)
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

// appendLines appends src with every line ending made CRLF. A CR at the end of
// src is held back until it is known whether LF follows.
func appendLines(dst, src []byte, pendingCR bool) ([]byte, bool) {
	if len(src) == 0 {
		return dst, pendingCR
	}
	if pendingCR && src[0] != '\n' {
		dst = append(dst, crlf...)
	} else if pendingCR {
		dst, src = append(dst, crlf...), src[1:]
	}
	if n := len(src); n > 0 && src[n-1] == '\r' {
		return appendWhole(dst, src[:n-1]), true
	}
	return appendWhole(dst, src), false
}

// appendWhole is appendLines for what does not end within a line ending. Most
// mail has no line ending but CRLF, and is copied line by line.
func appendWhole(dst, src []byte) []byte {
	for {
		lf := bytes.IndexByte(src, '\n')
		if lf < 0 {
			return appendCRs(dst, src)
		}
		line := src[:lf]
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		dst = append(appendCRs(dst, line), crlf...)
		src = src[lf+1:]
	}
}

// appendCRs appends a line in which every CR is the end of one.
func appendCRs(dst, line []byte) []byte {
	for {
		cr := bytes.IndexByte(line, '\r')
		if cr < 0 {
			return append(dst, line...)
		}
		dst = append(append(dst, line[:cr]...), crlf...)
		line = line[cr+1:]
	}
}
