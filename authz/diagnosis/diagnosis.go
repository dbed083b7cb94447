// Package diagnosis holds every reason for which mail is not sent, as a
// catalogue: what it is called, how SMTP answers it, what causes it and what
// mends it. What the pre-flight finds and what Amazon SES answers both end in a
// [Finding] with a [Code] of this catalogue.
//
// The package is pure: it imports neither the AWS SDK nor anything of ours.
package diagnosis

// Code names an entry of the catalogue. Codes are stable: never renamed, never
// reused.
type Code string

// Enhanced is an enhanced status code (RFC 3463): class, subject, detail.
type Enhanced [3]int

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
}
