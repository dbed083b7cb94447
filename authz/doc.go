// Package authz answers, from facts already at hand, whether Amazon SES will
// take a message from this principal: [Checker.Check] turns a [Request] into a
// [Verdict].
package authz
