package collect

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// Opinion puts a question to IAM's policy simulator. Being let ask it needs no
// access to the policies themselves, nor to the organization's.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
func (c *Collector) Opinion(ctx context.Context, q facts.Simulation) (facts.Opinion, error) {
	opinion, err := c.iam.simulate(ctx, q)
	if err != nil {
		return facts.Opinion{}, c.gap("IAM's simulation of "+q.Principal, "iam:SimulatePrincipalPolicy", q.Principal, err)
	}
	return opinion, nil
}

func (r *iamReader) simulate(ctx context.Context, q facts.Simulation) (facts.Opinion, error) {
	list := iam.NewSimulatePrincipalPolicyPaginator(r.simulator, &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: &q.Principal,
		ActionNames:     []string{q.Action},
		ResourceArns:    q.Resources,
		ContextEntries:  contextEntries(q.Context),
	})
	var results []types.EvaluationResult
	err := pages(ctx, r.slots, list, func(page *iam.SimulatePrincipalPolicyOutput) error {
		results = append(results, page.EvaluationResults...)
		return listed(page.EvaluationResults)
	})
	if err != nil {
		return facts.Opinion{}, err
	}
	return opinion(q, results)
}

func contextEntries(entries []facts.ContextEntry) []types.ContextEntry {
	list := make([]types.ContextEntry, len(entries))
	for i, e := range entries {
		list[i] = types.ContextEntry{
			ContextKeyName:   aws.String(e.Key),
			ContextKeyType:   types.ContextKeyTypeEnum(cmp.Or(e.Type, string(types.ContextKeyTypeEnumString))),
			ContextKeyValues: e.Values,
		}
	}
	return list
}

// opinion makes one of results, of which there may be one for all resources or,
// from older simulators, one for each.
func opinion(q facts.Simulation, results []types.EvaluationResult) (facts.Opinion, error) {
	o := facts.Opinion{Resources: make([]facts.ResourceOpinion, len(q.Resources))}
	for _, result := range results {
		if d := result.OrganizationsDecisionDetail; d != nil && o.Organizations != policy.No {
			o.Organizations = truth(d.AllowedByOrganizations)
		}
		for i, arn := range q.Resources {
			if on, ok := resourceOpinion(result, arn); ok {
				o.Resources[i] = on
			}
		}
	}
	for _, on := range o.Resources {
		if on.Decision == "" {
			return facts.Opinion{}, errMalformed
		}
	}
	return o, nil
}

func resourceOpinion(result types.EvaluationResult, arn string) (on facts.ResourceOpinion, ok bool) {
	for _, r := range result.ResourceSpecificResults {
		if aws.ToString(r.EvalResourceName) == arn {
			return facts.ResourceOpinion{
				ARN:      arn,
				Decision: string(r.EvalResourceDecision),
				Boundary: boundaryTruth(r.PermissionsBoundaryDecisionDetail),
				Matched:  policyIDs(r.MatchedStatements),
				Missing:  r.MissingContextValues,
			}, true
		}
	}
	if aws.ToString(result.EvalResourceName) != arn {
		return on, false
	}
	return facts.ResourceOpinion{
		ARN:      arn,
		Decision: string(result.EvalDecision),
		Boundary: boundaryTruth(result.PermissionsBoundaryDecisionDetail),
		Matched:  policyIDs(result.MatchedStatements),
		Missing:  result.MissingContextValues,
	}, true
}

func boundaryTruth(d *types.PermissionsBoundaryDecisionDetail) policy.Truth {
	if d == nil {
		return policy.Maybe
	}
	return truth(d.AllowedByPermissionsBoundary)
}

func policyIDs(statements []types.Statement) (ids []string) {
	for _, s := range statements {
		ids = append(ids, aws.ToString(s.SourcePolicyId))
	}
	return ids
}

func truth(b bool) policy.Truth {
	if b {
		return policy.Yes
	}
	return policy.No
}
