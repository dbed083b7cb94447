package facts

import (
	"encoding/json"

	"sesgate/authz/policy"
)

// Simulation is a question to IAM's policy simulator: whether a user or role may
// do something with resources, in a context. It is asked where service control
// policies cannot be read: the simulator knows them.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
type Simulation struct {
	Principal string         // ARN of the user or role, not of a session
	Action    string         // "ses:SendRawEmail"
	Resources []string       // ARNs
	Context   []ContextEntry // in any order; a key stands once
}

// ContextEntry is the value of one condition key.
type ContextEntry struct {
	Key    string // "ses:FromAddress"
	Type   string // as the simulator names it: string, stringList, boolean, date, ip, …; "" is string
	Values []string
}

// Opinion is what the simulator says of a [Simulation], in its context and with
// the policies that IAM has for the principal. It does not see session policies
// and VPC endpoint policies, nor, for roles, sending authorization policies.
type Opinion struct {
	// Organizations says whether the service control policies allow the action on
	// all of the resources; Maybe where the simulator does not say.
	Organizations policy.Truth
	Resources     []ResourceOpinion // in the order of the question
}

// ResourceOpinion is an [Opinion] on one resource.
type ResourceOpinion struct {
	ARN      string
	Decision string       // allowed, explicitDeny, implicitDeny
	Boundary policy.Truth // whether the permissions boundary allows it; Maybe if there is none or nothing is said
	Matched  []string     // ids of the policies whose statements decided; never those of SCPs
	Missing  []string     // condition keys that the policies ask for and the context lacks; never those of SCPs
}

// question is a simulation as the key of a cache.
func (s *Simulation) question() string {
	text, _ := json.Marshal(s) // strings only
	return string(text)
}

func parseQuestion(text string) (s Simulation) {
	_ = json.Unmarshal([]byte(text), &s) // written by question
	return s
}
