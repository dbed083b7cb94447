package awssim

// sts answers GetCallerIdentity, which no policy can refuse.
// Source: AWS STS API Reference, "GetCallerIdentity".
func (c *call) sts() (any, error) {
	if c.action != "GetCallerIdentity" {
		return nil, c.unknownOperation()
	}
	return struct{ Arn, UserId, Account string }{c.Caller, c.callerID(), c.account}, nil
}
