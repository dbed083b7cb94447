// Package policy reads and evaluates AWS IAM policies: documents and a request
// in, a decision and its full explanation out.
//
// It is pure. It imports the standard library only, knows no clock, network,
// SDK or log, and nothing of mail: Amazon SES is to it one more service prefix.
// What AWS documents it follows, and cites at the rule; what AWS does not
// document it answers with [Unknown] and the reason.
//
// What is not known is a third truth value throughout, after Kleene: an allow or
// a denial holds whatever the unknown keys and layers contain. The converse has
// a limit. That two conditions on one unknown key cover every value between them
// is not noticed, and the answer is Unknown although it could be certain.
//
// Documents, contexts, sets and requests are values that evaluation only reads:
// any number of goroutines may evaluate the same ones.
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

// String returns the name that sesgate eval prints, such as "implicitDeny".
func (d Decision) String() string {
	return [...]string{"unknown", "allow", "implicitDeny", "explicitDeny"}[d]
}

// Set is every policy that applies to a request. The zero value has none, which
// denies implicitly. A Set is not changed once evaluated and may be shared.
//
// The management account of an organization is exempt from SCPs, and its
// resources from RCPs: the caller leaves them out.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
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
	DeniedBy []Layer // every layer that alone leads to this kind of denial, decisive first

	// Needs names what an Unknown hangs on: condition keys, as they were given
	// or else as the policy writes them, and then layers ("scp"). "resource" is
	// among the keys where the rest of an open resource would tell; that, or
	// "action", also where AWS does not say what the policy's element means.
	Needs []string
}
