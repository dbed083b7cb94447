package awssim

import (
	"fmt"
	"slices"
	"strings"
)

// region is SES in one region.
type region struct {
	account           account
	identities        map[string]*identity
	policies          map[string]map[string]string // sending authorization policies by identity and name
	configurationSets map[string]*configurationSet
	tenants           map[string]*tenant
	endpoints         map[string]*globalEndpoint
	suppressed        map[string]string // reasons by address
}

// account is account.json: SES's view of the account in a region.
type account struct {
	Sandbox           bool     `json:"sandbox"`
	Sending           bool     `json:"sending"`
	Enforcement       string   `json:"enforcement"`
	Max24HourSend     float64  `json:"max_24_hour_send"` // recipients; -1: unlimited
	MaxSendRate       float64  `json:"max_send_rate"`    // recipients a second
	SentLast24Hours   float64  `json:"sent_last_24_hours"`
	SuppressedReasons []string `json:"suppressed_reasons"`
	// Shared lists ARNs of other accounts' identities whose owners let us send.
	Shared []string `json:"shared_identities"`
}

// identity is a verified or unverified address or domain.
type identity struct {
	Verified         bool              `json:"verified"`
	Status           string            `json:"status"`  // SUCCESS or PENDING without
	Sending          *bool             `json:"sending"` // as verified without
	ErrorType        string            `json:"error_type"`
	ConfigurationSet string            `json:"configuration_set"`
	MailFrom         string            `json:"mail_from"`
	MailFromStatus   string            `json:"mail_from_status"` // SUCCESS without
	MailFromReject   bool              `json:"mail_from_reject"`
	DKIMTokens       []string          `json:"dkim_tokens"`
	Tags             map[string]string `json:"tags"`
	name             string
}

// configurationSet is a configuration set.
type configurationSet struct {
	Sending   bool              `json:"sending"`
	TLSPolicy string            `json:"tls_policy"`
	Tags      map[string]string `json:"tags"`
}

// unusedRegion is a region as AWS leaves it until it is used.
func unusedRegion() *region {
	r := &region{account: account{Sandbox: true, Sending: true, Enforcement: "HEALTHY"}}
	r.account.setQuota()
	return r
}

func (s *state) regionOf(name string) *region {
	if s.regions[name] == nil {
		r := &region{
			account:           account{Sending: true, Enforcement: "HEALTHY"},
			identities:        map[string]*identity{},
			policies:          map[string]map[string]string{},
			configurationSets: map[string]*configurationSet{},
			tenants:           map[string]*tenant{},
			endpoints:         map[string]*globalEndpoint{},
		}
		s.regions[name] = r
	}
	return s.regions[name]
}

// setQuota fills in quotas that a world leaves out: the sandbox's, which AWS
// documents, or those of a fresh production account.
func (a *account) setQuota() {
	daily, rate := 50_000.0, 14.0
	if a.Sandbox {
		daily, rate = 200, 1
	}
	if a.Max24HourSend == 0 {
		a.Max24HourSend = daily
	}
	if a.MaxSendRate == 0 {
		a.MaxSendRate = rate
	}
}

func (s *state) readAccount(names []string, data []byte) error {
	a := &s.regionOf(names[0]).account
	if err := decodeStrict(data, a); err != nil {
		return err
	}
	return oneOf("enforcement", a.Enforcement, "HEALTHY", "PROBATION", "SHUTDOWN")
}

func (s *state) readIdentity(names []string, data []byte) error {
	id := &identity{name: names[1]}
	if err := decodeStrict(data, id); err != nil {
		return err
	}
	s.regionOf(names[0]).identities[id.name] = id
	if id.Status == "" {
		id.Status = "PENDING"
		if id.Verified {
			id.Status = "SUCCESS"
		}
	}
	if id.MailFrom != "" && id.MailFromStatus == "" {
		id.MailFromStatus = "SUCCESS"
	}
	local, domain := splitAddress(id.name)
	switch {
	case domain != strings.ToLower(domain):
		return fmt.Errorf("the domain of identity %s is not in lower case, as SES stores it", id.name)
	case id.Verified && id.Status != "SUCCESS":
		return fmt.Errorf("verified and of status %s at once", id.Status)
	case strings.Contains(id.name, "@") && local == "":
		return fmt.Errorf("%q is neither an address nor a domain", id.name)
	}
	return oneOf("status", id.Status, "PENDING", "SUCCESS", "FAILED", "TEMPORARY_FAILURE", "NOT_STARTED")
}

func (s *state) readIdentityPolicy(names []string, data []byte) (err error) {
	r := s.regionOf(names[0])
	if r.policies[names[1]] == nil {
		r.policies[names[1]] = map[string]string{}
	}
	r.policies[names[1]][names[2]], err = document(data)
	return err
}

func (s *state) readConfigurationSet(names []string, data []byte) error {
	set := &configurationSet{Sending: true, TLSPolicy: "OPTIONAL"}
	s.regionOf(names[0]).configurationSets[names[1]] = set
	return decodeStrict(data, set)
}

func oneOf(key, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("key %q: %q is not one of %s", key, value, strings.Join(allowed, ", "))
}

func (i *identity) kind() string {
	if strings.Contains(i.name, "@") {
		return "EMAIL_ADDRESS"
	}
	return "DOMAIN"
}

// maySend is VerifiedForSendingStatus.
func (i *identity) maySend() bool {
	if i.Sending != nil {
		return *i.Sending
	}
	return i.Status == "SUCCESS"
}

// resolve returns the identity that SES takes for an address: the address, the
// address without its +label, its domain, the domain's parents. The first that
// exists wins, verified or not; nil if there is none. The local part matters with
// its letter case, the domain does not.
// Source: Amazon SES Developer Guide, "Creating and verifying identities".
func (r *region) resolve(address string) *identity {
	for _, name := range candidates(address) {
		if id := r.identities[name]; id != nil {
			return id
		}
	}
	return nil
}

func candidates(address string) []string {
	local, domain := splitAddress(address)
	domain = strings.ToLower(domain)
	names := []string{local + "@" + domain}
	if base, _, labelled := strings.Cut(local, "+"); labelled && base != "" {
		names = append(names, base+"@"+domain)
	}
	for domain != "" {
		names = append(names, domain)
		_, domain, _ = strings.Cut(domain, ".")
	}
	return names
}

// splitAddress splits at the last @; a name without one is a domain.
func splitAddress(address string) (local, domain string) {
	if i := strings.LastIndexByte(address, '@'); i >= 0 {
		return address[:i], address[i+1:]
	}
	return "", address
}
