package authz

import (
	"fmt"
	"slices"
	"strings"

	"sesgate/authz/diagnosis"
	"sesgate/authz/policy"
)

// denial explains a statement that denies.
func (j *judgement) denial(m policy.Match, resource string, atFault []string) diagnosis.Finding {
	f := found(j.source(m.Document), m)
	f.Detail = fmt.Sprintf("%s: %s denies %s", m.Document.Name, named(m.Statement), actions(m.Statement))
	test, conditional := decisive(m.Tests, len(atFault) > 0)
	if conditional {
		f.ConditionKey = test.Key
		f.Detail += " if " + met(test) + others(m.Tests, test)
	}
	switch m.Layer {
	case policy.SCP:
		j.ofSCP(m, test, &f)
	case policy.RCP:
		f.Code = diagnosis.RCPExpl
		f.Fix = "ask the administrators of the organization that owns the resource to change that statement"
	case policy.Resource:
		f.Code = diagnosis.ResDeny
		if j.boundedOut(m.Statement) {
			f.Code = diagnosis.IAMBoundNotPrincipal
			f.Detail += "; its NotPrincipal names " + j.who.label + ", and yet it denies whoever has a permissions boundary"
			f.Fix = fmt.Sprintf("write \"Principal\": \"*\" and the condition ArnNotEquals on aws:PrincipalArn, %s, in place of NotPrincipal", j.principalARN())
			break
		}
		f.Fix = fmt.Sprintf("take %s out of that statement: aws sesv2 get-email-identity-policies --email-identity %s --region %s shows it", j.who.label, parseIdentityARN(resource).name, j.snap.Region)
		if conditional {
			f.Fix = exempt(test) + " (" + f.Fix[strings.Index(f.Fix, "aws sesv2"):] + ")"
		}
		if id := parseIdentityARN(resource); j.ofOther(id) {
			f.Fix = fmt.Sprintf("ask account %s, which owns %s, to take %s out of that statement", id.account, id.name, j.principalARN())
		}
	case policy.Boundary:
		f.Code = diagnosis.IAMBoundExpl
		f.Fix = fmt.Sprintf("ask whoever sets the permissions boundary to take %s out of that statement", sendAction)
	case policy.Session:
		f.Code = diagnosis.Session
		f.Fix = "change the session policy that is passed when the role is assumed"
	case policy.Endpoint:
		f.Code = diagnosis.VPCEPolicy
		f.Fix = "change that statement of the VPC endpoint's policy"
	default:
		f.Code = diagnosis.IAMDeny
		if strings.Contains(m.Document.Name, " of group ") {
			f.Code = diagnosis.IAMDenyGroup
		}
		f.Fix = "take the statement out, or narrow it so that it does not apply to this mail"
		if conditional {
			f.Code = fromNowOn(conditionCode(test, f.Code), test)
			f.Fix = exempt(test)
		}
	}
	return f
}

// doubt names the statements on which an unknown answer hangs: those that may
// deny, and where no Allow is certain, those that may allow.
func (j *judgement) doubt(c call, as form, ctx *policy.Context) {
	set, req := j.question(&j.who.set, as, ctx)
	x := policy.Explain(&set, &req)
	allowed := map[policy.Layer]bool{}
	for _, m := range x.Matches {
		if m.Truth == policy.Yes && m.Statement.Effect == policy.EffectAllow {
			allowed[m.Layer] = true
		}
	}
	for _, m := range x.Matches {
		deny := m.Statement.Effect == policy.EffectDeny
		if m.Truth != policy.Maybe || !deny && allowed[m.Layer] {
			continue
		}
		test, ok := undecided(m.Tests)
		if !ok {
			j.doubtResource(c, as, m)
			continue
		}
		f := found(j.source(m.Document), m)
		f.Code = conditionCode(test, diagnosis.IAMDeny)
		f.Title = j.title(c, nil) + ": it depends on " + test.Key
		f.ConditionKey = test.Key
		f.Resource = as.arn
		if c.use == toRecipient {
			f.Recipients = []string{c.name}
		}
		verb := "denies"
		if !deny {
			verb = "allows"
			f.Code = conditionCode(test, diagnosis.IAMNoAllow)
		}
		f.Detail = fmt.Sprintf("%s: %s %s %s if %s %s %s, which sesgate cannot tell",
			m.Document.Name, named(m.Statement), verb, actions(m.Statement), test.Key, test.Operator, quoted(test.Wanted))
		f.Fix = j.findOut(test, &f)
		j.add(c, j.ofDeny(m, f))
	}
}

