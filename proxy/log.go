package proxy

import (
	"slices"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"sesgate/authz/diagnosis"
)

// Addresses is how a log shows mail addresses.
type Addresses string

const (
	AddressesFull Addresses = "full" // as they are; "" means the same
	AddressesHash Addresses = "hash" // the local part as a hash, the domain as it is
	AddressesNone Addresses = "none" // not at all
)

// Log is a [Recorder] that writes one line for every event: at level info, or
// warn where something was refused or found. It never sees a body, a subject or
// a secret, as events hold none.
type Log struct {
	Logger *zap.Logger

	Addresses Addresses

	// Key makes hashed local parts worthless to who does not have it. Without one
	// they are plain SHA-256: they hide an address from the eye, but who has a list
	// of addresses can find out which of them it is.
	Key []byte
}

// Record writes the line.
func (l *Log) Record(e Event) {
	e = l.Masked(e)
	l.Logger.Log(level(e), "transaction",
		zap.String("ref", e.Ref),
		zap.String("listener", e.Listener),
		zap.String("client", e.Client),
		user(e),
		l.address("from", e.MailFrom),
		l.address("header_from", e.HeaderFrom),
		zap.Int("recipients", len(e.Recipients)),
		zap.Int("refused", len(e.Refused)),
		zap.Int64("size", e.Size),
		zap.String("principal", e.Principal),
		zap.String("route", e.Route),
		zap.String("region", e.Region),
		l.address("identity", e.Identity),
		zap.String("decision", decision(e)),
		zap.Strings("codes", codes(e.Findings)),
		findings(e),
		zap.Int("gaps", e.Gaps),
		zap.String("cache", e.Cache),
		zap.Int64("preflight_us", e.Preflight.Microseconds()),
		zap.Int64("ses_ms", e.SES.Milliseconds()),
		zap.String("ses_message_id", e.SESMessageID),
		zap.String("ses_request_id", e.SESRequestID),
		zap.Int("attempts", e.Attempts),
		zap.Bool("ambiguous", e.Ambiguous),
		zap.Bool("contradicted", e.Contradicted),
		zap.Strings("removed_headers", e.Removed),
		zap.Int("code", e.Code),
		zap.String("reply", e.Reply),
	)
}

// level is warn for what somebody should look at.
func level(e Event) zapcore.Level {
	blocks := func(f diagnosis.Finding) bool { return weight(f) == 0 }
	if e.Code/100 != 2 || slices.ContainsFunc(e.Findings, blocks) {
		return zap.WarnLevel
	}
	return zap.InfoLevel
}

// user is left out where there are no users.
func user(e Event) zap.Field {
	if e.User == "" {
		return zap.Skip()
	}
	return zap.String("user", e.User)
}

// address is left out where nothing of it may be seen.
func (l *Log) address(key, shown string) zap.Field {
	if shown == hidden && l.masks() {
		return zap.Skip()
	}
	return zap.String(key, shown)
}

// decision is "" where nobody was asked.
func decision(e Event) string {
	if !e.Checked && len(e.Findings) == 0 {
		return ""
	}
	return e.Decision.String()
}

func codes(findings []diagnosis.Finding) []string {
	list := make([]string, 0, len(findings))
	for _, f := range findings {
		list = append(list, string(f.Code))
	}
	return list
}
