// Package guard holds the connections beneath an SMTP server. It is a
// [net.Listener] whose connections keep their own deadlines, are counted, and
// can be drained; and which, once a read or a write has failed, never deliver
// another octet.
//
// The last is why the package exists. A server that goes on after an error in
// the middle of a message reads the rest of that message as commands
// (emersion/go-smtp#196), and one that reads lines with bufio executes the
// fragment that stood before the error. A [Conn] delivers whole lines, one at a
// time, its stream ends at the first error, and [Conn.Enter] tells the server not
// to act on what it holds.
//
// As the server has never read ahead, a message can be read from the connection
// itself, in pieces of any size: [Conn.ReadMessage].
//
// A Conn goes above TLS: the handshake is its own, at once or by STARTTLS, so that
// all this holds for encrypted connections, too.
package guard
