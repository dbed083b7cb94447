package proxy

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
)

// maxLine is how long a line may be without its CRLF (RFC 5322 section 2.1.1); SES
// refuses longer ones (SendEmail, RawMessage).
const maxLine = 998

// Limits of the header section. Real mail has a hundredth of them.
const (
	maxHeader = 1 << 20 // octets
	maxFields = 10_000
	maxHops   = 50 // Received headers, as Postfix has it (hopcount_limit)
)

// message is a message ready to be relayed.
type message struct {
	data         []byte // without X-SES- headers
	header       authz.Header
	removed      []string            // names of the headers taken out
	findings     []diagnosis.Finding // for which SES would refuse it
	unsafe       []diagnosis.Finding // for which it is not relayed in any mode
	instructions []instruction       // X-SES- headers that are allowed; they are taken out, too
}

// field is one header field: where it stands, and what it is called.
type field struct {
	name              string // trimmed, letter case kept; "" for a line that is no field
	start, value, end int    // offsets in the message: of name, value and what follows
	line              int    // number of its first line, from 1
}

// scan reads the header of a message with CRLF line endings, and takes out the
// headers that steer SES: configuration set, identity ARNs and tenant are the
// operator's to choose, not the application's (SES developer guide, "Using
// Amazon SES-specific headers"), unless they are allowed by name. It changes data.
//
// What it cannot make sense of it leaves alone: whether a message is well formed
// is for SES to say.
func scan(data []byte, allowed ...string) message {
	var msg message
	all, ok := headerFields(data)
	if !ok {
		msg.unsafe = []diagnosis.Finding{headerTooLong()}
		return msg
	}
	msg.unsafe = loops(all)
	kept, dropped := make([]field, 0, len(all)), []field(nil)
	for _, f := range all {
		if f.dropped() {
			dropped = append(dropped, f)
			continue
		}
		kept = append(kept, f)
	}
	msg.header, msg.findings = readHeader(data, kept)
	msg.findings = append(msg.findings, duplicates(kept)...)
	msg.findings = append(msg.findings, badLines(data, all)...)
	msg.findings = append(msg.findings, checkParts(data, kept, bodyOf(data, all))...)
	msg.instructions, dropped = instructions(data, dropped, allowed)
	for _, f := range dropped {
		msg.removed = append(msg.removed, diagnosis.Clean(f.name, 80))
	}
	msg.data = data
	if len(kept) < len(all) {
		msg.data = only(kept, data, all[len(all)-1].end)
	}
	return msg
}

// headerFields are the fields of the header section. It reports whether that keeps
// to its limits.
func headerFields(data []byte) (header []field, ok bool) {
	for f := range fields(data) {
		if len(header) == maxFields || f.end > maxHeader {
			return header, false
		}
		header = append(header, f)
	}
	return header, true
}

// fields splits a header section, which ends at the first empty line or with the
// data. A line that is no field becomes one without a name.
func fields(data []byte) iter.Seq[field] {
	return func(yield func(field) bool) {
		line := 0
		for start := 0; start < len(data); {
			f := field{start: start, value: start, end: lineEnd(data, start), line: line + 1}
			if f.end-start == len(crlf) {
				return
			}
			if colon := bytes.IndexByte(data[start:f.end], ':'); colon >= 0 {
				f.name = string(bytes.Trim(data[start:start+colon], " \t"))
				f.value = start + colon + 1
			}
			for line++; f.end < len(data) && isBlank(data[f.end]); line++ {
				f.end = lineEnd(data, f.end)
			}
			if !yield(f) {
				return
			}
			start = f.end
		}
	}
}

