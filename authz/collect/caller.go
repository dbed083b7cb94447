package collect

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// Caller asks STS whose the credentials are. No policy can refuse that.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func (c *Collector) Caller(ctx context.Context) (facts.Caller, error) {
	caller, err := c.caller(ctx)
	if err != nil {
		return facts.Caller{}, asker{}.gap("caller", "sts:GetCallerIdentity", "*", err)
	}
	c.owner.Store(&caller)
	return caller, nil
}

func (c *Collector) caller(ctx context.Context) (facts.Caller, error) {
	out, err := c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return facts.Caller{}, err
	}
	parsed, err := arn.Parse(aws.ToString(out.Arn))
	if err != nil || parsed.Partition == "" || parsed.AccountID == "" || parsed.AccountID != aws.ToString(out.Account) {
		return facts.Caller{}, fmt.Errorf("caller %q of account %q: %w", aws.ToString(out.Arn), aws.ToString(out.Account), errMalformed)
	}
	caller := facts.Caller{
		ARN:       parsed.String(),
		Account:   parsed.AccountID,
		UserID:    aws.ToString(out.UserId),
		Partition: parsed.Partition,
	}
	if c.cfg.Credentials == nil {
		return caller, nil
	}
	credentials, err := c.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return facts.Caller{}, fmt.Errorf("retrieve credentials: %w", err)
	}
	caller.Temporary = credentials.SessionToken != ""
	caller.SessionPolicy = sessionPolicy(credentials)
	caller.Credentials = credentials.Source
	return caller, nil
}

// sessionPolicy says whether a session of these credentials may carry a policy of
// its own. Long-term keys have no session; the instance's role, a web identity and
// a role of the shared configuration are assumed without one: EC2 and the SDK
// offer no way to pass it. How other credentials were made cannot be seen.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
func sessionPolicy(c aws.Credentials) policy.Truth {
	if c.SessionToken == "" || slices.Contains(withoutSessionPolicy, c.Source) {
		return policy.No
	}
	return policy.Maybe
}

var withoutSessionPolicy = []string{ec2rolecreds.ProviderName, stscreds.WebIdentityProviderName, stscreds.ProviderName}
