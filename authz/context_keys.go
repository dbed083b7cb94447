package authz

import (
	"strconv"
	"strings"
	"time"

	"sesgate/authz/policy"
)

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
		case h != nil && !r.more:
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
		// Without one in the call, which of Return-Path, From and the account's
		// settings it is, is not documented without contradiction.
		if address := j.req.Route.FeedbackAddress; address != "" {
			c.Set(key, address)
		}
	case "ses:tenantname":
		setOfAction(c, key, j.req.Route.Tenant)
	case "ses:multiregionendpointid":
		setOfAction(c, key, j.req.Route.EndpointID)
	default:
		c.SetAbsent(key)
	}
}

// setOfAction leaves open whether a key is there that AWS documents for
// ses:SendEmail, and not for the action that is checked. Without a value it is
// not there.
func setOfAction(c *policy.Context, key, value string) {
	if value == "" {
		c.SetAbsent(key)
	}
}

// direct reports whether SES is certainly not called through a VPC endpoint, where
// there is no aws:SourceIp.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceip
func (j *judgement) direct() bool { return j.snap.Endpoint.Known() && !j.snap.Endpoint.Value.Private }

// setOfIAM gives a global key its value, as far as it is known for a direct call
// of the SDK.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (j *judgement) setOfIAM(c *policy.Context, key string, r reading) {
	set := func(value string) {
		if value != "" {
			c.Set(key, value)
		}
	}
	caller := &j.snap.Caller.Value
	switch key {
	case "aws:currenttime":
		set(r.now.UTC().Format(time.RFC3339))
	case "aws:epochtime":
		set(strconv.FormatInt(r.now.Unix(), 10))
	case "aws:sourceip":
		set(r.ip)
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
