package proxy

import (
	"fmt"
	"io"
	"mime"
	"net/mail"
	"strings"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
)

// maxAddressHeader bounds how much of To and Cc is read, in octets.
const maxAddressHeader = 64 << 10

// mailbox is one address of a header.
type mailbox struct {
	addrSpec string // letter case kept
	name     string // display name in ASCII
	opaque   bool   // there is a name, but SES's reading of it is not known
}

// readHeader reads the addresses that SES authorises, and says what is wrong
// with From.
func readHeader(data []byte, fields []field) (authz.Header, []diagnosis.Finding) {
	var h authz.Header
	var from *field
	read := 0
	for i, f := range fields {
		switch strings.ToLower(f.name) {
		case "from":
			if from == nil {
				from = &fields[i]
			}
		case "sender":
			h.Sender = firstAddress(f.text(data))
		case "return-path":
			h.ReturnPath = firstAddress(f.text(data))
		case "to", "cc":
			if read += f.end - f.value; read > maxAddressHeader {
				h.MoreRecipients = true
				continue
			}
			found, whole := mailboxes(f.text(data))
			h.MoreRecipients = h.MoreRecipients || !whole
			for _, m := range found {
				h.Recipients = append(h.Recipients, m.addrSpec)
			}
		}
	}
	if from == nil {
		return h, []diagnosis.Finding{diagnosis.New(diagnosis.MsgNoFrom)}
	}
	return h, readFrom(&h, *from, data)
}

// readFrom puts the From header into h, or says why SES cannot send as it.
func readFrom(h *authz.Header, from field, data []byte) []diagnosis.Finding {
	text := from.text(data)
	found, _ := mailboxes(text)
	switch {
	case text == "":
		return []diagnosis.Finding{fromFinding(diagnosis.MsgNoFrom, "the From header on line %d is empty", from.line)}
	case len(found) == 0 && strings.Contains(text, "@"):
		return nil // SES may read what we cannot: an obsolete form, for instance
	case len(found) == 0:
		return []diagnosis.Finding{fromFinding(diagnosis.MsgFrom, "the From header on line %d holds no address that can be read", from.line)}
	case len(found) > 1:
		return []diagnosis.Finding{fromFinding(diagnosis.MsgMultiFrom, "the From header on line %d holds several addresses, SES takes one", from.line)}
	}
	h.From, h.FromName, h.NameOpaque = found[0].addrSpec, found[0].name, found[0].opaque
	if !isASCII(h.From) {
		return []diagnosis.Finding{fromFinding(diagnosis.MsgUTF8, "the address in the From header on line %d is not ASCII", from.line)}
	}
	return nil
}

func fromFinding(code diagnosis.Code, title string, line int) diagnosis.Finding {
	f := diagnosis.New(code)
	f.Title = fmt.Sprintf(title, line)
	return f
}

func firstAddress(text string) string {
	if found, _ := mailboxes(text); len(found) > 0 {
		return found[0].addrSpec
	}
	return ""
}

// mailboxes reads an address list. What the grammar of RFC 5322 does not allow
// but mail has all the same is read for its one address in angle brackets, or
// its one word with an at sign; the list is then not known to be whole.
func mailboxes(text string) (found []mailbox, whole bool) {
	parser := mail.AddressParser{WordDecoder: &mime.WordDecoder{CharsetReader: anyCharset}}
	list, err := parser.ParseList(text)
	if err != nil {
		return tolerated(text), text == ""
	}
	found = make([]mailbox, 0, len(list))
	for _, a := range list {
		m := mailbox{addrSpec: addrSpec(a.Address), name: a.Name}
		if a.Name != "" && (!isPrintable(a.Name) || strings.Contains(text, "=?") || strings.Contains(text, "(")) {
			m.name, m.opaque = "", true
		}
		found = append(found, m)
	}
	return found, true
}

// anyCharset lets an encoded word of any charset pass: only that it is one counts.
func anyCharset(_ string, input io.Reader) (io.Reader, error) { return input, nil }

// addrSpec quotes the local part again where it was quoted.
func addrSpec(address string) string {
	s := (&mail.Address{Address: address}).String()
	return strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">")
}

// tolerated reads the addresses of a list that is not well formed.
func tolerated(text string) []mailbox {
	bare := withoutQuotes(text)
	var found []mailbox
	for rest := bare; ; {
		open := strings.IndexByte(rest, '<')
		if open < 0 {
			break
		}
		inside, after, ok := strings.Cut(rest[open+1:], ">")
		if !ok {
			break
		}
		if isAddrSpec(strings.TrimSpace(inside)) {
			found = append(found, mailbox{addrSpec: strings.TrimSpace(inside), opaque: true})
		}
		rest = after
	}
	if len(found) > 0 || strings.Contains(bare, "<") {
		return found
	}
	for _, word := range strings.FieldsFunc(bare, func(r rune) bool { return strings.ContainsRune(" \t,;", r) }) {
		if isAddrSpec(word) {
			found = append(found, mailbox{addrSpec: word, opaque: true})
		}
	}
	return found
}

// withoutQuotes takes out quoted strings and comments, where at signs and
// brackets mean nothing.
func withoutQuotes(s string) string {
	var b strings.Builder
	depth, quoted, escaped := 0, false, false
	for i := range len(s) {
		c := s[i]
		switch {
		case escaped:
			escaped = false
		case c == '\\' && (quoted || depth > 0):
			escaped = true
		case c == '"' && depth == 0:
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// isAddrSpec reports whether s is an address without quotes.
func isAddrSpec(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && domain != "" && !strings.ContainsAny(s, " \t,;:<>\"") && !strings.Contains(domain, "@")
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}

func isPrintable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}
