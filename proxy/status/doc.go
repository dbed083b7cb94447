// Package status shows people and probes what the proxy does, from the same
// events that its log is made of: [Board] is a page, two probes and a summary.
//
// The board is safe by default. It answers GET and HEAD only, to its own names
// only (a foreign Host header is how DNS rebinding looks), runs no script, loads
// nothing from elsewhere and changes nothing.
package status
