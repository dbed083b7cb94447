package facts

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// File is a Source over a file that people write and read: what is known about AWS
// without asking it. What it does not hold is a [Gap]. It answers for the principal
// that sends by no role of a route; As has the others. It is not changed once it is
// made, and makes no calls.
type File struct {
	part
	doc document
}

// document is the file's content.
type document struct {
	Version int       `yaml:"version"`           // 1
	Written time.Time `yaml:"written,omitempty"` // when it was gathered
	Region  string    `yaml:"region,omitempty"`  // in which mail is sent if nothing else is said
	held    `yaml:",inline"`
	Roles   map[string]*held `yaml:"roles,omitempty"` // by the ARN of the role that a route assumes
}

// held is what is known for one sending principal, nil or missing if it is not.
type held struct {
	Caller        *dated[Caller]                  `yaml:"caller,omitempty"`
	Principal     *dated[Principal]               `yaml:"principal,omitempty"`
	Organizations map[string]*dated[Organization] `yaml:"organizations,omitempty"` // by account
	Regions       map[string]*region              `yaml:"regions,omitempty"`
}

// region is what SES holds in one region.
type region struct {
	Endpoint          *dated[Endpoint]                    `yaml:"endpoint,omitempty"`
	Account           *dated[Account]                     `yaml:"account,omitempty"`
	Index             *dated[Index]                       `yaml:"index,omitempty"`
	Identities        map[string]*dated[Identity]         `yaml:"identities,omitempty"` // by name, others' by ARN
	ConfigurationSets map[string]*dated[ConfigurationSet] `yaml:"configuration_sets,omitempty"`
	Tenants           map[string]*dated[Tenant]           `yaml:"tenants,omitempty"`
	GlobalEndpoints   map[string]*dated[GlobalEndpoint]   `yaml:"global_endpoints,omitempty"`
}

// dated is a fact and when it was read; zero if that is not known.
type dated[T any] struct {
	Read  time.Time `yaml:"read,omitempty"`
	Value T         `yaml:",inline"`
}

// part is a Source over what is held for one principal.
type part struct {
	file string // its name
	*held
}

var _ Source = (*File)(nil)

// As returns what the file holds for a route that assumes the role; "" is none.
func (f *File) As(role string) Source {
	if role == "" {
		return f.part
	}
	if h := f.doc.Roles[role]; h != nil {
		return part{f.file, h}
	}
	return part{f.file, &held{}}
}

// Written says when the file was gathered; zero if it does not say.
func (f *File) Written() time.Time { return f.doc.Written }

// Region is the one in which mail is sent if nothing else is said: the one named
// in the file, or its only one. It is "" if there is neither.
func (f *File) Region() string {
	if regions := f.Regions(); f.doc.Region == "" && len(regions) == 1 {
		return regions[0]
	}
	return f.doc.Region
}

// Regions returns those that the file knows something of, sorted.
func (f *File) Regions() []string {
	regions := slices.Collect(maps.Keys(f.part.Regions))
	for _, h := range f.doc.Roles {
		regions = slices.AppendSeq(regions, maps.Keys(h.Regions))
	}
	slices.Sort(regions)
	return slices.Compact(regions)
}

// Whole reports whether the file says who sends, so that it can stand in for AWS.
func (f *File) Whole() bool { return f.held.Caller != nil }

// Caller implements [Source].
func (p part) Caller(context.Context) (Caller, error) {
	return one(p, p.held.Caller, subject{kind: KindCaller})
}

// Principal implements [Source]. Another caller's is not held.
func (p part) Principal(_ context.Context, caller Caller) (Principal, error) {
	of := subject{kind: KindPrincipal, name: caller.ARN}
	if p.held.Principal == nil || !p.isBehind(caller) {
		return Principal{}, p.lacks(of)
	}
	return p.held.Principal.Value, nil
}

// isBehind reports whether the principal that is held is the caller's: a role's
// sessions have names of their own.
func (p part) isBehind(caller Caller) bool {
	if p.held.Caller != nil {
		return holder(p.held.Caller.Value.ARN) == holder(caller.ARN)
	}
	return withoutPath(p.held.Principal.Value.ARN) == holder(caller.ARN)
}

// holder is the role behind a session, without path, and other callers as they are:
// arn:aws:sts::1:assumed-role/app/i-0abc → arn:aws:iam::1:role/app.
func holder(arn string) string {
	head, rest, ok := strings.Cut(arn, ":assumed-role/")
	if !ok {
		return withoutPath(arn)
	}
	role, _, _ := strings.Cut(rest, "/")
	return strings.Replace(head, ":sts:", ":iam:", 1) + ":role/" + role
}

// withoutPath drops the path of a user or role.
func withoutPath(arn string) string {
	first, last := strings.Index(arn, "/"), strings.LastIndex(arn, "/")
	if first == last {
		return arn
	}
	return arn[:first] + arn[last:]
}

// Organization implements [Source].
func (p part) Organization(_ context.Context, caller Caller) (Organization, error) {
	return one(p, p.Organizations[caller.Account], subject{kind: KindOrganization, name: caller.Account})
}

// Endpoint implements [Source].
func (p part) Endpoint(_ context.Context, region string) (Endpoint, error) {
	return one(p, p.in(region).Endpoint, subject{kind: KindEndpoint, region: region})
}

// Account implements [Source].
func (p part) Account(_ context.Context, region string) (Account, error) {
	return one(p, p.in(region).Account, subject{kind: KindAccount, region: region})
}

// Index implements [Source].
func (p part) Index(_ context.Context, region string) (Index, error) {
	return one(p, p.in(region).Index, subject{kind: KindIndex, region: region})
}

// Identity implements [Source]; the name of another account's is its ARN.
func (p part) Identity(_ context.Context, region, name string) (Identity, error) {
	return one(p, p.in(region).Identities[name], subject{KindIdentity, region, name})
}

// ConfigurationSet implements [Source].
func (p part) ConfigurationSet(_ context.Context, region, name string) (ConfigurationSet, error) {
	return one(p, p.in(region).ConfigurationSets[name], subject{KindConfigurationSet, region, name})
}

// Tenant implements [Source].
func (p part) Tenant(_ context.Context, region, name string) (Tenant, error) {
	return one(p, p.in(region).Tenants[name], subject{KindTenant, region, name})
}

// GlobalEndpoint implements [Source].
func (p part) GlobalEndpoint(_ context.Context, region, id string) (GlobalEndpoint, error) {
	return one(p, p.in(region).GlobalEndpoints[id], subject{KindGlobalEndpoint, region, id})
}

// Suppression implements [Source]: files hold no recipients.
func (p part) Suppression(_ context.Context, region, address string) (Suppression, error) {
	return Suppression{}, p.lacks(subject{KindSuppression, region, address})
}

// Opinion implements [Source]: a file holds policies, and not what IAM makes of
// them.
func (p part) Opinion(_ context.Context, question Simulation) (Opinion, error) {
	return Opinion{}, p.lacks(subject{kind: KindOpinion, name: question.Principal})
}

func (p part) in(name string) *region {
	if r := p.held.Regions[name]; r != nil {
		return r
	}
	return &region{}
}

// one is a fact that is held, or the gap in its place.
func one[T any](p part, fact *dated[T], of subject) (T, error) {
	if fact == nil {
		var none T
		return none, p.lacks(of)
	}
	return fact.Value, nil
}

func (p part) lacks(of subject) *Gap { return &Gap{What: of.what(), Err: absent{p.file}} }

// absent says that a file does not hold a fact.
type absent struct{ file string }

func (a absent) Error() string { return "not in " + a.file }
