package collect

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"golang.org/x/time/rate"
)

// sesAPI is what is asked of SES.
type sesAPI interface {
	GetAccount(context.Context, *sesv2.GetAccountInput, ...func(*sesv2.Options)) (*sesv2.GetAccountOutput, error)
	ListEmailIdentities(context.Context, *sesv2.ListEmailIdentitiesInput, ...func(*sesv2.Options)) (*sesv2.ListEmailIdentitiesOutput, error)
	GetEmailIdentity(context.Context, *sesv2.GetEmailIdentityInput, ...func(*sesv2.Options)) (*sesv2.GetEmailIdentityOutput, error)
	GetConfigurationSet(context.Context, *sesv2.GetConfigurationSetInput, ...func(*sesv2.Options)) (*sesv2.GetConfigurationSetOutput, error)
	GetTenant(context.Context, *sesv2.GetTenantInput, ...func(*sesv2.Options)) (*sesv2.GetTenantOutput, error)
	ListTenantResources(context.Context, *sesv2.ListTenantResourcesInput, ...func(*sesv2.Options)) (*sesv2.ListTenantResourcesOutput, error)
	ListMultiRegionEndpoints(context.Context, *sesv2.ListMultiRegionEndpointsInput, ...func(*sesv2.Options)) (*sesv2.ListMultiRegionEndpointsOutput, error)
	GetSuppressedDestination(context.Context, *sesv2.GetSuppressedDestinationInput, ...func(*sesv2.Options)) (*sesv2.GetSuppressedDestinationOutput, error)
}

// region is SES in one region, with the pace at which it may be asked.
type region struct {
	ses     sesAPI
	options sesv2.Options
	start   time.Time // no read before
	limit   *rate.Limiter
}

// region returns the region of that name. Reads are not retried by the SDK: a
// retry would not wait for its turn.
func (c *Collector) region(name string) *region {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, ok := c.regions[name]; ok {
		return r
	}
	client := sesv2.NewFromConfig(c.reads, func(o *sesv2.Options) {
		o.Region = name
		o.Retryer = aws.NopRetryer{}
	})
	r := &region{ses: client, options: client.Options(), start: time.Now(), limit: rate.NewLimiter(rate.Limit(c.opts.Reads), 1)}
	if c.opts.Reads < 0 {
		r.limit.SetLimit(rate.Inf)
	}
	if c.opts.StartJitter > 0 {
		r.start = r.start.Add(rand.N(c.opts.StartJitter))
	}
	c.regions[name] = r
	return r
}

// enter waits until SES may be asked.
func (r *region) enter(ctx context.Context) error {
	if early := time.Until(r.start); early > 0 {
		timer := time.NewTimer(early)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return r.limit.Wait(ctx)
}

func (r *region) leave() {}
