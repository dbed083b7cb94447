// Package collect learns from AWS what package facts holds: it asks STS, IAM, SES
// and Organizations, and turns each call that is refused into a gap that names the
// permission which would fill it.
//
// A [Collector] does not cache, with one exception: versions of managed policies,
// which never change, are read once. SES allows one control-plane read a second
// in each region, shared by everything in the account; the Collector keeps to it.
package collect

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"golang.org/x/time/rate"

	"sesgate/authz/facts"
)

// Options change how a [Collector] asks. The zero value suits AWS.
type Options struct {
	// Reads is how many SES control-plane reads a second are made in each region;
	// 0: 1, which is what AWS allows; below 0: without limit, for a simulator.
	// https://docs.aws.amazon.com/ses/latest/dg/quotas.html
	Reads float64
	// StartJitter spreads the first SES read in a region over this long, so that
	// processes started together do not ask together; 0: at once.
	StartJitter time.Duration
	// Checker is the ARN of a role that is assumed to read all but who sends: IAM, SES
	// and Organizations. It has to be of the sender's account, else nothing is read;
	// "": the sender reads.
	Checker string
	// CheckerFrom are the credentials that assume it; nil: the sender's.
	CheckerFrom aws.CredentialsProvider
	// Resolver looks host names up; nil: net.DefaultResolver.
	Resolver func(ctx context.Context, host string) ([]netip.Addr, error)
}

// Collector is a [facts.Source] over AWS. It is safe for concurrent use and has
// nothing to close.
type Collector struct {
	asker
	cfg   aws.Config // of the sender
	reads aws.Config // of who reads about it
	opts  Options

	sts           stsAPI
	organizations organizationsAPI
	orgSlots      slots // its rates are a few calls a second for the whole organization
	// describePolicy is the pace of the slowest of them, a little below AWS's 2 a second.
	// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
	describePolicy *rate.Limiter
	iam            iamReader

	owner atomic.Pointer[facts.Caller] // the last caller seen, for ARNs of its account

	mu      sync.Mutex
	regions map[string]*region
}

var _ facts.Source = (*Collector)(nil)

// The calls that are made, and no more.
type (
	stsAPI interface {
		GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
	}
	organizationsAPI interface {
		DescribeOrganization(context.Context, *organizations.DescribeOrganizationInput, ...func(*organizations.Options)) (*organizations.DescribeOrganizationOutput, error)
		ListRoots(context.Context, *organizations.ListRootsInput, ...func(*organizations.Options)) (*organizations.ListRootsOutput, error)
		ListParents(context.Context, *organizations.ListParentsInput, ...func(*organizations.Options)) (*organizations.ListParentsOutput, error)
		ListPoliciesForTarget(context.Context, *organizations.ListPoliciesForTargetInput, ...func(*organizations.Options)) (*organizations.ListPoliciesForTargetOutput, error)
		DescribePolicy(context.Context, *organizations.DescribePolicyInput, ...func(*organizations.Options)) (*organizations.DescribePolicyOutput, error)
		DescribeOrganizationalUnit(context.Context, *organizations.DescribeOrganizationalUnitInput, ...func(*organizations.Options)) (*organizations.DescribeOrganizationalUnitOutput, error)
	}
)

// New returns a Collector that asks with the credentials, HTTP client and
// endpoints of cfg: who sends is who these credentials are of. Where cfg comes from
// the environment, so does everything that people configure there.
func New(cfg aws.Config, opts Options) *Collector {
	opts.Reads = cmp.Or(opts.Reads, 1)
	cfg.HTTPClient = newClient(cfg.HTTPClient)
	if opts.Resolver == nil {
		opts.Resolver = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	few := retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = 3
		o.MaxBackoff = 2 * time.Second
	})
	c := &Collector{
		asker:    asker{opts.Checker},
		cfg:      cfg,
		reads:    cfg.Copy(),
		opts:     opts,
		sts:      sts.NewFromConfig(cfg, func(o *sts.Options) { o.Retryer = few }),
		orgSlots: make(slots, 1),
		regions:  make(map[string]*region),

		describePolicy: rate.NewLimiter(1.8, 2),
	}
	if opts.Reads < 0 {
		c.describePolicy.SetLimit(rate.Inf)
	}
	if opts.Checker != "" {
		if opts.CheckerFrom != nil {
			c.reads.Credentials = opts.CheckerFrom
		}
		assumed := Assume(c.reads, opts.Checker, "sesgate-checker")
		c.reads.Credentials = &checker{assumed, opts.Checker, c}
	}
	c.organizations = organizations.NewFromConfig(c.reads, func(o *organizations.Options) { o.Retryer = few })
	c.iam = newIAMReader(iam.NewFromConfig(c.reads, func(o *iam.Options) { o.Retryer = few }), c.asker)
	return c
}
