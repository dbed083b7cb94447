package collect

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"sesgate/authz/facts"
)

// managed reads the default version of a managed policy.
func (r *iamReader) managed(ctx context.Context, label, arn string) (facts.Policy, *facts.Gap) {
	out, err := ask(ctx, r.slots, r.policies.GetPolicy, &iam.GetPolicyInput{PolicyArn: &arn})
	if err == nil && (out.Policy == nil || aws.ToString(out.Policy.DefaultVersionId) == "") {
		err = errMalformed
	}
	if err != nil {
		return facts.Policy{}, r.gap(label, "iam:GetPolicy", arn, err)
	}
	document, err := r.version(ctx, arn, *out.Policy.DefaultVersionId)
	if err != nil {
		return facts.Policy{}, r.gap(label, "iam:GetPolicyVersion", arn, err)
	}
	return parse(label, arn, document), nil
}

func (r *iamReader) version(ctx context.Context, arn, id string) (*string, error) {
	if document := r.versions.get(arn, id); document != nil {
		return document, nil
	}
	out, err := ask(ctx, r.slots, r.policies.GetPolicyVersion, &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: &id})
	if err != nil {
		return nil, err
	}
	if out.PolicyVersion == nil || out.PolicyVersion.Document == nil {
		return nil, errMalformed
	}
	r.versions.put(arn, id, out.PolicyVersion.Document)
	return out.PolicyVersion.Document, nil
}

// versions remembers the documents of managed policies. A version never changes,
// so that a policy is read again only when another version becomes the default.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
type versions struct {
	mu   sync.Mutex
	last map[string]version // by ARN
}

type version struct {
	id       string
	document *string
}

// maxVersions is far more than can be attached to a principal and its groups.
const maxVersions = 1000

func (v *versions) get(arn, id string) *string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if last := v.last[arn]; last.id == id {
		return last.document
	}
	return nil
}

func (v *versions) put(arn, id string, document *string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.last == nil || len(v.last) >= maxVersions {
		v.last = make(map[string]version)
	}
	v.last[arn] = version{id, document}
}
