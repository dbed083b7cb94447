package awssim

import (
	"bytes"
	"strings"
)

// header is the header of a message, read as forgivingly as SES reads it.
type header struct {
	fields []field
}

// field is a header field. Its bounds are those of its lines in the message.
type field struct {
	name, value string // value unfolded, without the space around it
	start, end  int
}

// parseHeader reads up to the first empty line. Lines that are no fields are
// passed over: what is wrong with them is for checkContent to say.
func parseHeader(data []byte) header {
	var h header
	for offset := 0; offset < len(data); {
		line, size := nextLine(data[offset:])
		if len(line) == 0 {
			break
		}
		last := len(h.fields) - 1
		if line[0] == ' ' || line[0] == '\t' {
			if last >= 0 {
				h.fields[last].value = strings.TrimSpace(h.fields[last].value + " " + strings.TrimSpace(string(line)))
				h.fields[last].end = offset + size
			}
		} else if name, value, ok := strings.Cut(string(line), ":"); ok {
			h.fields = append(h.fields, field{
				name: strings.TrimRight(name, " \t"), value: strings.TrimSpace(value), start: offset, end: offset + size,
			})
		}
		offset += size
	}
	return h
}

// nextLine returns the first line without its end, and its size with it.
func nextLine(data []byte) (line []byte, size int) {
	end := bytes.IndexByte(data, '\n')
	if end < 0 {
		return data, len(data)
	}
	return bytes.TrimSuffix(data[:end], []byte("\r")), end + 1
}

// get returns the value of the first field of a name.
func (h header) get(name string) string {
	for _, f := range h.fields {
		if strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return ""
}

// mailboxes reads an address field.
func (h header) mailboxes(name string) []mailbox {
	var all []mailbox
	for _, f := range h.fields {
		if strings.EqualFold(f.name, name) {
			all = append(all, parseMailboxes(f.value)...)
		}
	}
	return all
}

// mailbox is an address as it stands in a header, with or without a name.
type mailbox struct {
	text    string // as written: Jo <jo@example.com>
	address string // jo@example.com
}

// parseMailboxes splits at commas outside of quotes, comments and brackets. What
// is left without an @ is kept: a display name with a comma and no quotes ends
// like that, and SES complains of it.
func parseMailboxes(value string) []mailbox {
	var all []mailbox
	start, depth, quoted, angle := 0, 0, false, false
	add := func(text string) {
		if text = strings.TrimSpace(text); text != "" {
			all = append(all, newMailbox(text))
		}
	}
	for i := 0; i < len(value); i++ {
		switch ch := value[i]; {
		case ch == '\\':
			i++
		case ch == '"' && depth == 0:
			quoted = !quoted
		case quoted:
		case ch == '(':
			depth++
		case ch == ')' && depth > 0:
			depth--
		case depth > 0:
		case ch == '<':
			angle = true
		case ch == '>':
			angle = false
		case (ch == ',' || ch == ';') && !angle:
			add(value[start:i])
			start = i + 1
		}
	}
	add(value[min(start, len(value)):])
	return all
}

func newMailbox(text string) mailbox {
	address := addressIn(text)
	if text == "<"+address+">" {
		text = address
	}
	return mailbox{text, address}
}

// addressIn returns what stands in the last pair of angle brackets, or else the
// text without comments.
func addressIn(text string) string {
	if open := strings.LastIndexByte(text, '<'); open >= 0 {
		inside, _, _ := strings.Cut(text[open+1:], ">")
		return strings.TrimSpace(inside)
	}
	if strings.HasPrefix(text, `"`) {
		return text
	}
	return strings.TrimSpace(withoutComments(text))
}

// withoutComments drops what stands in parentheses, which nest (RFC 5322 section
// 3.2.2). One that never ends goes on to the end.
func withoutComments(text string) string {
	depth := 0
	return strings.Map(func(r rune) rune {
		switch {
		case r == '(':
			depth++
		case r == ')' && depth > 0:
			depth--
		case depth == 0:
			return r
		}
		return -1
	}, text)
}

// replaceFrom returns the message with another From header, which is what SES
// does to a raw message when FromEmailAddress is given.
func (h header) replaceFrom(data []byte, from string) []byte {
	line := []byte("From: " + from + "\r\n")
	out := make([]byte, 0, len(data)+len(line))
	at, replaced := 0, false
	for _, f := range h.fields {
		if !strings.EqualFold(f.name, "From") {
			continue
		}
		out = append(out, data[at:f.start]...)
		if !replaced {
			out = append(out, line...)
		}
		at, replaced = f.end, true
	}
	if !replaced {
		out = append(out, line...)
	}
	return append(out, data[at:]...)
}
