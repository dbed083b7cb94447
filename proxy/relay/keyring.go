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

// keyring watches over the provider that signs the requests. The SDK caches
// what a provider gives until the time it says; when AWS calls a token expired
// before that, somebody has to drop it from the cache.
type keyring struct {
	provider aws.CredentialsProvider

	mu        sync.Mutex
	discarded aws.Credentials
	at        time.Time
}

func (k *keyring) retrieve(ctx context.Context) (aws.Credentials, error) {
	if k.provider == nil {
		return aws.Credentials{}, nil // the client says so better
	}
	got, err := k.provider.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("get credentials: %w", err)
	}
	return got, nil
}

// discard makes the next request fetch credentials anew. However many sends fail
// with the same ones, they are fetched once.
func (k *keyring) discard(used aws.Credentials) {
	cache, ok := k.provider.(interface{ Invalidate() })
	if !ok {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if sameKeys(k.discarded, used) && time.Since(k.at) < discardAgain {
		return
	}
	k.discarded, k.at = used, time.Now()
	cache.Invalidate()
}

func sameKeys(a, b aws.Credentials) bool {
	return a.AccessKeyID == b.AccessKeyID && a.SessionToken == b.SessionToken
}
