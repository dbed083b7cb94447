package proxy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sesgate/authz/diagnosis"
)

// hidden stands for an address of which nothing may be seen.
const hidden = "-"

// Masked is an event as people may see it, in the log and elsewhere: its addresses
// as [Log.Mask] shows them, also within texts. The event itself is not changed.
func (l *Log) Masked(e Event) Event {
	if !l.masks() {
		return e
	}
	text := l.masker(e)
	e.Reply = bareReply(e)
	e.Findings = each(e.Findings, func(f diagnosis.Finding) diagnosis.Finding {
		for _, s := range []*string{&f.Title, &f.Detail, &f.Fix, &f.Source, &f.Sid, &f.Statement, &f.ConditionKey, &f.Resource} {
			*s = text(*s)
		}
		f.Recipients = each(f.Recipients, l.Mask)
		return f
	})
	session := strings.LastIndex(e.Principal, "/") + 1 // people's are often called by their address
	e.Principal = e.Principal[:session] + text(e.Principal[session:])
	e.User, e.Route, e.Removed = text(e.User), text(e.Route), each(e.Removed, text)
	if strings.Contains(e.Identity, "@") { // a domain names nobody
		e.Identity = l.Mask(e.Identity)
	}
	e.MailFrom, e.HeaderFrom = l.Mask(e.MailFrom), l.Mask(e.HeaderFrom)
	e.Recipients, e.Refused = each(e.Recipients, l.Mask), each(e.Refused, l.Mask)
	return e
}

func (l *Log) masks() bool { return l.Addresses != AddressesFull && l.Addresses != "" }

// Mask shows an address as the log does: in full, with its local part hashed, or
// as "-", which is also what one without a domain is.
func (l *Log) Mask(address string) string {
	local, domain, ok := cutLast(address, "@")
	switch {
	case !l.masks() || address == "":
		return address
	case l.Addresses == AddressesHash && ok:
		return l.hash(local) + "@" + domain
	}
	return hidden
}

// hash is the first 12 digits of a local part's hash.
func (l *Log) hash(local string) string {
	sum := sha256.Sum256([]byte(local))
	if len(l.Key) == 0 {
		return hex.EncodeToString(sum[:6])
	}
	mac := hmac.New(sha256.New, l.Key)
	mac.Write([]byte(local))
	return hex.EncodeToString(mac.Sum(nil)[:6])
}

// bareReply is the reply's codes, where it is a refusal: its text may name addresses,
// and break off within one.
func bareReply(e Event) string {
	if e.Code/100 == 2 {
		return e.Reply
	}
	if len(e.Findings) == 0 {
		return fmt.Sprint(e.Code)
	}
	return fmt.Sprintf("%d [%s]", e.Code, e.Findings[0].Code)
}

// each is a new list of what f makes of every element.
func each[T any](list []T, f func(T) T) []T {
	made := make([]T, len(list))
	for i, element := range list {
		made[i] = f(element)
	}
	return made
}

// addressLike is what looks like an address within a sentence, an ARN or a policy.
var addressLike = regexp.MustCompile(`(?:identity/)?[\pL\pN.!#$%&'*+/=?^_{|}~\\-]+@[\pL\pN.*?_-]+`)

// masker writes the addresses in a text as the log shows them: what looks like
// one, and those of the event that do not. A pattern for whole domains
// (*@example.com) names nobody and stays.
func (l *Log) masker(e Event) func(string) string {
	if !l.masks() {
		return func(text string) string { return text }
	}
	likely := func(text string) string { return addressLike.ReplaceAllStringFunc(text, l.inText) }
	patterns := oddAddresses(e)
	if len(patterns) == 0 {
		return likely
	}
	odd := regexp.MustCompile(strings.Join(patterns, "|"))
	return func(text string) string { // the odd ones first: part of one may look like another
		var b strings.Builder
		for at := odd.FindStringIndex(text); at != nil; at = odd.FindStringIndex(text) {
			b.WriteString(likely(text[:at[0]]) + l.inText(text[at[0]:at[1]]))
			text = text[at[1]:]
		}
		return b.String() + likely(text)
	}
}

// oddAddresses are patterns for the addresses of an event that do not look like
// one, the longest first. One without a domain could be any word, and is an address
// in angle brackets only.
func oddAddresses(e Event) []string {
	all := slices.Concat([]string{e.MailFrom, e.HeaderFrom}, e.Recipients, e.Refused)
	for _, f := range e.Findings {
		all = append(all, f.Recipients...)
	}
	var odd []string
	for _, address := range all {
		if address == "" || addressLike.FindString(address) == address {
			continue
		}
		if !strings.Contains(address, "@") {
			address = "<" + address + ">"
		}
		address = strings.ToValidUTF8(address, "\ufffd")
		quoted := strconv.Quote(address) // as %q has it
		odd = append(odd, "(?:identity/)?(?i:"+regexp.QuoteMeta(address)+"|"+regexp.QuoteMeta(quoted[1:len(quoted)-1])+")")
	}
	slices.SortFunc(odd, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(odd)
}

// inText is an address within a text as the log shows it.
func (l *Log) inText(address string) string {
	if name, ok := strings.CutPrefix(address, "identity/"); ok {
		return "identity/" + l.inText(name) // the resource of an ARN
	}
	switch {
	case strings.HasPrefix(address, "*@") && strings.Count(address, "@") == 1:
		return address
	case !strings.Contains(address, "@"):
		return "<->"
	}
	return l.Mask(address)
}

// cutLast is [strings.Cut] around the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
