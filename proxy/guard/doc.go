// Package guard holds the connections beneath an SMTP server. It is a
// [net.Listener] whose connections keep their own deadlines, are counted, and
// can be drained; and which, once a read or a write has failed, never deliver
// another octet.
//
// The last is why the package exists. A server that goes on after an error in
// the middle of a message reads the rest of that message as commands
// (emersion/go-smtp#196), and one that reads lines with bufio executes the
// fragment that stood before the error. Beneath a [Conn] the stream ends at the
// first error, and [Conn.Enter] tells the server not to act on what it holds.
//
// TLS is the guard's, too: a server above it reads and writes lines in the clear.
package guard
