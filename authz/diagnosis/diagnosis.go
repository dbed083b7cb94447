// Package diagnosis holds every reason for which mail is not sent, as a
// catalogue: what it is called, how SMTP answers it, what causes it and what
// mends it. What the pre-flight finds and what Amazon SES answers both end in a
// [Finding] with a [Code] of this catalogue.
//
// [New] makes a finding from an entry. [FromAPI] and [FromText] read the errors
// of SES, STS, IAM and the network; they state as a reason only what the text
// states, and what they do not recognise is [SvcUnknown], which is temporary.
//
// The package is pure: it imports neither the AWS SDK nor anything of ours. Its
// functions may be called concurrently.
package diagnosis

import (
	"fmt"
	"slices"
)

// Code names an entry of the catalogue. Codes are stable: never renamed, never
// reused.
type Code string

// Enhanced is an enhanced status code (RFC 3463): class, subject, detail.
type Enhanced [3]int

// String returns the code as a reply writes it, such as "5.7.1".
func (e Enhanced) String() string {
	return fmt.Sprintf("%d.%d.%d", e[0], e[1], e[2])
}

// Grade says how well it is known that an entry's cause leads to the answer it
// names. Its zero value is Inferred.
type Grade uint8

const (
	Inferred   Grade = iota // a conclusion: worded as likely, never as certain
	Reported                // users or emulators' authors have seen it
	Documented              // AWS documents it, or it is a rule of the protocol or of sesgate
)

// String returns "inferred", "reported" or "documented".
func (g Grade) String() string {
	switch g {
	case Documented:
		return "documented"
	case Reported:
		return "reported"
	}
	return "inferred"
}

// Entry is one kind of refusal.
type Entry struct {
	Code     Code
	Title    string   // what is wrong in general, one line, no capital, no full stop
	Reply    int      // SMTP reply code, 4yz or 5yz
	Enhanced Enhanced // its class agrees with Reply
	Retry    bool     // whether the same message may pass later though nobody changed it
	Warning  bool     // noted, but by itself no reason to refuse
	Cause    string   // why it happens
	Tell     string   // how to tell that it is this: a command, an AWS page, a text
	Fix      string   // what to do
	Source   string   // where AWS says so: a page's address
	Evidence Grade    // how well Cause and Tell are known
	AWS      []string // AWS error texts that FromText maps to this entry
}

// Finding is one reason in one case. Empty fields do not apply.
type Finding struct {
	Code         Code     `json:"code"`
	Title        string   `json:"title"`                   // complete in itself: the first line of a reply
	Detail       string   `json:"detail,omitempty"`        // what shows it: policy, statement, wanted and found
	Fix          string   `json:"fix,omitempty"`           // what to do, with real names
	Layer        string   `json:"layer,omitempty"`         // identity, scp, … (policy.Layer); ses for SES's own rules
	Source       string   `json:"source,omitempty"`        // the policy, identity or configuration set concerned
	Sid          string   `json:"sid,omitempty"`           //
	Statement    string   `json:"statement,omitempty"`     // the statement's JSON
	ConditionKey string   `json:"condition_key,omitempty"` //
	Resource     string   `json:"resource,omitempty"`      // ARN
	Recipients   []string `json:"recipients,omitempty"`    // those at fault
	Suspected    bool     `json:"suspected,omitempty"`     // likely, but not proven: never a reason to refuse
	Strict       bool     `json:"-"`                       // a warning that the configuration makes a reason to refuse
}

// New returns a finding with the title and the fix of the code's entry, for the
// caller to make concrete. A code outside the catalogue gives those of
// SvcUnknown under that code.
func New(code Code) Finding {
	e, ok := Lookup(code)
	if !ok {
		e, _ = Lookup(SvcUnknown)
	}
	return Finding{Code: code, Title: e.Title, Fix: e.Fix}
}

// Vague reports whether the finding says no more than that AWS refuses, so that
// its Fix can only guess. Beside a finding that proves why, its Fix is best left
// out: the two may contradict each other.
func (f Finding) Vague() bool { return f.Code == AccessDenied }

// Lookup returns the entry of code.
func Lookup(code Code) (Entry, bool) {
	e, ok := byCode[code]
	return e, ok
}

// All returns every entry in the catalogue's order, which does not change
// between calls. The entries' AWS slices are shared: they are not to be written.
func All() []Entry {
	return slices.Clone(catalogue)
}
