package relay

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// discardAgain is when credentials that came back unchanged after they were
// thrown away may be thrown away once more.
const discardAgain = 10 * time.Second

// credentials watches over the provider that signs the requests. The SDK caches
// what a provider gives until the time it says; when AWS calls a token expired
// before that, somebody has to drop it from the cache.
type credentials struct {
	provider aws.CredentialsProvider

	mu        sync.Mutex
	discarded aws.Credentials
	at        time.Time
}

func (c *credentials) retrieve(ctx context.Context) (aws.Credentials, error) {
	if c.provider == nil {
		return aws.Credentials{}, nil // the client says so better
	}
	got, err := c.provider.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("get credentials: %w", err)
	}
	return got, nil
}

// discard makes the next request fetch credentials anew. However many sends fail
// with the same ones, they are fetched once.
func (c *credentials) discard(used aws.Credentials) {
	cache, ok := c.provider.(interface{ Invalidate() })
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if sameKeys(c.discarded, used) && time.Since(c.at) < discardAgain {
		return
	}
	c.discarded, c.at = used, time.Now()
	cache.Invalidate()
}

func sameKeys(a, b aws.Credentials) bool {
	return a.AccessKeyID == b.AccessKeyID && a.SessionToken == b.SessionToken
}
