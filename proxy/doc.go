// Package proxy is the SMTP server: it takes a message from an application, asks
// whether Amazon SES will take it, and either hands it over or says why not.
//
// # Life of one message
//
//  1. A client connects. The connection is a [sesgate/proxy/guard.Conn]: counted,
//     with deadlines of its own, and at its end with the first error.
//  2. MAIL opens a transaction, with a reference (a ULID). The address gate holds
//     the reverse-path to a form that reads the same everywhere. The [Checker]
//     is asked with what is known: who sends, in which region. Facts come from
//     memory or are awaited, all in all for Server.Wait; what is not known by
//     then is unknown, and unknown refuses nothing.
//  3. Each RCPT passes the gate, too, and is checked together with those accepted
//     before. A recipient that SES would refuse is refused alone.
//  4. DATA or BDAT is read to its end, within limits, with every line ending made
//     CRLF. X-SES- headers are taken out. The header is read for what SES
//     authorises: From, Sender, Return-Path, To, Cc and Bcc.
//  5. The last check has everything. What is wrong with the message itself and
//     what stands against it in AWS is told at once. Mode warn only notes it,
//     mode off does not ask.
//  6. The [Relay] hands the message to SES, once. 250 is said when SES has taken
//     it, with SES's message id. A refusal by SES is worded from the same
//     catalogue as one of ours, and if it contradicts the verdict, the verdict's
//     facts are forgotten.
//  7. One [Event] goes to every [Recorder].
//
// A client that resets the transaction or goes away while the message arrives
// has sent nothing; one that goes away while SES is asked has, as the send goes
// on. Nothing is kept on disk: until the 250 the message is the client's.
package proxy
