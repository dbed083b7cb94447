package diagnosis

import (
	"regexp"
	"strings"
)

// phrase is a wording of AWS, and what it means.
type phrase struct {
	code  Code
	words string         // how it begins, in lower case
	more  *regexp.Regexp // what must follow; its groups source and resource go to the fields of these names
	title string         // replaces the entry's; ${source} is what the group matched
}

// phrases are the wordings that AWS documents or that users report. Where
// several occur in a text the one that begins first counts, as what follows may
// be quoted from a message. SES names rate and daily quota by text only: their
// exceptions are the same.
var phrases = []phrase{
	{TenAssoc, "tenant not associated with resources", follows(`(?: \[(?P<resource>arn:[^\],\s]{1,300})\])?`), ""},
	{TenNone, "tenant ", follows(`(?P<source>\S{1,128}) for awsaccountid \d+ not found`), "tenant ${source} does not exist"},
	{CSNone, "configuration set ", follows(`<?(?P<source>[\w-]{1,64})>? does not exist`), "configuration set ${source} does not exist"},
	{CSNone, "configuration set ", follows(`.{0,200}? does not exist`), ""},
	{CSPaused, "email sending is disabled for the configuration set ", follows(setName), setPaused},
	{CSPaused, "sending is paused for configuration set ", follows(setName), setPaused},
	{AcctPaused, "email sending is disabled for your entire amazon ses account", nil, ""},
	{AcctShutdown, "sending paused for this account", nil, ""},
	{AcctShutdown, "ability to send email has been permanently restricted", nil, ""},
	{MFMX, "could not read the mx record", nil, ""},

	{QDaily, "daily message quota exceeded", nil, ""},
	{QRate, "maximum sending rate exceeded", nil, ""},
	{QRate, "maximum sigv2 smtp sending rate exceeded", nil, ""},
	{Throttle, "rate exceeded", nil, ""},

	{MsgDupHdr, "duplicate header '", follows(`(?P<source>[^' ]{1,100})'`), "header ${source} occurs twice"},
	{MsgNoFrom, "missing required header 'from'", nil, ""},
	{MsgNoRcpt, "missing required header 'to'", nil, ""},
	{MsgRcpt50, "recipient count exceeds 50", nil, ""},
	{MsgSize, "message length is more than ", nil, ""},
	{MsgSize, "message is too long", nil, ""},
	{MsgHeader, "header section too long", nil, ""},
	{MsgHeader, "empty header names are illegal", nil, ""},
	{MsgMIME, "missing start boundary", nil, ""},
	{MsgAddr, "missing final '@domain'", nil, ""},
	{MsgAddr, "missing domain", nil, ""},
	{MsgAddr, "illegal address", nil, ""},
	{MsgAddr, "extra route-addr", nil, ""},
	{MsgAddr, "local address contains ", follows(`(?:control or whitespace|illegal character)`), ""},
	{MsgAddr, "domain contains ", follows(`(?:control or whitespace|illegal character)`), ""},
	{MsgAddr, "invalid mail from address provided", nil, ""},
	{MsgAddr, "invalid rcpt to address provided", nil, ""},
	{MsgAddr, "553 ", follows(`.{0,320}?(?:invalid email address|address unknown)`), ""},
	{Supp, "address blacklisted", nil, ""},

	{CredSkew, "signature expired", nil, ""},
	{CredSkew, "signature not yet current", nil, ""},
	{CredSkew, "requestexpired", nil, ""},
	{CredExpired, "security token included in the request is expired", nil, ""},
	{CredExpired, "sso session has expired", nil, ""},
	{CredExpired, "expiredtoken", nil, ""},
	{CredInvalid, "security token included in the request is invalid", nil, ""},
	{CredInvalid, "request signature we calculated does not match", nil, ""},
	{CredInvalid, "authentication credentials invalid", nil, ""},
	{CredRole, "not authorized to perform sts:assumerole", nil, ""},
	{CredRole, "no openidconnect provider found", nil, ""},
	{CredNone, "no ec2 imds role found", nil, ""},
	{CredNone, "nocredentialproviders", nil, ""},
	{CredNone, "no valid providers in chain", nil, ""},
	{CredNone, "unable to locate credentials", nil, ""},
	{CredNone, "could not load credentials from any providers", nil, ""},
	{AcctNotSub, "account not subscribed to ses", nil, ""},
	{AcctNotSub, "needs a subscription for the service", nil, ""},
	{RegNone, "invalid configuration: missing region", nil, ""},
	{RegNone, "missingregion", nil, ""},
	{RegNone, "could not find region configuration", nil, ""},

	{SMTPNoAuth, "530 authentication required", nil, ""},
	{SMTPNoAuth, "must issue a starttls command first", nil, ""},
	{SMTPConns, "too many concurrent smtp connections", nil, ""},
	{SMTPTimeout, "timeout waiting for data from client", nil, ""},
	{Svc, "temporary service failure", nil, ""},
	{Svc, "temporary authentication failure", nil, ""},
}

const (
	setName   = `<?(?P<source>[\w-]{1,64})`
	setPaused = "sending is switched off for configuration set ${source}"
)

