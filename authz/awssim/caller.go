package awssim

import (
	"encoding/base32"
	"strings"
)

// splitCaller splits the ARN of a caller at its colons.
func splitCaller(arn string) (parts []string, ok bool) {
	parts = strings.SplitN(arn, ":", 6)
	return parts, len(parts) == 6 && parts[0] == "arn" && len(parts[4]) == 12 && parts[5] != ""
}

// callerOf is whose access key signed: that of an assumed role holds it, others
// stand in world.json, all the rest are the world's caller.
func (s *state) callerOf(accessKey string) string {
	if arn, ok := s.Callers[accessKey]; ok {
		return arn
	}
	if session, ok := assumed(accessKey); ok {
		return session
	}
	return s.Caller
}

// seenFrom is the world as another account sees it: without its IAM and SES.
func (s *state) seenFrom(account string) *state {
	if account == s.account {
		return s
	}
	other := *s
	other.account, other.UserID = account, ""
	other.principals, other.regions = map[string]map[string]*principal{}, map[string]*region{}
	return &other
}

// sessionKey is the access key of a role's session, which names the session, so
// that nothing has to be remembered of it.
func sessionKey(session string) string {
	return "ASIA" + base32.StdEncoding.WithPadding('8').EncodeToString([]byte(session))
}

// assumed is the session whose access key it is.
func assumed(accessKey string) (session string, ok bool) {
	coded, ok := strings.CutPrefix(accessKey, "ASIA")
	if !ok {
		return "", false
	}
	name, err := base32.StdEncoding.WithPadding('8').DecodeString(coded)
	if err != nil {
		return "", false
	}
	_, ok = splitCaller(string(name))
	return string(name), ok
}

// callerName splits the caller's ARN: assumed-role, app, i-0abc, or user, name
// and nothing.
func (c *call) callerName() (kind, name, session string) {
	parts := strings.Split(c.caller[strings.LastIndex(c.caller, ":")+1:], "/")
	switch parts[0] {
	case "assumed-role":
		if len(parts) == 3 {
			return "role", parts[1], parts[2]
		}
	case "user":
		return "user", parts[len(parts)-1], ""
	}
	return parts[0], "", ""
}

// callerID is the UserId of sts:GetCallerIdentity.
func (c *call) callerID() string {
	kind, name, session := c.callerName()
	switch {
	case c.UserID != "" && c.caller == c.Caller:
		return c.UserID
	case kind == "role":
		return c.principalID(kind, name) + ":" + session
	case kind == "user":
		return c.principalID(kind, name)
	default:
		return c.account
	}
}
