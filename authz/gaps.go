package authz

import (
	"fmt"

	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// gaps lists what is not known: what could not be read, and what no call shows.
func gaps(snap *facts.Snapshot) []facts.Gap {
	list := snap.Gaps()
	if o := snap.Organization; o.Known() && !scpsDoNotApply(o) {
		list = append(list, facts.Gap{
			What: fmt.Sprintf("service control policies of organization %s", o.Value.ID),
			Call: "organizations:ListPoliciesForTarget",
		})
	}
	if snap.Caller.Known() && snap.Caller.Value.SessionPolicy != policy.No {
		list = append(list, facts.Gap{What: "session policy of the credentials, which no call shows (" + snap.Caller.Value.Credentials + ")"})
	}
	if e := snap.Endpoint; e.Known() && e.Value.Private {
		list = append(list, facts.Gap{
			What: fmt.Sprintf("policy of the VPC endpoint behind %s", e.Value.Host),
			Call: "ec2:DescribeVpcEndpoints",
		})
	}
	return list
}