// lineEnd returns where the line that begins at start ends, its CRLF included.
func lineEnd(data []byte, start int) int {
	if i := bytes.IndexByte(data[start:], '\n'); i >= 0 {
		return start + i + 1
	}
	return len(data)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// text is the field's value on one line.
func (f field) text(data []byte) string {
	return strings.TrimSpace(unfold.Replace(string(data[f.value:f.end])))
}

var unfold = strings.NewReplacer("\r\n", "")

// steersSES reports whether SES would take the field as an instruction.
func (f field) steersSES() bool {
	const prefix = "x-ses-"
	return len(f.name) >= len(prefix) && strings.EqualFold(f.name[:len(prefix)], prefix)
}

// dropped reports whether the field does not go to SES. Blind recipients are of the
// envelope only: whether SES takes Bcc out of a raw message that comes with its
// recipients is not documented, so it is taken out here, as RFC 5322 section 3.6.3
// lets a relay do and Postfix does.
func (f field) dropped() bool {
	return f.steersSES() || strings.EqualFold(f.name, "Bcc") || strings.EqualFold(f.name, "Resent-Bcc")
}

// bodyOf is where the body begins.
func bodyOf(data []byte, header []field) int {
	end := 0
	if len(header) > 0 {
		end = header[len(header)-1].end
	}
	return min(end+len(crlf), len(data))
}

// only drops from the header, which ends at offset end, all but the fields that
// are kept. The header moves towards the body, which may be large.
func only(kept []field, data []byte, end int) []byte {
	for _, f := range slices.Backward(kept) {
		n := f.end - f.start
		copy(data[end-n:end], data[f.start:f.end])
		end -= n
	}
	return data[end:]
}

// duplicates finds the fields of which SES takes one only.
func duplicates(fields []field) []diagnosis.Finding {
	var findings []diagnosis.Finding
	first := make(map[string]field, len(fields))
	told := make(map[string]bool)
	for _, f := range fields {
		key := strings.ToLower(f.name)
		if !onceOnly[key] || told[key] {
			continue
		}
		if g, ok := first[key]; ok {
			told[key] = true
			findings = append(findings, duplicate(g, f))
			continue
		}
		first[key] = f
	}
	return findings
}

func duplicate(first, second field) diagnosis.Finding {
	f := diagnosis.DuplicateHeader(first.name)
	f.Title = fmt.Sprintf("header %s occurs twice, SES takes it once only", first.name)
	f.Detail = fmt.Sprintf("%s stands on lines %d and %d of the message", first.name, first.line, second.line)
	return f
}

// loops finds more Received headers than a message gets on a way that ends (RFC
// 5321 section 6.3).
func loops(header []field) []diagnosis.Finding {
	hops := 0
	for _, f := range header {
		if strings.EqualFold(f.name, "Received") {
			hops++
		}
	}
	if hops <= maxHops {
		return nil
	}
	f := diagnosis.New(diagnosis.MsgLoop)
	f.Title = fmt.Sprintf("the message has %d Received headers, it goes round in a loop", hops)
	return []diagnosis.Finding{f}
}

func headerTooLong() diagnosis.Finding {
	f := diagnosis.New(diagnosis.MsgHeader)
	f.Title = fmt.Sprintf("the header of the message is longer than %d octets, or has more than %d fields", maxHeader, maxFields)
	return f
}

// badLines finds lines that are too long, and NUL octets, outside of the fields
// that are dropped.
func badLines(data []byte, header []field) []diagnosis.Finding {
	var long, count, length, nul int
	number := 0
	for start := 0; start < len(data); {
		end := lineEnd(data, start)
		number++
		for len(header) > 0 && header[0].end <= start {
			header = header[1:]
		}
		if len(header) > 0 && header[0].start <= start && header[0].dropped() {
			start = end
			continue
		}
		if n := end - start - len(crlf); n > maxLine {
			if count++; count == 1 {
				long, length = number, n
			}
		}
		if nul == 0 && bytes.IndexByte(data[start:end], 0) >= 0 {
			nul = number
		}
		start = end
	}
	var findings []diagnosis.Finding
	if count > 0 {
		findings = append(findings, longLine(long, length, count))
	}
	if nul > 0 {
		findings = append(findings, nulOctet(nul))
	}
	return findings
}

func longLine(line, length, count int) diagnosis.Finding {
	f := diagnosis.New(diagnosis.MsgLine)
	f.Title = fmt.Sprintf("line %d of the message is %d octets long, SES takes at most %d", line, length, maxLine)
	if count > 1 {
		f.Detail = fmt.Sprintf("%d lines are too long", count)
	}
	return f
}

func nulOctet(line int) diagnosis.Finding {
	f := diagnosis.New(diagnosis.MsgNUL)
	f.Title = fmt.Sprintf("line %d of the message contains a NUL octet", line)
	return f
}

// tooLarge says that a message exceeds limit octets.
func tooLarge(limit int64) diagnosis.Finding {
	f := diagnosis.New(diagnosis.MsgSize)
	f.Title = fmt.Sprintf("the message is larger than %d octets", limit)
	return f
}

// tooMany says that a message has more than limit recipients.
func tooMany(limit int) diagnosis.Finding {
	f := diagnosis.New(diagnosis.MsgRcpt50)
	f.Title = fmt.Sprintf("a message takes at most %d recipients: send to the others in another", limit)
	return f
}

// onceOnly are the headers, in lower case, that SES takes once in a message (SES
// developer guide, "Amazon SES header fields").
var onceOnly = wordSet(`
	Accept-Language acceptLanguage Archived-At Auto-Submitted Bounces-to Comments Content-Alternative
	Content-Base Content-Class Content-Description Content-Disposition Content-Duration Content-ID
	Content-Language Content-Length Content-Location Content-MD5 Content-Transfer-Encoding Content-Type Date
	Delivered-To Disposition-Notification-Options Disposition-Notification-To DKIM-Signature
	DomainKey-Signature Errors-To From Importance In-Reply-To Keywords List-Archive List-Help List-Id
	List-Owner List-Post List-Subscribe List-Unsubscribe List-Unsubscribe-Post Message-Context Message-ID
	MIME-Version Organization Original-From Original-Message-ID Original-Recipient Original-Subject
	Precedence Priority References Reply-To Return-Path Return-Receipt-To Sender Solicitation Sensitivity
	Subject Thread-Index Thread-Topic User-Agent VBR-Info`)