// troubles are texts of the network below AWS. They count only where no phrase
// and no exception is found, as a failing provider of credentials ends in the
// same words; and they come in order of precedence, as an error's text goes from
// the call to its cause.
var troubles = []phrase{
	{RegNoSES, "lookup ", follows(sesHostName + `\b.{0,60}no such host`), hostUnknown},
	{RegNoSES, "could not resolve host: ", follows(sesHostName), hostUnknown},
	{RegNoSES, "getaddrinfo enotfound ", follows(sesHostName), hostUnknown},
	{Net, "lookup ", follows(anyHostName + noAnswer), hostUnknown},
	{Net, "could not resolve host: ", follows(anyHostName), hostUnknown},
	{Net, "getaddrinfo ", follows(`[a-z_]{1,20} ` + anyHostName), hostUnknown},
	{Net, "temporary failure in name resolution", nil, noResolver},
	{Net, "name or service not known", nil, noResolver},
	{Net, "no such host", nil, noConnection},
	{Net, "could not resolve host", nil, noConnection},
	{Net, "dial tcp", nil, noConnection},
	{Net, "dial udp", nil, noConnection},
	{Net, "proxyconnect", nil, noConnection},
	{NetTLS, "x509: ", nil, noTLS},
	{NetTLS, "certificate verify failed", nil, noTLS},
	{NetTLS, "self-signed certificate", nil, noTLS},
	{NetTLS, "self signed certificate", nil, noTLS},
	{NetTLS, "tls: ", nil, noTLS},
	{Net, "connection refused", nil, noConnection},
	{Net, "no route to host", nil, noConnection},
	{Net, "network is unreachable", nil, noConnection},
	{Net, "tls handshake timeout", nil, noConnection},
	{Net, "could not connect to the endpoint url", nil, noConnection},
	{Svc, "i/o timeout", nil, cutShort},
	{Svc, "deadline exceeded", nil, cutShort},
	{Svc, "read timed out", nil, cutShort},
	{Svc, "connection reset by peer", nil, cutShort},
	{Svc, "connection was closed", nil, cutShort},
	{Svc, "unexpected eof", nil, cutShort},
	{Svc, "context canceled", nil, cutShort},
}

const (
	sesHostName  = `(?P<source>email(?:-fips)?\.[\w.-]{1,200}amazonaws\.com(?:\.cn)?)`
	anyHostName  = `(?P<source>[\w-]{1,63}\.[\w.-]{1,190})`
	noAnswer     = `(?: on \S{1,60})?: .{0,100}?(?:no such host|server misbehaving|i/o timeout|temporary failure)`
	hostUnknown  = "the name ${source} cannot be looked up"
	noResolver   = "the name of an endpoint cannot be looked up"
	noConnection = "no connection could be made over the network"
	noTLS        = "the TLS handshake fails"
	cutShort     = "the call was cut short before an answer came"
)

func follows(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)^` + pattern)
}

// sighting is a phrase found in a text.
type sighting struct {
	phrase *phrase
	text   string // all of it
	start  int    // of the phrase in text
	groups []int  // places of the groups behind the phrase's words
}

// earliest returns the phrase that begins first in text.
func earliest(list []phrase, text string) (found sighting, ok bool) {
	lower := strings.ToLower(text)
	for i := range list {
		if s, seen := list[i].find(text, lower); seen && (!ok || s.start < found.start) {
			found, ok = s, true
		}
	}
	return found, ok
}

// find finds the phrase at the beginning of a word of text. It tries a few
// places only, so that a text made of beginnings does not hold it up.
func (p *phrase) find(text, lower string) (sighting, bool) {
	const places = 10
	from := 0
	for range places {
		i := strings.Index(lower[from:], p.words)
		if i < 0 {
			break
		}
		s := sighting{phrase: p, start: from + i, text: text}
		from = s.start + 1
		if s.start > 0 && isWord(text[s.start-1]) {
			continue
		}
		if p.more == nil {
			return s, true
		}
		if s.groups = p.more.FindStringSubmatchIndex(s.behind()); s.groups != nil {
			return s, true
		}
	}
	return sighting{}, false
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_'
}

// behind returns the text behind the phrase's words.
func (s sighting) behind() string { return s.text[s.start+len(s.phrase.words):] }

// sentence returns the text from where the sentence of the phrase begins, as that
// is not always with the phrase: "The security token ... is invalid". Where no
// beginning is near, the phrase is it.
func (s sighting) sentence() string {
	const near = 100
	before := s.text[max(0, s.start-near):s.start]
	if ends := sentenceEnd.FindAllStringIndex(before, -1); ends != nil {
		return s.text[s.start-len(before)+ends[len(ends)-1][1]:]
	}
	if len(before) < near {
		return s.text
	}
	return s.text[s.start:]
}

// sentenceEnd is what ends a sentence, or what stands before one in a log or in JSON.
var sentenceEnd = regexp.MustCompile("[.:;,!] |[\"`(\\[{<>=]")

// finding returns what the phrase means.
func (s sighting) finding() Finding {
	f := answered(s.phrase.code, s.sentence())
	if f.Code == MsgDupHdr {
		f.Fix = DuplicateHeader(s.group("source")).Fix
	}
	if s.phrase.title != "" {
		f.Title = s.title()
	}
	f.Source = s.group("source")
	f.Resource = s.group("resource")
	return f
}

func (s sighting) title() string {
	return Clean(strings.ReplaceAll(s.phrase.title, "${source}", s.group("source")), maxTitle)
}

func (s sighting) group(name string) string {
	if s.phrase.more == nil {
		return ""
	}
	i := s.phrase.more.SubexpIndex(name)
	if i < 0 || s.groups[2*i] < 0 {
		return ""
	}
	return Clean(s.behind()[s.groups[2*i]:s.groups[2*i+1]], maxName)
}
