package collect

import (
	"context"
	"fmt"
	"net/url"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// findings are policies and what of them could not be read, in an order that does
// not depend on which answer came first.
type findings struct {
	policies []facts.Policy
	gaps     []facts.LayerGap
}

func (f *findings) add(more findings) {
	f.policies = append(f.policies, more.policies...)
	f.gaps = append(f.gaps, more.gaps...)
}

func (f *findings) lack(layer policy.Layer, gap *facts.Gap) {
	f.gaps = append(f.gaps, facts.LayerGap{Layer: layer, Gap: gap})
}

// together runs read on all items at once and joins the findings in their order.
func together[T any](items []T, read func(T) findings) findings {
	each := make([]findings, len(items))
	var reads sync.WaitGroup
	for i, item := range items {
		reads.Go(func() { each[i] = read(item) })
	}
	reads.Wait()
	var all findings
	for _, f := range each {
		all.add(f)
	}
	return all
}

// held reads the policies that hang on h: inline ones, then attached ones, each in
// IAM's order.
func (r *iamReader) held(ctx context.Context, h holder) findings {
	kinds := []func(context.Context, holder) findings{r.inline, r.attached}
	return together(kinds, func(read func(context.Context, holder) findings) findings { return read(ctx, h) })
}

func (r *iamReader) inline(ctx context.Context, h holder) findings {
	names, err := h.inline(ctx)
	all := together(names, func(name string) findings {
		var f findings
		label := fmt.Sprintf("inline policy %s of %s", name, h.label())
		encoded, err := h.document(ctx, name)
		if err != nil {
			f.lack(policy.Identity, r.gap(label, "iam:Get"+h.kind()+"Policy", h.arn(), err))
			return f
		}
		f.policies = []facts.Policy{parse(label, "", encoded)}
		return f
	})
	if err != nil {
		all.lack(policy.Identity, r.gap("inline policies of "+h.label(), "iam:List"+h.kind()+"Policies", h.arn(), err))
	}
	return all
}

func (r *iamReader) attached(ctx context.Context, h holder) findings {
	list, err := h.attached(ctx)
	all := together(list, func(p types.AttachedPolicy) findings {
		var f findings
		label := fmt.Sprintf("managed policy %s of %s", aws.ToString(p.PolicyName), h.label())
		read, missing := r.managed(ctx, label, aws.ToString(p.PolicyArn))
		if missing != nil {
			f.lack(policy.Identity, missing)
			return f
		}
		f.policies = []facts.Policy{read}
		return f
	})
	if err != nil {
		all.lack(policy.Identity, r.gap("managed policies of "+h.label(), "iam:ListAttached"+h.kind()+"Policies", h.arn(), err))
	}
	return all
}

// parse reads a document as IAM sends it: URL-encoded as of RFC 3986, where a plus
// sign stands for itself, as in the address a+b@example.com.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html
func parse(label, arn string, encoded *string) facts.Policy {
	p := facts.Policy{Name: label, ARN: arn}
	plain, err := url.PathUnescape(aws.ToString(encoded))
	if err != nil {
		p.Err = fmt.Errorf("decode %s: %w", label, err)
		return p
	}
	p.Document, p.Err = policy.Parse(label, []byte(plain))
	if p.Err != nil {
		p.Document = nil
	}
	return p
}
