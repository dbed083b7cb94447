package awssim

import (
	"errors"
	"io/fs"
	"net/http"
	"time"
)

// World is one AWS account as the simulator plays it. It is safe for concurrent
// use. Its zero value is not usable: see [Load], [LoadTxtar] and [Demo].
type World struct{}

// Message is mail that the simulated SES took.
type Message struct {
	ID     string // ends in -sim, so that nobody takes it for mail that was sent
	Time   time.Time
	Region string

	From        string   // the From header as it would have left SES
	Identity    string   // name of the identity that From resolved to
	Destination []string // everyone it would have gone to
	Data        []byte   // the message; From is replaced if FromEmailAddress was given

	ConfigurationSet string // the one that applied: named in the call, in the header, or the identity's default

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
	TenantName                                string
}

// Tag is a name with a value.
type Tag struct{ Name, Value string }

// Call is one API call as the simulator saw it.
type Call struct {
	Time      time.Time
	Service   string // "ses", "iam", "sts", "organizations": from the credential scope
	Action    string // the operation, such as "SendEmail"
	Region    string // from the credential scope
	Resource  string // what it is about: a role, a policy's ARN, an identity; "" for none
	AccessKey string // the access key ID that signed it
	Status    int    // HTTP status of the answer; 0 if there was none
	Error     string // error code of the answer; "" if there was none
}

// Load reads a world from a tree of files. Every mistake is reported at once,
// joined, each naming its file.
func Load(fsys fs.FS) (*World, error) { return nil, errors.ErrUnsupported }

// LoadTxtar is [Load] for a txtar archive, as tests and stories have them.
func LoadTxtar(data []byte) (*World, error) { return nil, errors.ErrUnsupported }

// Demo returns the demonstration world.
func Demo() (*World, error) { return nil, errors.ErrUnsupported }

// Set puts a file into the world, as if the world had been loaded with it:
// a policy is mended, an identity verified, faults begin. What has happened so
// far is kept. A file with a mistake is refused and changes nothing.
func (w *World) Set(name, content string) error { return errors.ErrUnsupported }

// Remove takes a file out of the world; see [World.Set].
func (w *World) Remove(name string) error { return errors.ErrUnsupported }

// Caller is the ARN that sts:GetCallerIdentity tells.
func (w *World) Caller() string { return "" }

// Region is the world's home region.
func (w *World) Region() string { return "" }

// Regions are the regions that the world has SES files for, sorted.
func (w *World) Regions() []string { return nil }

// Messages returns the newest captured messages, oldest first.
func (w *World) Messages() []Message { return nil }

// Accepted counts the messages that the simulated SES has taken since the start,
// also those that are no longer kept.
func (w *World) Accepted() int { return 0 }

// Calls returns the newest API calls in the order they were answered.
func (w *World) Calls() []Call { return nil }

// ServeHTTP answers one AWS API call.
func (w *World) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	http.Error(rw, "not yet", http.StatusNotImplemented)
}
