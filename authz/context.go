package authz

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"sesgate/authz/policy"
)

// edge is how near to the end of a time window the answer is left open: AWS's
// clock is not ours.
const edge = time.Minute

// reading is one way to read a message into condition keys.
type reading struct {
	from       string
	recipients []string
	now        time.Time
}

// asWritten is the reading that takes everything as it is.
func (j *judgement) asWritten() reading {
	r := reading{recipients: j.req.Recipients, now: j.now}
	if h := j.req.Header; h != nil {
		r.from = h.From
	}
	return r
}

// contexts are the contexts that SES may have made of the message; more than one
// where AWS does not say which. The first is the likeliest.
func (j *judgement) contexts() []*policy.Context {
	readings := []reading{j.asWritten()}
	if j.mentions("ses:recipients") && j.req.Header != nil {
		r := readings[0]
		if all := union(r.recipients, j.req.Header.Recipients); len(all) > len(r.recipients) {
			r.recipients = all
			readings = append(readings, r)
		}
	}
	// Whether SES lowers the letter case of domains is not documented.
	if j.mentions("ses:fromaddress") {
		for _, r := range readings {
			if lower := lowerDomain(r.from); lower != r.from {
				r.from = lower
				readings = append(readings, r)
			}
		}
	}
	if j.mentions("ses:recipients") {
		for _, r := range readings {
			if slices.ContainsFunc(r.recipients, func(to string) bool { return lowerDomain(to) != to }) {
				r.recipients = lowerDomains(r.recipients)
				readings = append(readings, r)
			}
		}
	}
	if j.mentions("aws:currenttime") || j.mentions("aws:epochtime") {
		for _, r := range readings {
			before, after := r, r
			before.now, after.now = j.now.Add(-edge), j.now.Add(edge)
			readings = append(readings, before, after)
		}
	}
	contexts := make([]*policy.Context, len(readings))
	for i, r := range readings {
		contexts[i] = j.context(r)
	}
	return contexts
}

func lowerDomains(addresses []string) []string {
	lower := make([]string, len(addresses))
	for i, address := range addresses {
		lower[i] = lowerDomain(address)
	}
	return lower
}

// lowerDomain lowers the letter case of an address's domain.
func lowerDomain(address string) string {
	at := strings.LastIndexByte(address, '@')
	if domain := strings.ToLower(address[at+1:]); domain != address[at+1:] {
		return address[:at+1] + domain
	}
	return address
}

func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// context has a value for each key that the policies at hand mention. What is
// neither set nor certainly absent is unknown.
func (j *judgement) context(r reading) *policy.Context {
	c := &policy.Context{Open: true}
	c.Grow(len(j.keys))
	for _, key := range j.keys {
		if strings.HasPrefix(key, "ses:") {
			j.setOfSES(c, key, r)
		} else {
			j.setOfIAM(c, key, r.now)
		}
	}
	return c
}

// setOfSES gives a key its value as SES makes it of a message. A key with SES's
// prefix that SES does not have is never in a request.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonses.html
func (j *judgement) setOfSES(c *policy.Context, key string, r reading) {
	h := j.req.Header
	switch key {
	case "ses:apiversion":
		c.Set(key, "2")
	case "ses:fromaddress":
		if j.fromKnown() {
			c.Set(key, r.from)
		}
	case "ses:recipients":
		switch {
		case h != nil:
			c.SetList(key, r.recipients)
		case len(r.recipients) > 0:
			c.SetOpen(key, r.recipients)
		}
	case "ses:fromdisplayname":
		// What SES makes of an encoded display name, or of none, is not documented.
		if h != nil && h.FromName != "" && !h.NameOpaque {
			c.Set(key, h.FromName)
		}
	case "ses:feedbackaddress":
		// Which of Return-Path, From and the account's settings it is, is not
		// documented without contradiction.
	default: // tenants and multi-region endpoints are not named in the call
		c.SetAbsent(key)
	}
}

