// Package awssim is AWS in the process: an [http.Handler] that answers the calls
// of the real AWS SDK clients for STS, IAM, Organizations and SES from a world of
// plain files. Nothing is ever sent; what SES would have sent is kept and can be
// looked at.
//
// The simulator evaluates no policies. It hands out the policies of its world and
// refuses what the world states that IAM refuses, so that it can bear witness
// against an evaluator. What it decides itself are the rules of SES's own state:
// which identity a sender resolves to, what is verified, the sandbox, pauses,
// quotas, and what makes a message unacceptable.
package awssim
