package awssim

import (
	"strconv"
)

// simulation is an entry of iam/simulations.json: what IAM's policy simulator says.
// The world states it; nothing is evaluated.
type simulation struct {
	Principal     list   `json:"principal"`
	Action        list   `json:"action"`
	Resource      list   `json:"resource"`
	Decision      string `json:"decision"`      // allowed without; or explicitDeny, implicitDeny
	Organizations *bool  `json:"organizations"` // not said without
	Boundary      *bool  `json:"boundary"`
	Missing       list   `json:"missing"` // condition keys
}

func (s *state) readSimulations(_ []string, data []byte) error {
	return decodeStrict(data, &s.simulations)
}

// simulationResult is one EvaluationResult, in the shape of the query protocol.
type simulationResult struct {
	EvalActionName                    string
	EvalResourceName                  string
	EvalDecision                      string
	MissingContextValues              []string              `xml:"MissingContextValues>member"`
	OrganizationsDecisionDetail       *organizationsDetail  `xml:",omitempty"`
	PermissionsBoundaryDecisionDetail *boundaryDetail       `xml:",omitempty"`
	ResourceSpecificResults           []resourceSimulations `xml:"ResourceSpecificResults>member"`
}

type (
	organizationsDetail struct{ AllowedByOrganizations bool }
	boundaryDetail      struct{ AllowedByPermissionsBoundary bool }
	resourceSimulations struct {
		EvalResourceName                  string
		EvalResourceDecision              string
		MissingContextValues              []string        `xml:"MissingContextValues>member"`
		PermissionsBoundaryDecisionDetail *boundaryDetail `xml:",omitempty"`
	}
)

// simulatePrincipalPolicy answers what iam/simulations.json has. A question that
// it has nothing on is refused, as to most principals the simulator is.
// Source: IAM API Reference, "SimulatePrincipalPolicy".
func (c *call) simulatePrincipalPolicy() (any, error) {
	form := c.parameters()
	principal, action := form.Get("PolicySourceArn"), form.Get("ActionNames.member.1")
	c.resource = principal
	if err := c.refused("iam:SimulatePrincipalPolicy", principal); err != nil {
		return nil, err
	}
	result := simulationResult{EvalActionName: action, EvalResourceName: "arn:${Partition}:ses:${Region}:${Account}:identity/${IdentityName}", EvalDecision: "allowed"}
	for i := 1; form.Has("ResourceArns.member." + strconv.Itoa(i)); i++ {
		arn := form.Get("ResourceArns.member." + strconv.Itoa(i))
		said, ok := c.simulated(principal, action, arn)
		if !ok {
			return nil, c.word(&refusal{}, action, principal, c.standardRefusal(&refusal{}, "iam:SimulatePrincipalPolicy", principal))
		}
		result.add(arn, said)
	}
	return struct {
		EvaluationResults []simulationResult `xml:"EvaluationResults>member"`
		IsTruncated       bool
	}{EvaluationResults: []simulationResult{result}}, nil
}

func (s *state) simulated(principal, action, resource string) (simulation, bool) {
	for _, said := range s.simulations {
		if holds(said.Principal, principal) && holds(said.Action, action) && holds(said.Resource, resource) {
			return said, true
		}
	}
	return simulation{}, false
}

func (r *simulationResult) add(arn string, said simulation) {
	on := resourceSimulations{EvalResourceName: arn, EvalResourceDecision: firstOf(said.Decision, "allowed"), MissingContextValues: said.Missing}
	if on.EvalResourceDecision != "allowed" {
		r.EvalDecision = on.EvalResourceDecision
	}
	if said.Organizations != nil && (r.OrganizationsDecisionDetail == nil || !*said.Organizations) {
		r.OrganizationsDecisionDetail = &organizationsDetail{*said.Organizations}
	}
	if said.Boundary != nil {
		on.PermissionsBoundaryDecisionDetail = &boundaryDetail{*said.Boundary}
	}
	r.ResourceSpecificResults = append(r.ResourceSpecificResults, on)
}
