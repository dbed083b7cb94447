// Package policy reads and evaluates AWS IAM policies: documents and a request
// in, a decision and its full explanation out.
//
// It is pure. It imports the standard library only, knows no clock, network,
// SDK or log, and nothing of mail: Amazon SES is to it one more service prefix.
// What AWS documents it follows, and cites at the rule; what AWS does not
// document it answers with [Unknown] and the reason.
package policy

// Decision is the answer to a request. Its zero value is Unknown.
type Decision uint8

const (
	// Unknown means that the answer hangs on keys or layers whose content is
	// not known; Result.Needs names them.
	Unknown Decision = iota
	// Allow means allowed whatever the unknown parts hold.
	Allow
	// ImplicitDeny means that no Deny applies for certain and a layer that must
	// allow does not.
	ImplicitDeny
	// ExplicitDeny means that a Deny statement applies for certain.
	ExplicitDeny
)

// Truth is one of Kleene's three truth values. Its zero value is Maybe.
type Truth uint8

const (
	Maybe Truth = iota
	No
	Yes
)

// Layer is a kind of policy by where it is attached. The order is that of AWS's
// page on enforcement logic, the one in which a denial is attributed.
type Layer uint8

const (
	RCP      Layer = iota // resource control policies, of the resource's account
	SCP                   // service control policies, of the caller's account
	Resource              // resource-based policies (SES: sending authorization)
	Identity              // identity-based policies: user with groups, or role
	Boundary              // permissions boundary
	Session               // session policies
	Endpoint              // VPC endpoint policy
)

// LayerSet is a set of layers. The zero value is empty.
type LayerSet uint8

// Set is every policy that applies to a request. The zero value has none, which
// denies implicitly. A Set is not changed once evaluated and may be shared.
type Set struct {
	Identity []*Document   // of the user and its groups, or of the role
	Boundary *Document     // nil: none is attached
	Session  []*Document   // nil: the credentials carry no session policy
	SCPs     [][]*Document // one list a level from the root to the account; nil: no organization
	RCPs     [][]*Document // one list a level; RCPFullAWSAccess is implied
	Resource []*Document   // attached to the resource
	Endpoint *Document     // of the VPC endpoint; nil: none in the way

	// Unreadable names layers of which some or all documents are not known. What
	// is known of such a layer still counts: a Deny in it denies for certain.
	Unreadable LayerSet
}

// Request is one call on one resource.
type Request struct {
	Principal       Principal
	Action          string // service:Name, in any letter case
	Resource        string // one ARN without wildcards
	ResourceAccount string // account that owns the resource; "" takes it from the ARN
	Context         *Context

	// OpenResource says that Resource is only the beginning of the ARN, the
	// rest not yet known: a pattern matches for certain only if it matches
	// whatever follows, and fails for certain only if nothing that follows helps.
	OpenResource bool
}

// Result is what Evaluate finds. Its slices are nil where they do not apply.
type Result struct {
	Decision Decision
	DeniedBy []Layer  // every layer that alone leads to this kind of denial, decisive first
	Needs    []string // unknown keys and layers ("scp") on which an Unknown hangs
}
