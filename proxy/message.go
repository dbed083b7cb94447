package proxy

import (
	"bytes"
	"errors"
	"io"
)

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
func readMessage(r io.Reader, limit int64) (body, error) {
	var b body
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
	if pendingCR && len(src) > 0 {
		dst = append(dst, crlf...)
		if src[0] == '\n' {
			src = src[1:]
		}
		pendingCR = false
	}
	for len(src) > 0 {
		i := bytes.IndexAny(src, "\r\n")
		if i < 0 {
			return append(dst, src...), false
		}
		dst = append(dst, src[:i]...)
		if src[i] == '\r' && i+1 == len(src) {
			return dst, true
		}
		dst = append(dst, crlf...)
		if src[i] == '\r' && src[i+1] == '\n' {
			i++
		}
		src = src[i+1:]
	}
	return dst, pendingCR
}
