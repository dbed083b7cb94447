package facts

import "time"

// Kinds is a set of kinds of facts. The zero value is empty.
type Kinds uint16

const (
	KindCaller Kinds = 1 << iota
	KindPrincipal
	KindOrganization
	KindEndpoint
	KindAccount
	KindIndex
	KindIdentity // with the index, where existence rests on it
	KindConfigurationSet
	KindTenant
	KindGlobalEndpoint
	KindSuppression
	KindOpinion
)

// Query says what one message needs to have known.
type Query struct {
	Region string
	// Senders are the addresses that SES resolves to identities: the header's
	// From first, then Sender and Return-Path. Empty ones are passed over.
	Senders []string
	// Recipients are looked up as identities if the account is in the sandbox,
	// where SES serves verified recipients only.
	Recipients []string
	// Full has the recipients' identities read in whole, policies and all, where
	// otherwise the index is enough: a read for each, at one a second.
	Full bool
	// ConfigurationSet is the one that the message names; "" has the default of
	// the first sender's identity looked up.
	ConfigurationSet string
	// IdentityARNs are identities of other accounts that the message names. Only
	// their owners can read them; a snapshot file may hold them.
	IdentityARNs []string
	// Tenant and EndpointID are those that the message names; "" is none.
	Tenant     string
	EndpointID string
	// Suppression has the recipients looked up on the suppression list: a read for
	// each, at one a second in all.
	Suppression bool
	// Simulation is put to IAM's policy simulator; nil is none. Its resources and
	// context are to be few and short, and the same for many messages: its answer
	// is kept under all of them.
	Simulation *Simulation
	// Elsewhere are regions in which to look up the first sender where it is not
	// known to be verified in Region. In those of EndpointID it always is.
	Elsewhere []string

	// Fresh are kinds of facts that must not be older than MaxAge, if that is
	// above 0: they are read again. Where that fails, the old fact stands and its
	// At tells.
	Fresh  Kinds
	MaxAge time.Duration
}

// maxAge is how old a fact of the kind may be; 0: as old as the cache allows.
func (q *Query) maxAge(kind Kinds) time.Duration {
	if q.Fresh&kind == 0 {
		return 0
	}
	return q.MaxAge
}
