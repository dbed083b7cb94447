package authz

import (
	"fmt"
	"slices"
	"strings"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// onCaller is what a finding about the credentials rests on.
const onCaller = facts.KindCaller | facts.KindPrincipal

// principal says that the wrong principal sends. A principal that is not the
// expected one may send as far as AWS is concerned: only beside what refuses, with
// denied set, that explains why; alone it is a warning.
func (j *judgement) principal(denied bool) {
	if !j.who.known || j.req.Route.Role != "" {
		return // the route's role sends, whoever assumes it
	}
	if j.expected != "" {
		if !j.isExpected() {
			f := j.unexpected()
			f.Suspected = !denied
			j.block(onCaller, f)
		}
		return
	}
	if !denied || !j.lacksPermission() {
		return
	}
	if why, fix := j.looksWrong(); why != "" {
		f := diagnosis.New(diagnosis.CredPrincipal)
		f.Title = fmt.Sprintf("%s may be the wrong principal: %s", j.who.label, why)
		f.Detail = "sts:GetCallerIdentity says " + j.snap.Caller.Value.ARN + j.credentialsFrom()
		f.Fix = fix
		f.Suspected = true
		j.block(onCaller, f)
	}
}

// isExpected reports whether the caller is the principal that should send, named
// by the ARN of a user, a role or a session, with * and ?. A role whose path is
// not known is taken by its name.
func (j *judgement) isExpected() bool {
	caller, principal := j.snap.Caller.Value.ARN, j.snap.Principal.Value.ARN
	if like(j.expected, caller) || principal != "" && like(j.expected, principal) {
		return true
	}
	head, path, isRole := strings.Cut(j.expected, ":role/")
	if principal != "" || !isRole {
		return false
	}
	session := strings.Replace(head, ":iam:", ":sts:", 1) + ":assumed-role/" + path[strings.LastIndexByte(path, '/')+1:] + "/*"
	return like(session, caller)
}

// unexpected is the finding about a principal that is not the expected one.
func (j *judgement) unexpected() diagnosis.Finding {
	f := diagnosis.New(diagnosis.CredPrincipal)
	f.Title = fmt.Sprintf("the wrong principal sends: %s, not %s", j.snap.Caller.Value.ARN, j.expected)
	f.Detail = fmt.Sprintf("principal.expected is %s, sts:GetCallerIdentity says %s%s", j.expected, j.snap.Caller.Value.ARN, j.credentialsFrom())
	if account := accountIn(j.expected); isAccountID(account) && account != j.who.account {
		f.Code = diagnosis.CredWrongAcct
		f.Title = fmt.Sprintf("the wrong AWS account sends: %s, not %s", j.who.account, account)
	}
	f.Fix = j.credentialsOf(j.expected)
	return f
}

// credentialsFrom says where the credentials come from, to go on a sentence.
func (j *judgement) credentialsFrom() string {
	if c := j.snap.Caller.Value.Credentials; c != "" {
		return "; the credentials come from " + c
	}
	return ""
}

// credentialsOf says how to get the credentials of another principal, by where
// those in use come from.
func (j *judgement) credentialsOf(wanted string) string {
	from := j.snap.Caller.Value.Credentials
	has := func(part string) bool { return strings.Contains(from, part) }
	switch {
	case has("EC2Role"):
		return "the role of the instance is used: give this task or pod " + wanted +
			" by EKS Pod Identity or IRSA (service account annotated with eks.amazonaws.com/role-arn), and restart it; on a plain instance change its instance profile"
	case has("Env"):
		return "credentials in the environment come first: take AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY out of it, so that " + wanted + " is used"
	case has("SharedConfig"), has("SSO"), has("Process"), has("Login"):
		return "set AWS_PROFILE to a profile of " + wanted
	case has("WebIdentity"), has("CredentialsEndpoint"):
		return "give the service account or task the role " + wanted + " instead of the one it has, and restart it"
	}
	return "give sesgate the credentials of " + wanted
}

// looksWrong says in which way the principal looks like one that was not meant to
// send, and what to do; "" if in none.
func (j *judgement) looksWrong() (why, fix string) {
	role, session, ok := sessionOf(j.snap.Caller.Value.ARN)
	if !ok {
		return "", ""
	}
	name := strings.ToLower(role)
	switch {
	case strings.Contains(name, "nodeinstancerole"), strings.Contains(name, "nodegroup"), strings.HasPrefix(name, "eksctl-"), slices.Contains(words(name), "node"):
		return "it is named like the role of a Kubernetes node, which pods use that have none of their own",
			"give the pod a role of its own by EKS Pod Identity or IRSA (service account annotated with eks.amazonaws.com/role-arn), and restart it"
	case strings.HasPrefix(session, "i-") && strings.Contains(j.snap.Caller.Value.Credentials, "EC2Role"):
		return "it is the role of the instance " + session + ", which everything there uses that has none of its own",
			"if the task or pod was to have a role of its own, check that it is attached; else allow it to the role of the instance"
	case strings.HasPrefix(j.snap.Caller.Value.Credentials, "AssumeRole"):
		return "it was assumed from other credentials, as a profile's role_arn asks",
			"if the first credentials were already those of the role that may send, take role_arn out of the profile: a role need not be assumed twice"
	}
	return "", ""
}

// lacksPermission reports whether a proven blocker is one that the right principal
// might not meet.
func (j *judgement) lacksPermission() bool {
	return slices.ContainsFunc(j.blockers, func(b blocker) bool {
		return refuses(b.Finding) && (b.Layer == policy.Identity.String() || b.Layer == policy.Boundary.String() || b.Code == diagnosis.IDNone || b.Code == diagnosis.XAccNoARN)
	})
}

// sessionOf takes the ARN of a role's session apart.
func sessionOf(arn string) (role, session string, ok bool) {
	_, rest, ok := strings.Cut(arn, ":assumed-role/")
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, "/")
}

// words are the parts of a name between hyphens, underscores and dots.
func words(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
}

// accountIn is the account of an ARN, "" if it is none.
func accountIn(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

func isAccountID(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }
