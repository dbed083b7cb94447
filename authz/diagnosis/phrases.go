package diagnosis

import "regexp"

// phrase is a wording of AWS, and what it means. Its groups source and resource
// go to the fields of these names.
type phrase struct {
	code  Code
	match *regexp.Regexp
	title string // replaces the entry's; ${source} is what the group of that name matched
}

// phrases are the wordings that AWS documents or that users report. Where
// several occur in a text the one that begins first counts, as what follows may
// be quoted from a message. SES names rate and daily quota by text only: their
// exceptions are the same.
var phrases = []phrase{
	{TenAssoc, words(`tenant not associated with resources(?: \[(?P<resource>arn:[^\],\s]{1,300})\])?`), ""},
	{TenNone, words(`tenant (?P<source>\S{1,128}) for awsaccountid \d+ not found`), "tenant ${source} does not exist"},
	{CSNone, words(`configuration set <?(?P<source>[\w-]{1,64})>? does not exist`), "configuration set ${source} does not exist"},
	{CSNone, words(`configuration set\b.{0,200}? does not exist`), ""},
	{CSPaused, words(`email sending is disabled for the configuration set <?(?P<source>[\w-]{1,64})`), "sending is switched off for configuration set ${source}"},
	{CSPaused, words(`sending is paused for (?:the )?configuration set <?(?P<source>[\w-]{1,64})`), "sending is switched off for configuration set ${source}"},
	{AcctPaused, words(`email sending is disabled for your entire amazon ses account`), ""},
	{AcctShutdown, words(`sending paused for this account`), ""},
	{AcctShutdown, words(`ability to send email has been permanently restricted`), ""},
	{MFMX, words(`could not read the mx record`), ""},

	{QDaily, words(`daily message quota exceeded`), ""},
	{QRate, words(`maximum (?:sigv2 smtp )?sending rate exceeded`), ""},
	{Throttle, words(`rate exceeded`), ""},

	{MsgDupHdr, words(`duplicate header '(?P<source>[^' ]{1,100})'`), "header ${source} occurs twice"},
	{MsgNoFrom, words(`missing required header 'from'`), ""},
	{MsgNoRcpt, words(`missing required header 'to'`), ""},
	{MsgRcpt50, words(`recipient count exceeds 50`), ""},
	{MsgSize, words(`message length is more than \d+ bytes|message is too long`), ""},
	{MsgHeader, words(`header section too long|empty header names are illegal`), ""},
	{MsgMIME, words(`missing start boundary`), ""},
	{MsgAddr, words(`missing final '@domain'|missing domain|illegal address|extra route-addr`), ""},
	{MsgAddr, words(`(?:local address|domain) contains (?:control or whitespace|illegal character)`), ""},
	{MsgAddr, words(`invalid (?:mail from|rcpt to) address provided`), ""},
	{MsgAddr, regexp.MustCompile(`(?i)(?:^|\s)553 .{0,320}?(?:invalid email address|address unknown)`), ""},
	{Supp, words(`address blacklisted`), ""},

	{CredSkew, words(`signature expired|signature not yet current|requestexpired|requesttimetooskewed`), ""},
	{CredExpired, words(`security token included in the request is expired|sso session has expired|expiredtoken`), ""},
	{CredInvalid, words(`security token included in the request is invalid`), ""},
	{CredInvalid, words(`request signature we calculated does not match|authentication credentials invalid`), ""},
	{CredRole, words(`not authorized to perform:? sts:assumerole`), ""},
	{CredRole, words(`no openidconnect provider found`), ""},
	{CredNone, words(`no ec2 imds role found|nocredentialproviders|no valid providers in chain|unable to locate credentials`), ""},
	{CredNone, words(`could not load credentials from any providers`), ""},
	{AcctNotSub, words(`account not subscribed to ses|needs a subscription for the service`), ""},
	{RegNone, words(`invalid configuration: missing region|missingregion|could not find region configuration`), ""},

	{SMTPNoAuth, words(`530 authentication required|must issue a starttls command first`), ""},
	{SMTPConns, words(`too many concurrent smtp connections`), ""},
	{SMTPTimeout, words(`timeout waiting for data from client`), ""},
	{Svc, words(`temporary service failure|temporary authentication failure`), ""},
}

// troubles are texts of the network below AWS, in order of precedence. They
// count only where no phrase and no exception is found: a failing credential
// provider ends in the same words.
var troubles = []phrase{
	{RegNoSES, words(`lookup (?P<source>email(?:-fips)?\.[\w.-]{1,200}amazonaws\.com(?:\.cn)?)\b.{0,60}no such host`), "no address found in DNS for ${source}"},
	{RegNoSES, words(`could not resolve host: (?P<source>email(?:-fips)?\.[\w.-]{1,200}amazonaws\.com(?:\.cn)?)`), "no address found in DNS for ${source}"},
	{Net, words(`no such host|could not resolve host|dial tcp|dial udp|proxyconnect`), "no connection could be made over the network"},
	{NetTLS, words(`x509: |certificate verify failed|self.signed certificate|tls: `), "the TLS handshake fails"},
	{Net, words(`connection refused|no route to host|network is unreachable|tls handshake timeout|could not connect to the endpoint url`), "no connection could be made over the network"},
	{Svc, words(`i/o timeout|deadline exceeded|read timed out|connection reset by peer|connection was closed|unexpected eof|context canceled`), "the call was cut short before an answer came"},
}

// words compiles a pattern that ignores letter case and begins at a word.
func words(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(?:` + pattern + `)`)
}

// first returns the phrase that begins first in text, and the places of its
// groups; nil if there is none.
func first(list []phrase, text string) (found *phrase, at []int) {
	for i, p := range list {
		if m := p.match.FindStringSubmatchIndex(text); m != nil && (at == nil || m[0] < at[0]) {
			found, at = &list[i], m
		}
	}
	return found, at
}

// finding returns what the phrase means, found in text at the places at.
func (p *phrase) finding(text string, at []int) Finding {
	f := answered(p.code, text[at[0]:])
	if p.title != "" {
		f.Title = Clean(string(p.match.ExpandString(nil, p.title, text, at)), maxTitle)
	}
	f.Source = p.group("source", text, at)
	f.Resource = p.group("resource", text, at)
	return f
}

func (p *phrase) group(name, text string, at []int) string {
	i := p.match.SubexpIndex(name)
	if i < 0 || at[2*i] < 0 {
		return ""
	}
	return Clean(text[at[2*i]:at[2*i+1]], maxName)
}
