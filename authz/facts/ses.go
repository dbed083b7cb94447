package facts

// Account is SES's view of the account in one region.
type Account struct {
	Sandbox         bool    `yaml:"sandbox"` // ProductionAccessEnabled is false
	SendingEnabled  bool    `yaml:"sending_enabled"`
	Enforcement     string  `yaml:"enforcement"`      // HEALTHY, PROBATION, SHUTDOWN
	Max24HourSend   float64 `yaml:"max_24_hour_send"` // recipients; -1: unlimited
	MaxSendRate     float64 `yaml:"max_send_rate"`    // recipients a second
	SentLast24Hours float64 `yaml:"sent_last_24_hours"`
}

// Index lists the identities of an account in one region.
type Index struct {
	Identities []IndexEntry `yaml:"identities"`

	folded []string // names as SES compares them, in the order of Identities
}

// IndexEntry is an identity as the index knows it.
type IndexEntry struct {
	Name    string `yaml:"name"`
	Type    string `yaml:"type"`   // EMAIL_ADDRESS, DOMAIN, MANAGED_DOMAIN
	Status  string `yaml:"status"` // SUCCESS, PENDING, FAILED, TEMPORARY_FAILURE, NOT_STARTED
	Sending bool   `yaml:"verified_to_send"`
}

// Identity is one SES identity. An identity that does not exist is a fact, too:
// Exists is false.
type Identity struct {
	Name             string   `yaml:"name,omitempty"`
	Exists           bool     `yaml:"exists"`
	Listed           bool     `yaml:"listed,omitempty"`            // from the index: only Name, Type, Status and VerifiedToSend have been read
	Type             string   `yaml:"type"`                        // EMAIL_ADDRESS, DOMAIN, MANAGED_DOMAIN
	Status           string   `yaml:"status"`                      // VerificationStatus
	ErrorType        string   `yaml:"error_type,omitempty"`        // why verification does not succeed, where SES says so
	VerifiedToSend   bool     `yaml:"verified_to_send"`            // VerifiedForSendingStatus
	ConfigurationSet string   `yaml:"configuration_set,omitempty"` // the default one; "" if none
	Policies         []Policy `yaml:"policies,omitempty"`
	DKIMTokens       []string `yaml:"dkim_tokens,omitempty"`
	DKIMZone         string   `yaml:"dkim_zone,omitempty"` // in which the tokens' names end; "" is dkim.amazonses.com
	MailFrom         MailFrom `yaml:"mail_from,omitempty"`
}

// MailFrom is an identity's custom MAIL FROM domain. The zero value has none.
type MailFrom struct {
	Domain string `yaml:"domain"`
	Status string `yaml:"status"` // PENDING, SUCCESS, FAILED, TEMPORARY_FAILURE
	Reject bool   `yaml:"reject"` // BehaviorOnMxFailure is REJECT_MESSAGE
}

// ConfigurationSet is one configuration set; Exists is false if there is none
// of that name in the region.
type ConfigurationSet struct {
	Name           string `yaml:"name,omitempty"`
	Exists         bool   `yaml:"exists"`
	SendingEnabled bool   `yaml:"sending_enabled"`
}

// Tenant is one tenant of the account; Exists is false if there is none of that
// name in the region. It may send with the identities and configuration sets that
// are associated with it.
//
// https://docs.aws.amazon.com/ses/latest/dg/tenants.html
type Tenant struct {
	Name         string   `yaml:"name,omitempty"`
	Exists       bool     `yaml:"exists"`
	Status       string   `yaml:"status"`                  // SendingStatus: ENABLED, REINSTATED, DISABLED
	Resources    []string `yaml:"resources,omitempty"`     // ARNs of what is associated with it, sorted
	ResourcesGap *Gap     `yaml:"resources_gap,omitempty"` // why Resources is not known; nil: Resources is all there is
}

// GlobalEndpoint is one multi-region endpoint; Exists is false if the account has
// none of that id with Region as its primary one.
//
// https://docs.aws.amazon.com/ses/latest/dg/global-endpoints.html
type GlobalEndpoint struct {
	ID      string   `yaml:"id,omitempty"` // as SendEmail's EndpointId
	Name    string   `yaml:"name,omitempty"`
	Exists  bool     `yaml:"exists"`
	Status  string   `yaml:"status"`            // CREATING, READY, FAILED, DELETING
	Regions []string `yaml:"regions,omitempty"` // the primary one first
}

// Suppression says whether an address is on the account's suppression list: SES
// takes mail to it and does not send it. Tenants may have lists of their own,
// which are not read.
//
// https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
type Suppression struct {
	Address    string
	Suppressed bool
	Reason     string // BOUNCE or COMPLAINT
}
