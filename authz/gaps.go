package authz

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// gaps lists what is not known: what could not be read, and what no call shows.
func gaps(list []facts.Gap, snap *facts.Snapshot) []facts.Gap {
	list = append(list, unread(snap)...)
	for i := range list {
		list[i].Permission = ofAccount(list[i].Permission, snap)
	}
	if o := snap.Organization; o.Known() && o.Value.Restricts() && len(o.Value.Levels) == 0 && snap.Opinion.Value.Organizations != policy.Yes {
		gap := o.Value.LevelsGap
		if gap == nil {
			gap = &facts.Gap{What: fmt.Sprintf("service control policies of organization %s", o.Value.ID), Call: "organizations:ListPoliciesForTarget"}
		}
		list = withSCPs(list, *gap)
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

// withSCPs adds that service control policies are not known. That IAM's simulator
// cannot be asked is no gap besides: it is the other way to learn what they say.
func withSCPs(list []facts.Gap, gap facts.Gap) []facts.Gap {
	i := slices.IndexFunc(list, func(g facts.Gap) bool { return g.Call == "iam:SimulatePrincipalPolicy" })
	if i < 0 {
		return append(list, gap)
	}
	if simulator := list[i].Needs(); simulator != "" {
		gap.Permission = strings.TrimSuffix(simulator+"; or "+gap.Permission, "; or ")
	}
	return append(slices.Delete(list, i, i+1), gap)
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
	var list []facts.Gap
	note := func(policies ...facts.Policy) {
		for _, p := range policies {
			if p.Document == nil {
				list = append(list, facts.Gap{What: fmt.Sprintf("a policy that cannot be read: %v", p.Err), Err: p.Err})
			}
		}
	}
	note(snap.Principal.Value.Policies...)
	if b := snap.Principal.Value.Boundary; b != nil {
		note(*b)
	}
	principal := len(list)
	for _, f := range snap.Identities {
		note(f.Value.Policies...)
	}
	slices.SortFunc(list[principal:], func(a, b facts.Gap) int { return cmp.Compare(a.What, b.What) })
	return list
}
