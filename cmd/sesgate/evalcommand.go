package main

type evalCommand struct{}

// Run answers cases as they come in.
func (evalCommand) Run(p *program) error { return evalCases(p.stdin, p.stdout) }

// Help is what sesgate eval --help says beside the flags.
func (evalCommand) Help() string {
	return `Each line of standard input is a case, a JSON object:

  id                  string, comes back in the answer
  principal           ARN of a user, role session, root or federated user, or a service
  principalAccount    its account, 12 digits
  action, resource    what is asked: ses:SendRawEmail, one ARN without wildcards
  resourceAccount     account that owns the resource
  context             condition keys: {"ses:FromAddress": "a@example.com",
                      "ses:Recipients": ["b@example.org"]}; complete unless unknown says otherwise
  identityPolicies    list of policies of the user or role
  groupPolicies       list of policies of the user's groups
  permissionBoundary  policy
  sessionPolicy       policy
  scps, rcps          lists of lists of policies, one list a level from the root to the account
  resourcePolicy      policy: the identity's sending authorization
  unknown             condition keys that may hold anything, or be absent
  unreadable          layers whose policies are not known: rcp, scp, resourcePolicy,
                      identity, boundary, session

A policy is an object as AWS writes it. The answer is one line:

  {"id", "decision", "deniedBy", "deniedByAll", "matched", "needs"}

decision is allow, implicitDeny, explicitDeny or unknown; needs names the keys and
layers on which an unknown hangs. A line that cannot be read gets {"id", "error"},
and the rest goes on.`
}
