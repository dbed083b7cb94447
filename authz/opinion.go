package authz

import (
	"fmt"
	"slices"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// simulation is what to ask IAM's policy simulator: whether the organization lets
// the principal send, where its service control policies cannot be read. nil if
// that is not the question, or too little is known to ask it. Recipients are left
// out, and the time: the same question serves many messages.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
func (j *judgement) simulation() *facts.Simulation {
	o, p := &j.snap.Organization, &j.snap.Principal
	if !o.Known() || !o.Value.Restricts() || len(o.Value.Levels) > 0 || !p.Known() || p.Value.Kind != "role" && p.Value.Kind != "user" {
		return nil
	}
	if !j.fromKnown() || len(j.arns) == 0 || j.sender.name == "" {
		return nil
	}
	q := &facts.Simulation{
		Principal: p.Value.ARN,
		Action:    sendAction,
		Resources: []string{j.identityARN(j.sender.name)},
		Context: []facts.ContextEntry{
			{Key: "aws:RequestedRegion", Values: []string{j.snap.Region}},
			{Key: "aws:SecureTransport", Type: "boolean", Values: []string{"true"}},
			{Key: "ses:ApiVersion", Values: []string{"2"}},
			{Key: "ses:FromAddress", Values: []string{j.req.Header.From}},
		},
	}
	if set, _, known := j.setInUse(); known && set != "" {
		q.Resources = append(q.Resources, j.setARN(set))
	}
	return q
}

// allowedByOpinion reports whether the simulator says that the organization allows
// the action on a resource.
func (j *judgement) allowedByOpinion(arn string) bool {
	o := &j.snap.Opinion
	return o.Known() && o.Value.Organizations == policy.Yes &&
		slices.ContainsFunc(o.Value.Resources, func(r facts.ResourceOpinion) bool { return r.ARN == arn })
}

// deniedByOpinion reports whether the simulator says that the organization does not
// allow the action.
func (j *judgement) deniedByOpinion() bool {
	o := &j.snap.Opinion
	return o.Known() && o.Value.Organizations == policy.No
}

// opinion notes that the simulator says that the organization does not allow the
// action. It was not told everything about the message, so that this is likely,
// and no proof.
func (j *judgement) opinion() {
	o := &j.snap.Opinion
	if !j.deniedByOpinion() {
		return
	}
	f := diagnosis.Finding{Code: diagnosis.SCPImpl, Layer: policy.SCP.String(), Source: "organization " + j.snap.Organization.Value.ID}
	if slices.ContainsFunc(o.Value.Resources, func(r facts.ResourceOpinion) bool { return r.Decision == "explicitDeny" && len(r.Matched) == 0 }) {
		f.Code = diagnosis.SCPExpl
	}
	f.Title = fmt.Sprintf("IAM's policy simulator says that organization %s does not allow %s to %s", j.snap.Organization.Value.ID, j.who.label, sendAction)
	f.Detail = fmt.Sprintf("AllowedByOrganizations is false for %s; that is no proof, as the simulator was not told of recipients and the network", j.principalARN())
	f.Fix = fmt.Sprintf("ask the administrators of organization %s which service control policy stands in the way of SES in %s", j.snap.Organization.Value.ID, j.snap.Region)
	f.Resource = j.identityARN(j.sender.name)
	j.suspect(facts.KindOpinion|facts.KindOrganization, f)
}