// setOfIAM gives a global key its value, as far as it is known for a direct call
// of the SDK.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (j *judgement) setOfIAM(c *policy.Context, key string, now time.Time) {
	set := func(value string) {
		if value != "" {
			c.Set(key, value)
		}
	}
	caller := &j.snap.Caller.Value
	switch key {
	case "aws:currenttime":
		set(now.UTC().Format(time.RFC3339))
	case "aws:epochtime":
		set(strconv.FormatInt(now.Unix(), 10))
	case "aws:securetransport":
		set("true")
	case "aws:requestedregion":
		set(j.snap.Region)
	case "aws:viaawsservice", "aws:principalisawsservice":
		set("false")
	case "aws:principalaccount":
		set(caller.Account)
	case "aws:userid":
		set(caller.UserID)
	case "aws:tokenissuetime", "aws:multifactorauthpresent", "aws:multifactorauthage":
		if !caller.Temporary {
			c.SetAbsent(key)
		}
	case "aws:principalorgid", "aws:principalorgpaths":
		switch o := j.snap.Organization; {
		case o.Known() && o.Value.ID == "":
			c.SetAbsent(key)
		case o.Known() && key == "aws:principalorgid":
			set(o.Value.ID)
		}
	case "aws:principaltype", "aws:principalarn", "aws:username":
		j.setOfPrincipal(c, key)
	default:
		switch {
		case strings.HasPrefix(key, "aws:principaltag/"):
			j.setTag(c, key)
		case neverSent[key], strings.HasPrefix(key, "aws:requesttag/"):
			c.SetAbsent(key)
		}
	}
}

// neverSent are keys, in lower case, that a direct call of the SDK to SES does not
// carry.
var neverSent = map[string]bool{
	"aws:sourcearn": true, "aws:sourceaccount": true, "aws:sourceorgid": true, "aws:sourceorgpaths": true,
	"aws:calledvia": true, "aws:calledviafirst": true, "aws:calledvialast": true,
	"aws:principalservicename": true, "aws:principalservicenameslist": true,
	"aws:referer": true, "aws:tagkeys": true,
}

// setOfPrincipal gives the keys that depend on the kind of principal their values.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func (j *judgement) setOfPrincipal(c *policy.Context, key string) {
	arn := j.snap.Caller.Value.ARN
	resource := arn[strings.LastIndexByte(arn, ':')+1:]
	kind, rest, _ := strings.Cut(resource, "/")
	var typ, username string
	switch kind {
	case "user":
		typ, username = "User", rest[strings.LastIndexByte(rest, '/')+1:]
	case "assumed-role":
		typ, arn = "AssumedRole", j.snap.Principal.Value.ARN
	case "federated-user":
		typ, arn = "FederatedUser", ""
	case "root":
		typ = "Account"
	default:
		return
	}
	switch {
	case key == "aws:username" && username == "":
		c.SetAbsent(key)
	case key == "aws:username":
		c.Set(key, username)
	case key == "aws:principaltype":
		c.Set(key, typ)
	case arn != "":
		c.Set(key, arn)
	}
}

// setTag gives a principal tag its value: for users only, as a session of a role
// may have tags of its own.
func (j *judgement) setTag(c *policy.Context, key string) {
	p := &j.snap.Principal
	if !p.Known() || !p.Value.TagsRead || p.Value.Kind != "user" {
		return
	}
	for tag, value := range p.Value.Tags {
		if strings.EqualFold(key, "aws:PrincipalTag/"+tag) {
			c.Set(key, value)
			return
		}
	}
	c.SetAbsent(key)
}

// mentions reports whether a policy at hand mentions a key, in lower case.
func (j *judgement) mentions(key string) bool {
	_, ok := slices.BinarySearch(j.keys, key)
	return ok
}

// mentioned lists the keys, in lower case, that the policies at hand mention.
func (j *judgement) mentioned() []string {
	keys := j.who.keys
	for _, fact := range j.snap.Identities {
		for _, p := range fact.Value.Policies {
			if p.Document != nil {
				keys = append(slices.Clip(keys), p.Document.Keys()...)
			}
		}
	}
	if len(keys) == len(j.who.keys) {
		return keys
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
