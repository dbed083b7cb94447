// Package relay hands messages to Amazon SES and makes sure that it never hands
// over the same one twice on its own account.
//
// SendEmail has no idempotency token, and SES says itself that "a request may
// time out or return a server error after the email has already been accepted"
// (SES Developer Guide, "Amazon SES API error messages"). The SDK's own retries
// therefore turn one lost answer into three copies. [SES.Send] repeats a request
// only when SES provably does not have the message:
//
//   - the request never left, or not to its end: no DNS answer, no connection, no
//     TLS, a connection that broke while it was written;
//   - SES refused it with a 4xx answer that time, fresh credentials or a
//     corrected clock can mend.
//
// In every other case the answer is unknown, [proxy.Receipt] says so, and the
// client decides.
package relay
