package policy

// Principal is who calls.
type Principal struct {
	ARN     string // as the call carries it: user, assumed-role session, root, federated user; or a service's name
	Role    string // ARN with path of the role behind a session; "" takes it to have no path
	Account string // 12 digits; "" for a service
}

// ParsePrincipal takes apart the ARN that sts:GetCallerIdentity returns, or the
// name of a service such as cognito-idp.amazonaws.com.
func ParsePrincipal(arn string) (Principal, error) { return Principal{ARN: arn}, nil }
