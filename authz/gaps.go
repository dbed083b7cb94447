package authz

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// gaps lists what is not known: what could not be read, and what no call shows.
func gaps(snap *facts.Snapshot) []facts.Gap {
	list := append(snap.Gaps(), unread(snap)...)
	for i := range list {
		list[i].Permission = ofAccount(list[i].Permission, snap)
	}
	if o := snap.Organization; o.Known() && !scpsDoNotApply(o) {
		list = append(list, facts.Gap{
			What: fmt.Sprintf("service control policies of organization %s", o.Value.ID),
			Call: "organizations:ListPoliciesForTarget",
		})
	}
	if snap.Caller.Known() && snap.Caller.Value.SessionPolicy != policy.No {
		what := "session policy of the credentials, which no call shows"
		if from := snap.Caller.Value.Credentials; from != "" {
			what += " (" + from + ")"
		}
		list = append(list, facts.Gap{What: what})
	}
	if e := snap.Endpoint; e.Known() && e.Value.Private {
		list = append(list, facts.Gap{
			What: fmt.Sprintf("policy of the VPC endpoint behind %s", e.Value.Host),
			Call: "ec2:DescribeVpcEndpoints",
		})
	}
	return list
}

// ofAccount writes the account into an ARN of SES that was made before the caller
// was known.
func ofAccount(permission string, snap *facts.Snapshot) string {
	if !snap.Caller.Known() {
		return permission
	}
	return strings.Replace(permission, ":"+snap.Region+":*:", ":"+snap.Region+":"+snap.Caller.Value.Account+":", 1)
}

// unread lists policies that are there but cannot be read: AWS would refuse them,
// or sesgate does not know what they say.
func unread(snap *facts.Snapshot) []facts.Gap {
	policies := slices.Clone(snap.Principal.Value.Policies)
	if b := snap.Principal.Value.Boundary; b != nil {
		policies = append(policies, *b)
	}
	for _, name := range slices.Sorted(maps.Keys(snap.Identities)) {
		policies = append(policies, snap.Identities[name].Value.Policies...)
	}
	var list []facts.Gap
	for _, p := range policies {
		if p.Document == nil {
			list = append(list, facts.Gap{What: fmt.Sprintf("a policy that cannot be read: %v", p.Err), Err: p.Err})
		}
	}
	return list
}
