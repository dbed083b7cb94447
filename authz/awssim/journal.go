package awssim

import (
	"slices"
	"time"
)

// What a world remembers. More would let a long run eat the memory.
const (
	maxMessages     = 100
	maxMessageBytes = 64 << 20
	maxCalls        = 10_000
)

// Message is mail that the simulated SES took.
type Message struct {
	ID     string // ends in -sim, so that nobody takes it for mail that was sent
	Time   time.Time
	Region string

	From             string   // the From header as it would have left SES
	Identity         string   // name of the identity that From resolved to
	Destination      []string // everyone it would have gone to
	ConfigurationSet string   // the one that applied: named in the call, in the header, or the identity's default
	Data             []byte   // the message; From is replaced if FromEmailAddress was given

	// Parameters of the call as they came; empty ones were not given.
	FromEmailAddress                          string
	FromEmailAddressIdentityArn               string
	To, Cc, Bcc                               []string
	ReplyToAddresses                          []string
	FeedbackForwardingEmailAddress            string
	FeedbackForwardingEmailAddressIdentityArn string
	ConfigurationSetName                      string
	EmailTags                                 []Tag
	ContactListName, TopicName                string // of ListManagementOptions
	TenantName, EndpointID                    string
}

// Tag is a name with a value.
type Tag struct{ Name, Value string }

// Call is one API call as the simulator saw it.
type Call struct {
	Time      time.Time
	Service   string // "ses", "iam", "sts", "organizations": from the credential scope
	Action    string // the operation, such as "SendEmail"
	Region    string // from the credential scope
	Resource  string // what it is about: a role's name, a policy's ARN, an identity, a sender; "" for none
	AccessKey string // the access key ID that signed it
	Status    int    // HTTP status of the answer; 0 if none was given
	Error     string // error code of the answer; "" for success
}

// journal is what has happened. The world's lock guards it.
type journal struct {
	messages []Message
	bytes    int
	accepted int
	calls    []Call
}

func (j *journal) take(m Message) {
	j.accepted++
	j.messages = append(j.messages, m)
	j.bytes += len(m.Data)
	for len(j.messages) > 1 && (len(j.messages) > maxMessages || j.bytes > maxMessageBytes) {
		j.bytes -= len(j.messages[0].Data)
		j.messages = slices.Delete(j.messages, 0, 1)
	}
}

func (j *journal) note(c Call) {
	if len(j.calls) >= maxCalls {
		j.calls = slices.Delete(j.calls, 0, maxCalls/10)
	}
	j.calls = append(j.calls, c)
}

// Messages returns the newest captured messages, oldest first: at most 100 and
// 64 MB. They share their contents with the world: read, do not change.
func (w *World) Messages() []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.journal.messages)
}

// Accepted counts the messages that the simulated SES has taken since the start,
// also those that are no longer kept.
func (w *World) Accepted() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.journal.accepted
}

// Calls returns the newest API calls, at most 10,000, in the order they were
// answered.
func (w *World) Calls() []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.journal.calls)
}

func (w *World) note(c Call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.journal.note(c)
}
