package authz

import (
	"fmt"
	"slices"
	"strings"

	"sesgate/authz/diagnosis"
	"sesgate/authz/policy"
)

// levelName is how people find a level of the organization: "organizational unit
// prod (ou-ab12-cdef3456)".
func (j *judgement) levelName(level int) string {
	list := j.snap.Organization.Value.Levels
	if level >= len(list) {
		return "a level that is not known"
	}
	l := list[level]
	if l.Name == "" || strings.EqualFold(l.Name, l.Kind) {
		return l.Kind + " " + l.ID
	}
	return fmt.Sprintf("%s %s (%s)", l.Kind, l.Name, l.ID)
}

// ofSCP finishes the finding about a Deny of a service control policy: where it
// is attached, and whether it is about the region.
func (j *judgement) ofSCP(m policy.Match, test policy.Test, f *diagnosis.Finding) {
	f.Code = diagnosis.SCPExpl
	f.Fix = fmt.Sprintf("ask the administrators of organization %s to exempt %s in that statement, as with ArnNotLike on aws:PrincipalArn; nothing in this account can mend it",
		j.snap.Organization.Value.ID, j.principalARN())
	if strings.EqualFold(test.Key, "aws:RequestedRegion") {
		f.Code = diagnosis.SCPRegion
		f.Fix = fmt.Sprintf("send in another region, or ask the administrators of organization %s to leave SES out of that statement", j.snap.Organization.Value.ID)
		if negated(test) {
			f.Fix = "send in a region that it allows, " + some(test.Wanted) + strings.TrimPrefix(f.Fix, "send in another region")
		}
	}
	f.Detail = fmt.Sprintf("%s at %s: %s", m.Document.Name, j.levelName(m.Level), strings.TrimPrefix(f.Detail, m.Document.Name+": "))
}

// principalARN is how a policy names the principal: a role without its session,
// and without its path where that is not known.
func (j *judgement) principalARN() string {
	if arn := j.snap.Principal.Value.ARN; arn != "" {
		return arn
	}
	caller := j.snap.Caller.Value.ARN
	if role, _, ok := sessionOf(caller); ok {
		return "arn:" + j.who.partition + ":iam::" + j.who.account + ":role/" + role
	}
	return caller
}

// levels notes each level of the organization at which no service control policy
// allows.
func (j *judgement) levels(c call, x *policy.Explanation, note func(diagnosis.Finding)) {
	for level, allows := range x.Levels {
		if allows != policy.No {
			continue
		}
		at := j.levelName(level)
		f := diagnosis.Finding{Code: diagnosis.SCPImpl, Layer: policy.SCP.String(), Source: at}
		f.Detail = fmt.Sprintf("nothing at %s allows %s, and every level must: %s", at, sendAction, j.attached(level))
		for _, m := range x.Misses {
			if m.Layer == policy.SCP && m.Level == level && (m.Action != policy.No || sends(m.Statement)) {
				if near, kind := j.miss(c, m); kind != byAll {
					f.Sid, f.Statement, f.ConditionKey = near.Sid, near.Statement, near.ConditionKey
					f.Detail = "at " + at + ", " + near.Detail
				}
				break
			}
		}
		f.Fix = fmt.Sprintf("ask the administrators of organization %s to allow it in a service control policy at %s: %s; nothing in this account can mend it",
			j.snap.Organization.Value.ID, at, statement("*"))
		note(f)
	}
}

// attached says which policies a level has.
func (j *judgement) attached(level int) string {
	documents := slices.DeleteFunc(slices.Clone(j.who.set.SCPs[level]), func(d *policy.Document) bool { return d == nil })
	names := make([]string, len(documents))
	for i, d := range documents {
		names[i] = d.Name
	}
	switch len(names) {
	case 0:
		return "no service control policy is attached there"
	case 1:
		return "only " + names[0] + " is attached there"
	}
	return "attached there are " + some(names)
}