// doubtResource suspects a statement whose Resource holds variables that are not
// known, as a tag of the session.
func (j *judgement) doubtResource(c call, as form, m policy.Match) {
	if m.Resource != policy.Maybe {
		return
	}
	f := found(j.source(m.Document), m)
	f.Code = diagnosis.IAMVar
	verb := "denies"
	if m.Statement.Effect == policy.EffectAllow {
		verb = "allows"
	}
	written := some(slices.Concat(m.Statement.Resources, m.Statement.NotResources))
	f.Title = j.title(c, nil) + ": it depends on variables in a Resource"
	f.Detail = fmt.Sprintf("%s: %s %s %s on %s, and sesgate cannot tell what the variables stand for", m.Document.Name, named(m.Statement), verb, actions(m.Statement), written)
	f.Fix = "compare " + written + " with " + as.arn + ", or write that ARN out"
	f.Resource = as.arn
	j.add(c, j.ofDeny(m, f))
}

// undecided picks the condition that leaves a statement open.
func undecided(tests []policy.Test) (policy.Test, bool) {
	for _, t := range tests {
		if t.Truth == policy.Maybe {
			return t, true
		}
	}
	return policy.Test{}, false
}

// ofDeny gives a finding about a statement outside the identity-based policies
// its code.
func (j *judgement) ofDeny(m policy.Match, f diagnosis.Finding) diagnosis.Finding {
	deny := m.Statement.Effect == policy.EffectDeny
	switch {
	case m.Layer == policy.SCP && deny:
		f.Code = diagnosis.SCPExpl
	case m.Layer == policy.SCP:
		f.Code = diagnosis.SCPImpl
	case m.Layer == policy.Resource && deny:
		f.Code = diagnosis.ResDeny
	case m.Layer == policy.Boundary && deny:
		f.Code = diagnosis.IAMBoundExpl
	case m.Layer == policy.Boundary:
		f.Code = diagnosis.IAMBoundImpl
	}
	return f
}

// findOut says how to learn the value of the key that a statement hangs on, and
// changes the finding where something is known of the network.
func (j *judgement) findOut(t policy.Test, f *diagnosis.Finding) string {
	private := j.snap.Endpoint.Known() && j.snap.Endpoint.Value.Private
	host := j.snap.Endpoint.Value.Host
	switch f.Code {
	case diagnosis.IAMCondRcptSet:
		return "write ForAllValues:" + t.Operator + " (each recipient must match) or ForAnyValue:" + t.Operator + " (one suffices): ses:Recipients has several values"
	case diagnosis.IAMCondIP:
		if private {
			f.Code = diagnosis.IAMCondIPVPCE
			f.Detail += fmt.Sprintf("; SES is reached at a private address of %s, so that the call likely takes a VPC endpoint, where aws:SourceIp is not there", host)
			return "ask for aws:SourceVpce or aws:VpcSourceIp besides, or call SES by its public addresses"
		}
		return "name the addresses under which AWS sees this machine, those of its NAT gateway, in facts.egress, so that sesgate can tell; and compare"
	case diagnosis.IAMCondVPCE:
		if j.direct() {
			f.Detail += fmt.Sprintf("; SES is reached at %s and not at a private address, so that the call likely takes no VPC endpoint", host)
			return "send through the VPC endpoint (private DNS, or AWS_ENDPOINT_URL_SESV2), or exempt " + j.who.label + " in the statement"
		}
	case diagnosis.IAMCondFeedback:
		return "name an address that the condition takes in feedback_address of the sender's route: SES then uses that, and sesgate can tell"
	case diagnosis.IAMCondUA:
		return "the calls come from the AWS SDK, whose User-Agent begins with aws-sdk-go-v2/: allow aws-sdk-go-v2/*, or take the condition out"
	}
	return "find out what " + t.Key + " is in requests from here, and compare"
}

// boundedOut reports whether a Deny with NotPrincipal names the principal, and
// denies it only because it has a permissions boundary.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
func (j *judgement) boundedOut(s *policy.Statement) bool {
	return j.who.set.Boundary != nil && slices.ContainsFunc(s.NotPrincipals, func(p policy.NamedPrincipal) bool {
		return p.Value == j.principalARN() || p.Value == j.snap.Caller.Value.ARN
	})
}
