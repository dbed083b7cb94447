package awssim

import (
	"fmt"
	"strings"
	"time"
)

func (c *call) sts() (any, error) {
	switch c.action {
	case "GetCallerIdentity":
		return c.getCallerIdentity()
	case "AssumeRole":
		return c.assumeRole()
	}
	return nil, c.unknownOperation()
}

// getCallerIdentity is what no policy can refuse.
// Source: AWS STS API Reference, "GetCallerIdentity".
func (c *call) getCallerIdentity() (any, error) {
	return struct{ Arn, UserId, Account string }{c.caller, c.callerID(), c.account}, nil
}

// assumeRole gives credentials for a session of a role, be it one of the world's or
// of another account. Trust policies are not evaluated: refusals.json states them.
// Source: AWS STS API Reference, "AssumeRole".
func (c *call) assumeRole() (any, error) {
	form := c.parameters()
	role, session := form.Get("RoleArn"), form.Get("RoleSessionName")
	c.resource = role
	arn, ok := splitCaller(role)
	if !ok || !strings.HasPrefix(arn[5], "role/") {
		return nil, refuse(400, "ValidationError", role+" is invalid")
	}
	if session == "" {
		return nil, refuse(400, "ValidationError", "1 validation error detected: Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null")
	}
	name := arn[5][strings.LastIndexByte(arn[5], '/')+1:]
	missing := arn[4] == c.account && c.principals["role"][name] == nil
	if err := c.refused("sts:AssumeRole", role); err != nil || missing {
		return nil, firstError(err, refuse(403, "AccessDenied", "User: "+c.caller+" is not authorized to perform: sts:AssumeRole on resource: "+role))
	}
	assumedRole := fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", arn[1], arn[4], name, session)
	type credentials struct{ AccessKeyId, SecretAccessKey, SessionToken, Expiration string }
	type user struct{ AssumedRoleId, Arn string }
	return struct {
		Credentials     credentials
		AssumedRoleUser user
	}{
		credentials{sessionKey(assumedRole), "simulated", "simulated", c.time.Add(time.Hour).UTC().Format(time.RFC3339)},
		user{c.seenFrom(arn[4]).principalID("role", name) + ":" + session, assumedRole},
	}, nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
