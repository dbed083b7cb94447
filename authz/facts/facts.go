// Package facts holds what is known about AWS for one decision, and what is not
// known and why. Facts are plain values: a [Source] learns them, [Cached] keeps
// them, a [Snapshot] is the set that one verdict rests on.
package facts

import (
	"context"
	"time"

	"sesgate/authz/policy"
	"sesgate/cache"
)

// Gap says that something is not known, and what would show it. It is an error
// so that a Source can return it, and data so that people can be told.
type Gap struct {
	What       string // "policies of role app", "SES account in eu-west-1"
	Call       string // "iam:ListRolePolicies"
	Permission string // "iam:ListRolePolicies on arn:aws:iam::111122223333:role/app"; "" if none would help
	Principal  string // ARN of who lacks the permission where that is not the sender, as a role that only reads; "" is the sender
	Err        error  // what AWS or the network answered
}

// Source answers single questions about AWS. An error that is or wraps a *Gap
// says which permission would settle it. Implementations are safe for
// concurrent use and do not cache.
type Source interface {
	Caller(ctx context.Context) (Caller, error)
	Principal(ctx context.Context, caller Caller) (Principal, error)
	Organization(ctx context.Context, caller Caller) (Organization, error)
	Endpoint(ctx context.Context, region string) (Endpoint, error)
	Account(ctx context.Context, region string) (Account, error)
	Index(ctx context.Context, region string) (Index, error)
	Identity(ctx context.Context, region, name string) (Identity, error)
	ConfigurationSet(ctx context.Context, region, name string) (ConfigurationSet, error)
	Tenant(ctx context.Context, region, name string) (Tenant, error)
	GlobalEndpoint(ctx context.Context, region, id string) (GlobalEndpoint, error)
	Suppression(ctx context.Context, region, address string) (Suppression, error)
	Opinion(ctx context.Context, question Simulation) (Opinion, error)
}

// Caller is who sends: what STS says of the credentials.
type Caller struct {
	ARN       string `yaml:"arn"` // as sts:GetCallerIdentity gives it: a role is seen as its session
	Account   string `yaml:"account"`
	UserID    string `yaml:"user_id,omitempty"`
	Partition string `yaml:"partition"` // aws, aws-cn, aws-us-gov
	Temporary bool   `yaml:"temporary"` // the credentials carry a session token
	// SessionPolicy says whether the session may carry a policy of its own, which
	// no API shows: Maybe, or No where the way the credentials came rules it out.
	SessionPolicy policy.Truth `yaml:"session_policy"`
	Credentials   string       `yaml:"credentials,omitempty"` // where the credentials come from, as the SDK names it
}

// Principal is the user or role behind the caller with its policies.
type Principal struct {
	ARN      string            `yaml:"arn,omitempty"` // of the user or role, with path; "" if unknown
	Name     string            `yaml:"name"`          // of the user or role, without path
	Kind     string            `yaml:"kind"`          // "user", "role", "root", "federated-user"
	Policies []Policy          `yaml:"policies"`
	Boundary *Policy           `yaml:"boundary,omitempty"` // permissions boundary; nil: none, unless a Gap of BoundaryLayer says otherwise
	Tags     map[string]string `yaml:"tags,omitempty"`     // of the user or role; a session may add others
	TagsRead bool              `yaml:"tags_read"`          // Tags is all there is on the user or role
	// Gaps is what of the principal is not known: policies that could not be read
	// (the identity layer is then partly known) or the boundary.
	Gaps []LayerGap `yaml:"gaps,omitempty"`
}

// Policy is one document and where it is attached.
type Policy struct {
	Name     string // as people read it: "inline policy mail of role app"
	ARN      string // "" for an inline policy
	Document *policy.Document
	Err      error // the document cannot be parsed; Document is nil
}

// LayerGap is a gap in one layer.
type LayerGap struct {
	Layer policy.Layer `yaml:"layer"`
	Gap   *Gap         `yaml:"gap"`
}

// Endpoint says how the SES endpoint of a region is reached.
type Endpoint struct {
	Host      string   `yaml:"host"`
	Private   bool     `yaml:"private"`             // its name resolves to private addresses: a VPC endpoint, whose policy is not known
	Addresses []string `yaml:"addresses,omitempty"` // what it resolves to
}

// Fact is one thing that is known, or the gap in its place.
type Fact[T any] struct {
	Value T
	Gap   *Gap      // nil: Value is known
	At    time.Time // when it was read
	From  cache.Status
}

// Known reports whether the fact was read.
func (f Fact[T]) Known() bool { return f.Gap == nil && !f.At.IsZero() }
