package diagnosis

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// What a finding takes from AWS is bounded, in octets, so that a reply has room
// for the rest.
const (
	maxTitle  = 200
	maxName   = 300
	maxDetail = 400
	maxFix    = 600
)

// apiError is smithy.APIError, by which the SDK passes on a service's error.
type apiError interface {
	ErrorCode() string
	ErrorMessage() string
}

// FromAPI returns what an error of SES, STS, IAM, the SDK or the network means.
// It states a reason only where the error does. What it does not recognise is
// [SvcUnknown]. Who knows the message's sender and recipients asks
// [ParseUnverified] first, as "Email address is not verified" is [IDNone] here
// whomever it concerns.
func FromAPI(err error) Finding {
	if err == nil {
		return New(SvcUnknown)
	}
	a := answerOf(err)
	f, ok := a.finding()
	if !ok {
		f, ok = network(err, a.text)
	}
	if !ok {
		f, ok = a.trouble()
	}
	if !ok && interrupted(err) {
		f, ok = answered(Svc, a.text), true
	}
	if !ok {
		f = answered(SvcUnknown, a.text)
	}
	if (f.Code == Throttle || f.Code == QRate) && a.reads {
		f = answered(FactThrottle, a.text)
	}
	return a.complete(f, plain(err.Error()))
}

// answer is an error taken apart.
type answer struct {
	text    string // the service's message, or all that the error says
	name    string // the exception
	status  int    // of HTTP
	request string // id
	reads   bool   // the call was one by which facts are learnt
}

func answerOf(err error) answer {
	var a answer
	var api apiError
	if errors.As(err, &api) {
		a.name, a.text = api.ErrorCode(), api.ErrorMessage()
	} else {
		a.text = err.Error()
	}
	var response interface{ HTTPStatusCode() int }
	if errors.As(err, &response) {
		a.status = response.HTTPStatusCode()
	}
	var request interface{ ServiceRequestID() string }
	if errors.As(err, &request) {
		a.request = request.ServiceRequestID()
	}
	var call interface{ Operation() string }
	if errors.As(err, &call) {
		a.reads = reads.MatchString(call.Operation())
	}
	a.text = plain(a.text)
	return a
}

// reads are the API operations by which sesgate learns facts.
var reads = regexp.MustCompile(`^(BatchGet|Get|List|Describe|Simulate)`)

// finding reads the answer's text, then its exception.
func (a answer) finding() (Finding, bool) {
	if f, ok := worded(a.text); ok {
		return f, true
	}
	code, ok := exceptionCode(a.name)
	if !ok {
		return Finding{}, false
	}
	f := answered(code, a.text)
	if strings.HasPrefix(a.name, "SendingPaused") {
		f.Title = "SES answers that sending is paused, not for what"
	}
	return f, true
}

// worded reads a text: the wording that begins first counts.
func worded(text string) (Finding, bool) {
	best := len(text)
	var f Finding
	if d, start, ok := findDenial(text); ok {
		best, f = start, d.Finding()
		if d.Action == "" { // its words are all there is
			f.Detail = answered(f.Code, text[start:]).Detail
		}
	}
	if u, start, ok := findUnverified(text); ok && start < best {
		best, f = start, u.undecided()
	}
	if s, ok := earliest(phrases, text); ok && s.start < best {
		best, f = s.start, s.finding()
	}
	return f, best < len(text)
}

// trouble reads what lies below the service: the network's words, HTTP's status.
func (a answer) trouble() (Finding, bool) {
	lower := strings.ToLower(a.text)
	for i := range troubles {
		if s, ok := troubles[i].find(a.text, lower); ok {
			return s.finding(), true
		}
	}
	code, ok := statusCode(a.status)
	if !ok {
		return Finding{}, false
	}
	return answered(code, a.text), true
}

// signing is how the SDK says that it got no credentials, which is before it
// calls the service: what follows it comes from a provider of credentials.
var signing = regexp.MustCompile(`(?i)get identity: |get credentials: |failed to refresh cached credentials|failed to retrieve credentials`)

// complete corrects a finding by what the whole error says in plain text, and adds the
// exception, the status and the request's id to its detail.
func (a answer) complete(f Finding, whole string) Finding {
	if signing.MatchString(whole) && f.Code != RegNone && !strings.HasPrefix(string(f.Code), "cred-") {
		f = answered(CredNone, whole)
	}
	var marks []string
	if a.name != "" {
		marks = append(marks, Clean(a.name, 60))
	}
	if a.status != 0 {
		marks = append(marks, fmt.Sprintf("HTTP %d", a.status))
	}
	if a.request != "" {
		marks = append(marks, "request "+Clean(a.request, 60))
	}
	if len(marks) > 0 {
		f.Detail += " (" + strings.Join(marks, ", ") + ")"
	}
	return f
}

// answered returns the finding for an answer that says no more than text.
func answered(code Code, text string) Finding {
	f := New(code)
	if text = redact(Clean(text, maxDetail)); text != "" {
		f.Detail = "the error says: " + text
	}
	if ofSES.MatchString(string(code)) {
		f.Layer = "ses"
	}
	return f
}

// ofSES are the codes that SES's own rules stand behind.
var ofSES = regexp.MustCompile(`^(acct|id|sbx|cs|mf|q|ten|mre|msg|supp|lm)\b`)

// secrets are what AWS repeats of a request whose signature is wrong.
var secrets = regexp.MustCompile(`(?i)\b(x-amz-security-token|authorization|x-amz-signature|aws_secret_access_key|aws_session_token|password)\b["']?[:=] ?.*`)

// redact cuts text off where a secret may follow.
func redact(text string) string {
	if i := strings.Index(text, "The Canonical String"); i >= 0 {
		text = text[:i]
	}
	return secrets.ReplaceAllString(text, "$1 [withheld]")
}
