package collect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// Account reads whether and how much the account may send in a region.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html
func (c *Collector) Account(ctx context.Context, name string) (facts.Account, error) {
	r := c.region(name)
	out, err := ask(ctx, r, r.ses.GetAccount, &sesv2.GetAccountInput{})
	if err == nil && out.EnforcementStatus == nil && out.SendQuota == nil {
		err = errMalformed
	}
	if err != nil {
		return facts.Account{}, c.gap("SES account in "+name, "ses:GetAccount", "*", err)
	}
	a := facts.Account{
		Sandbox:        !out.ProductionAccessEnabled,
		SendingEnabled: out.SendingEnabled,
		Enforcement:    aws.ToString(out.EnforcementStatus),
		Max24HourSend:  -1,
	}
	if q := out.SendQuota; q != nil {
		a.Max24HourSend, a.MaxSendRate, a.SentLast24Hours = q.Max24HourSend, q.MaxSendRate, q.SentLast24Hours
	}
	return a, nil
}

// Index lists the identities of the account in a region.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_ListEmailIdentities.html
func (c *Collector) Index(ctx context.Context, name string) (facts.Index, error) {
	r := c.region(name)
	var index facts.Index
	list := sesv2.NewListEmailIdentitiesPaginator(r.ses, &sesv2.ListEmailIdentitiesInput{PageSize: aws.Int32(1000)})
	err := pages(ctx, r, list, func(page *sesv2.ListEmailIdentitiesOutput) error {
		if page.EmailIdentities == nil {
			return errMalformed
		}
		for _, i := range page.EmailIdentities {
			if aws.ToString(i.IdentityName) == "" {
				return errMalformed
			}
			index.Identities = append(index.Identities, facts.IndexEntry{
				Name:    aws.ToString(i.IdentityName),
				Type:    string(i.IdentityType),
				Status:  string(i.VerificationStatus),
				Sending: i.SendingEnabled,
			})
		}
		return nil
	})
	if err != nil {
		return facts.Index{}, c.gap("SES identities in "+name, "ses:ListEmailIdentities", "*", err)
	}
	return index, nil
}

// Identity reads one identity with its sending authorization policies.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetEmailIdentity.html
func (c *Collector) Identity(ctx context.Context, region, name string) (facts.Identity, error) {
	if strings.HasPrefix(name, "arn:") {
		return facts.Identity{}, &facts.Gap{What: "sending authorization of " + name, Err: errOthers}
	}
	r := c.region(region)
	out, err := ask(ctx, r, r.ses.GetEmailIdentity, &sesv2.GetEmailIdentityInput{EmailIdentity: &name})
	if notFound(err) {
		return facts.Identity{Name: name}, nil
	}
	if err == nil && (out.IdentityType == "" || out.VerificationStatus == "") {
		err = errMalformed
	}
	if err != nil {
		return facts.Identity{}, c.gap(fmt.Sprintf("identity %s in %s", name, region), "ses:GetEmailIdentity", c.arn(region, "identity", name), err)
	}
	i := facts.Identity{
		Name:             name,
		Exists:           true,
		Type:             string(out.IdentityType),
		Status:           string(out.VerificationStatus),
		VerifiedToSend:   out.VerifiedForSendingStatus,
		ConfigurationSet: aws.ToString(out.ConfigurationSetName),
		Policies:         authorizations(name, out.Policies),
	}
	if v := out.VerificationInfo; v != nil {
		i.ErrorType = string(v.ErrorType)
	}
	if d := out.DkimAttributes; d != nil {
		i.DKIMTokens, i.DKIMZone = d.Tokens, aws.ToString(d.SigningHostedZone)
	}
	if m := out.MailFromAttributes; m != nil {
		i.MailFrom = facts.MailFrom{
			Domain: aws.ToString(m.MailFromDomain),
			Status: string(m.MailFromDomainStatus),
			Reject: m.BehaviorOnMxFailure == types.BehaviorOnMxFailureRejectMessage,
		}
	}
	return i, nil
}

// authorizations parses an identity's policies, which SES sends as plain JSON.
func authorizations(identity string, documents map[string]string) []facts.Policy {
	var list []facts.Policy
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		p := facts.Policy{Name: fmt.Sprintf("sending authorization policy %s of identity %s", name, identity)}
		p.Document, p.Err = policy.Parse(p.Name, []byte(documents[name]))
		if p.Err != nil {
			p.Document = nil
		}
		list = append(list, p)
	}
	return list
}

// ConfigurationSet reads whether a configuration set exists and sends. One of
// which SES does not say that it is paused sends.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetConfigurationSet.html
func (c *Collector) ConfigurationSet(ctx context.Context, region, name string) (facts.ConfigurationSet, error) {
	r := c.region(region)
	out, err := ask(ctx, r, r.ses.GetConfigurationSet, &sesv2.GetConfigurationSetInput{ConfigurationSetName: &name})
	if notFound(err) {
		return facts.ConfigurationSet{Name: name}, nil
	}
	if err == nil && aws.ToString(out.ConfigurationSetName) != name {
		err = errMalformed
	}
	if err != nil {
		return facts.ConfigurationSet{}, c.gap(fmt.Sprintf("configuration set %s in %s", name, region), "ses:GetConfigurationSet", c.arn(region, "configuration-set", name), err)
	}
	return facts.ConfigurationSet{
		Name:           name,
		Exists:         true,
		SendingEnabled: out.SendingOptions == nil || out.SendingOptions.SendingEnabled,
	}, nil
}

func notFound(err error) bool {
	_, ok := errors.AsType[*types.NotFoundException](err)
	return ok
}

// arn names a resource of SES in the caller's account; while that is not known,
// any account.
func (c *Collector) arn(region, kind, name string) string {
	partition, account := "aws", "*"
	if caller := c.owner.Load(); caller != nil {
		partition, account = caller.Partition, caller.Account
	}
	return fmt.Sprintf("arn:%s:ses:%s:%s:%s/%s", partition, region, account, kind, name)
}
