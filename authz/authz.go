package authz

import (
	"time"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
)

// Request is a message as far as it is known: the envelope, and from the end of
// DATA on its header.
type Request struct {
	Route      Route    // how the message will be handed to SES
	MailFrom   string   // reverse-path; SES's API does not see it
	Recipients []string // forward-paths so far
	Header     *Header  // nil until the message has arrived: more recipients may come, From is not known

	// Suspects asks for findings also on what may stand in the way, but cannot be
	// proven: for people, and once SES has refused. It costs more.
	Suspects bool
	// Refused says that SES has refused it as not authorized, without a reason: what
	// is not known of the policies is then suspected, too.
	Refused bool
}

// Header is what SES reads of a message's header.
type Header struct {
	From       string   // addr-spec of the From header, letter case kept
	FromName   string   // display name as written in ASCII; "" if there is none or NameOpaque
	NameOpaque bool     // the name is an encoded word or cannot be read: its value as a condition key is not known
	Sender     string   // addr-spec of Sender, "" without
	ReturnPath string   // addr-spec of Return-Path, "" without
	Recipients []string // addr-specs of To and Cc

	// MoreRecipients says that To and Cc may hold more than was read.
	MoreRecipients bool
}

// Decision is a verdict's answer. Its zero value is Unknown.
type Decision uint8

const (
	Unknown Decision = iota // relayed: SES judges
	Allow
	Deny // proven
)

// Verdict is what is known about whether SES will take a message.
type Verdict struct {
	Decision  Decision
	Findings  []diagnosis.Finding // why not, most decisive first; with Suspected ones also where Decision is not Deny
	Gaps      []facts.Gap         // what is not known and would make the answer more certain
	Principal string              // ARN of the caller; "" if unknown
	Region    string
	Identity  string        // the sender identity that SES resolves; "" if unknown
	Resources []string      // ARNs that SES authorises
	Cache     string        // hit, stale or miss: the worst of the facts used
	Age       time.Duration // of the oldest fact used

	of      *judgement // for Forget, Steps and Problems; nil: it rests on nothing
	regions []string   // in which mail may be sent, for Problems
}

// Route is the one that was asked about, with its region.
func (v Verdict) Route() Route {
	if v.of == nil {
		return Route{Region: v.Region}
	}
	return v.of.req.Route
}

// String returns "allow", "deny" or "unknown".
func (d Decision) String() string {
	switch d {
	case Allow:
		return "allow"
	case Deny:
		return "deny"
	}
	return "unknown"
}
