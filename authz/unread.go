package authz

import (
	"cmp"
	"fmt"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// unread suspects the layers of policies that are not known, now that SES has
// refused: the likeliest first, each with what would tell whether it is the one.
func (j *judgement) unread(c call) {
	set, _ := j.question(&j.who.set, c.forms[0], nil)
	for _, layer := range []policy.Layer{policy.Identity, policy.Boundary, policy.SCP, policy.Session, policy.Endpoint} {
		if !set.Unreadable.Has(layer) || layer == policy.SCP && j.deniedByOpinion() {
			continue
		}
		f := j.unreadLayer(layer, c)
		f.Layer, f.Resource = layer.String(), c.forms[0].arn
		j.suspect(onPrincipal|facts.KindOrganization, f)
	}
}

// unreadLayer is the suspicion of a layer that is not known.
func (j *judgement) unreadLayer(layer policy.Layer, c call) diagnosis.Finding {
	may := fmt.Sprintf(" may not allow %s to %s", j.who.label, sendAction)
	arn := j.principalARN()
	switch layer {
	case policy.Identity:
		return diagnosis.Finding{
			Code: diagnosis.IAMNoAllow, Title: "the policies of " + j.who.label + " may not allow it to " + sendAction,
			Detail: "they cannot be read: " + j.gapOf(layer),
			Fix:    fmt.Sprintf("aws iam simulate-principal-policy --policy-source-arn %s --action-names %s tells; if none allows it, %s", arn, sendAction, j.allowing(c.resources()...)),
		}
	case policy.Boundary:
		return diagnosis.Finding{
			Code: diagnosis.IAMBoundImpl, Title: "a permissions boundary" + may,
			Detail: "whether there is one cannot be read: " + j.gapOf(layer),
			Fix:    "aws iam get-role or get-user shows PermissionsBoundary",
		}
	case policy.SCP:
		return j.unreadOrganization(may, arn)
	case policy.Session:
		return diagnosis.Finding{
			Code: diagnosis.Session, Title: "the session policy" + may,
			Detail: "whoever made these credentials may have limited them, which no call shows" + j.credentialsFrom(),
			Fix:    "look at the code or service that assumes the role: Policy and PolicyArns of AssumeRole, the Pod Identity association",
		}
	}
	return diagnosis.Finding{
		Code: diagnosis.VPCEPolicy, Title: "the policy of the VPC endpoint" + may,
		Detail: cmp.Or(j.snap.Endpoint.Value.Host, "the endpoint of SES") + " is or may be at a private address, that of a VPC endpoint",
		Fix:    fmt.Sprintf("aws ec2 describe-vpc-endpoints --filters Name=service-name,Values=com.amazonaws.%s.email shows its policy", j.snap.Region),
	}
}

func (j *judgement) unreadOrganization(may, arn string) diagnosis.Finding {
	o := &j.snap.Organization
	f := diagnosis.Finding{Code: diagnosis.SCPImpl, Title: "a service control policy" + may}
	if !o.Known() {
		f.Detail = "whether the account is in an organization is not known"
		f.Fix = "aws organizations describe-organization tells, which any account may be allowed to call"
		return f
	}
	f.Title = "a service control policy of organization " + o.Value.ID + may
	f.Detail = "only its management account and delegated administrators can read them"
	f.Fix = fmt.Sprintf("aws iam simulate-principal-policy --policy-source-arn %s --action-names %s tells (AllowedByOrganizations); or ask them for what is attached at every level above account %s",
		arn, sendAction, j.who.account)
	return f
}

// gapOf says why a layer of the principal's is not known.
func (j *judgement) gapOf(layer policy.Layer) string {
	gap := j.snap.Principal.Gap
	for _, g := range j.snap.Principal.Value.Gaps {
		if g.Layer == layer {
			gap = g.Gap
		}
	}
	switch {
	case gap == nil:
		return "one is in a form that is not understood"
	case gap.Permission != "":
		return "allow " + gap.Needs()
	}
	return gap.What + " not known"
}
