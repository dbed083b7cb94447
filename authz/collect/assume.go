package collect

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Assume gives the credentials of a role, by its ARN, that those of cfg assume
// under the session's name. The session carries no policy of its own. Nothing is
// asked before credentials are needed. It is safe for concurrent use.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
func Assume(cfg aws.Config, role, session string) aws.CredentialsProvider {
	provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = session
	})
	return aws.NewCredentialsCache(&assumed{provider, role})
}

// assumed are the credentials of a role. Their errors name it.
type assumed struct {
	*stscreds.AssumeRoleProvider
	role string
}

// Retrieve assumes the role.
func (a *assumed) Retrieve(ctx context.Context) (aws.Credentials, error) {
	credentials, err := a.AssumeRoleProvider.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, &assumeError{a.role, err}
	}
	return credentials, nil
}

// assumeError says that a call was not made: its role could not be assumed.
type assumeError struct {
	role string
	err  error
}

func (e *assumeError) Error() string { return fmt.Sprintf("assume %s: %v", e.role, e.err) }
func (e *assumeError) Unwrap() error { return e.err }

// checker are the credentials of a role that reads in the sender's place. What they
// read is of their own account, which has to be the sender's.
type checker struct {
	aws.CredentialsProvider
	role   string
	sender *Collector
}

// Retrieve gives the role's credentials once it is known who sends.
func (c *checker) Retrieve(ctx context.Context) (aws.Credentials, error) {
	sender := c.sender.owner.Load()
	if sender == nil {
		asked, err := c.sender.Caller(ctx)
		if err != nil {
			return aws.Credentials{}, err
		}
		sender = &asked
	}
	role, err := arn.Parse(c.role)
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("role that reads facts, %q: %w", c.role, err)
	}
	if role.AccountID != sender.Account {
		return aws.Credentials{}, fmt.Errorf("%s would read account %s, and account %s sends: name a role of that account", c.role, role.AccountID, sender.Account)
	}
	return c.CredentialsProvider.Retrieve(ctx)
}
