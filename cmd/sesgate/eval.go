package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"sesgate/authz/policy"
)

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
  endpointPolicy      policy of the VPC endpoint
  unknown             condition keys that may hold anything, or be absent
  unreadable          layers whose policies are not known: rcp, scp, resourcePolicy,
                      identity, boundary, session, endpoint

A policy is an object as AWS writes it. The answer is one line:

  {"id", "decision", "deniedBy", "deniedByAll", "matched", "needs"}

decision is allow, implicitDeny, explicitDeny or unknown; needs names the keys and
layers on which an unknown hangs. A line that cannot be read gets {"id", "error"},
and the rest goes on.`
}

// maxCase is the longest line that sesgate eval reads, in octets.
const maxCase = 64 << 20

// evalAnswer is the line that answers a case.
type evalAnswer struct {
	ID          string      `json:"id"`
	Decision    string      `json:"decision"`
	DeniedBy    *string     `json:"deniedBy"`
	DeniedByAll []string    `json:"deniedByAll"`
	Matched     []evalMatch `json:"matched"`
	Needs       []string    `json:"needs"`
}

// evalMatch is a statement that applied or may apply. Statement counts from 0.
type evalMatch struct {
	Layer     string `json:"layer"`
	Policy    string `json:"policy"`
	Sid       string `json:"sid"`
	Statement int    `json:"statement"`
	Effect    string `json:"effect"`
}

// evalRefusal is the line that answers a case that cannot be read.
type evalRefusal struct {
	ID    string `json:"id"`
	Error string `json:"error"`
}

// evalCases answers every line of in, a case, with a line of out: the evaluator
// as an offline policy simulator. A case that cannot be read is answered with an
// error and the rest goes on. Empty lines are skipped. The error returned is
// that of reading in or writing out.
func evalCases(in io.Reader, out io.Writer) error {
	lines := bufio.NewReaderSize(in, 1<<16)
	answers := bufio.NewWriterSize(out, 1<<16)
	enc := json.NewEncoder(answers)
	enc.SetEscapeHTML(false)
	var cases caseReader
	var line []byte
	for n := 1; ; n++ {
		var err error
		line, err = readLine(lines, line[:0], maxCase)
		if err != nil && !errors.Is(err, errLongLine) {
			return errors.Join(ignoreEOF(err), answers.Flush())
		}
		if err == nil && len(line) == 0 {
			continue
		}
		if err := enc.Encode(answerCase(&cases, line, n, err)); err != nil {
			return fmt.Errorf("write answer %d: %w", n, err)
		}
		if lines.Buffered() == 0 { // whoever waits for an answer gets it
			if err := answers.Flush(); err != nil {
				return fmt.Errorf("write answer %d: %w", n, err)
			}
		}
	}
}

// answerCase evaluates one line.
func answerCase(cases *caseReader, line []byte, n int, err error) any {
	c := &evalCase{}
	if err == nil {
		c, err = cases.read(line)
	}
	if err != nil {
		return evalRefusal{ID: c.id, Error: fmt.Sprintf("line %d: %v", n, err)}
	}
	e := policy.Explain(&c.set, &c.request)
	a := evalAnswer{
		ID:          c.id,
		Decision:    e.Decision.String(),
		DeniedByAll: make([]string, 0, len(e.DeniedBy)),
		Matched:     make([]evalMatch, 0, len(e.Matches)),
		Needs:       append([]string{}, e.Needs...),
	}
	for _, layer := range e.DeniedBy {
		a.DeniedByAll = append(a.DeniedByAll, layer.String())
		a.DeniedBy = &a.DeniedByAll[0]
	}
	for _, m := range e.Matches {
		a.Matched = append(a.Matched, evalMatch{
			Layer:     m.Layer.String(),
			Policy:    m.Document.Name,
			Sid:       m.Statement.Sid,
			Statement: m.Statement.Index,
			Effect:    m.Statement.Effect.String(),
		})
	}
	return a
}

var errLongLine = errors.New("the line is too long")

// readLine appends the next line, without its end, to buf. A line of more than
// limit octets is skipped.
func readLine(r *bufio.Reader, buf []byte, limit int) ([]byte, error) {
	var long error
	for {
		part, err := r.ReadSlice('\n')
		if len(buf)+len(part) > limit {
			long, buf = errLongLine, buf[:0]
		}
		if long == nil {
			buf = append(buf, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err == nil, errors.Is(err, io.EOF) && (len(buf) > 0 || long != nil):
			return trimEnd(buf), long
		default:
			return buf, err
		}
	}
}

// trimEnd removes white space at the end of a line.
func trimEnd(line []byte) []byte {
	for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r' || line[len(line)-1] == ' ') {
		line = line[:len(line)-1]
	}
	return line
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return fmt.Errorf("read cases: %w", err)
}
