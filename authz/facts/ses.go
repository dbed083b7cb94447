package facts

// Account is SES's view of the account in one region.
type Account struct {
	Sandbox         bool // ProductionAccessEnabled is false
	SendingEnabled  bool
	Enforcement     string  // HEALTHY, PROBATION, SHUTDOWN
	Max24HourSend   float64 // recipients; -1: unlimited
	MaxSendRate     float64 // recipients a second
	SentLast24Hours float64
}

// Index lists the identities of an account in one region.
type Index struct {
	Identities []IndexEntry

	folded []string // names as SES compares them, in the order of Identities
}

// IndexEntry is an identity as the index knows it.
type IndexEntry struct {
	Name    string
	Type    string // EMAIL_ADDRESS, DOMAIN, MANAGED_DOMAIN
	Status  string // SUCCESS, PENDING, FAILED, TEMPORARY_FAILURE, NOT_STARTED
	Sending bool
}

// Identity is one SES identity. An identity that does not exist is a fact, too:
// Exists is false.
type Identity struct {
	Name             string
	Exists           bool
	Listed           bool   // from the index: only Name, Type, Status and VerifiedToSend have been read
	Type             string // EMAIL_ADDRESS, DOMAIN, MANAGED_DOMAIN
	Status           string // VerificationStatus
	ErrorType        string // why verification does not succeed, where SES says so
	VerifiedToSend   bool   // VerifiedForSendingStatus
	ConfigurationSet string // the default one; "" if none
	Policies         []Policy
	DKIMTokens       []string
	DKIMZone         string // in which the tokens' names end; "" is dkim.amazonses.com
	MailFrom         MailFrom
}

// MailFrom is an identity's custom MAIL FROM domain. The zero value has none.
type MailFrom struct {
	Domain string
	Status string // PENDING, SUCCESS, FAILED, TEMPORARY_FAILURE
	Reject bool   // BehaviorOnMxFailure is REJECT_MESSAGE
}

// ConfigurationSet is one configuration set; Exists is false if there is none
// of that name in the region.
type ConfigurationSet struct {
	Name           string
	Exists         bool
	SendingEnabled bool
}

// Tenant is one tenant of the account; Exists is false if there is none of that
// name in the region. It may send with the identities and configuration sets that
// are associated with it.
//
// https://docs.aws.amazon.com/ses/latest/dg/tenants.html
type Tenant struct {
	Name         string
	Exists       bool
	Status       string   // SendingStatus: ENABLED, REINSTATED, DISABLED
	Resources    []string // ARNs of what is associated with it, sorted
	ResourcesGap *Gap     // why Resources is not known; nil: Resources is all there is
}

// GlobalEndpoint is one multi-region endpoint; Exists is false if the account has
// none of that id with Region as its primary one.
//
// https://docs.aws.amazon.com/ses/latest/dg/global-endpoints.html
type GlobalEndpoint struct {
	ID      string // as SendEmail's EndpointId
	Name    string
	Exists  bool
	Status  string   // CREATING, READY, FAILED, DELETING
	Regions []string // the primary one first
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
