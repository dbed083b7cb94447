// Sesgate is an SMTP server in front of Amazon SES. Before it hands a message
// over it works out, from cached facts, whether this AWS principal may send this
// message as this sender in this region; if not, its reply names the policy, the
// statement and the fix.
//
//	sesgate serve     take mail by SMTP and relay it through SES
//	sesgate check     say whether a message would be sent, without sending it
//	sesgate doctor    run every check there is
//	sesgate policy    print the least-privilege IAM policy for this configuration
//	sesgate explain   explain a code, or the text of an AWS error
//	sesgate eval      evaluate IAM requests offline
//	sesgate lint      look for likely mistakes in IAM policies
//	sesgate health    ask a running server whether it is ready
//	sesgate version   print version, commit and Go version
//
// Exit codes: 0 done, allowed or ready; 1 denied, not ready or an error; 2 wrong
// flags or configuration; 3 the verdict is unknown.
//
// The configuration is a YAML file (config.example.yaml describes every key),
// over it SESGATE_ variables of the environment, over them flags. Credentials and
// region come the way the AWS SDK finds them.
//
// The packages below this one are parts of a program; they promise no API.
package main
