package awssim

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxBody bounds a request: SES takes messages of 40 MB after base64, and JSON
// around them.
const maxBody = 64 << 20

// call is one API call under way.
type call struct {
	*state
	world   *World
	request *http.Request
	body    []byte

	time      time.Time // by the world's clock
	id        string    // request ID
	protocol  protocol
	service   string
	regionID  string
	accessKey string
	caller    string // ARN
	action    string
	resource  string
}

// ServeHTTP answers one AWS API call. The service and the region are those of the
// credential scope of its signature; the signature itself is not verified.
func (w *World) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	c := w.newCall(r)
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
	c.body = body
	c.action = c.operation()
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		c.write(rw, c.answer(nil, refuse(413, "RequestEntityTooLargeException", "Request body is too large.")))
	case err != nil: // the client left in the middle of it
		c.done(0, "")
	default:
		c.handle(rw)
	}
}

func (w *World) newCall(r *http.Request) *call {
	c := &call{state: w.current(), world: w, request: r, id: newRequestID()}
	c.time = time.Now().Add(time.Duration(c.ClockAhead))
	c.service, c.regionID, c.accessKey = credentialScope(r, c.Region)
	c.caller = c.callerOf(c.accessKey)
	if arn, ok := splitCaller(c.caller); ok {
		c.state = c.seenFrom(arn[4])
	}
	c.protocol = protocolOf(r)
	return c
}

func (c *call) handle(rw http.ResponseWriter) {
	if err := c.authenticate(); err != nil {
		c.write(rw, c.answer(nil, err))
		return
	}
	wrong := c.fault()
	if wrong.before(c, rw) {
		return
	}
	result, err := c.perform()
	answer := c.answer(result, err)
	if err != nil || !wrong.after(c, rw, answer) {
		c.write(rw, answer)
	}
}

func (c *call) perform() (any, error) {
	switch c.service {
	case "sts":
		return c.sts()
	case "iam":
		return c.iam()
	case "organizations":
		return c.organizations()
	case "ses":
		return c.ses()
	}
	return nil, c.unknownOperation()
}

// operation names what is asked for, "" if it cannot be told.
func (c *call) operation() string {
	switch c.protocol {
	case queryProtocol:
		return c.parameters().Get("Action")
	case json11Protocol:
		_, action, _ := strings.Cut(c.request.Header.Get("X-Amz-Target"), ".")
		return action
	default:
		name, _ := c.sesRoute()
		return name
	}
}

// credentialScope reads Credential=KEY/DATE/REGION/SERVICE/aws4_request. SigV4A,
// which signs for several regions at once, has no region in it: it is home's.
func credentialScope(r *http.Request, home string) (service, region, accessKey string) {
	_, credential, ok := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if !ok {
		return "", "", ""
	}
	credential, _, _ = strings.Cut(credential, ",")
	switch scope := strings.Split(strings.TrimSpace(credential), "/"); {
	case len(scope) == 5 && scope[4] == "aws4_request":
		return scope[3], scope[2], scope[0]
	case len(scope) == 4 && scope[3] == "aws4_request":
		return scope[2], home, scope[0]
	}
	return "", "", ""
}

// authenticate refuses calls as AWS does before it looks at what they want.
func (c *call) authenticate() error {
	if c.service == "" {
		if c.protocol == queryProtocol {
			return refuse(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
		}
		return refuse(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
	}
	if err := c.checkClock(); err != nil {
		return err
	}
	state := c.Credentials
	if own, ok := c.AccessKeys[c.accessKey]; ok {
		state = own
	}
	switch state {
	case "expired":
		return c.pick(refuse(403, "ExpiredTokenException", "The security token included in the request is expired"), "ExpiredToken")
	case "invalid":
		return c.pick(refuse(403, "UnrecognizedClientException", "The security token included in the request is invalid."), "InvalidClientTokenId")
	case "mismatched":
		return c.badSignature("The request signature we calculated does not match the signature you provided. " +
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

func (c *call) badSignature(message string) error {
	return c.pick(refuse(403, "InvalidSignatureException", message), "SignatureDoesNotMatch")
}

// checkClock compares the time of signing with the world's, in AWS's words.
func (c *call) checkClock() error {
	const stamp = "20060102T150405Z"
	limit := time.Duration(c.MaxClockSkew)
	if limit == 0 {
		return nil
	}
	signed, err := time.Parse(stamp, c.request.Header.Get("X-Amz-Date"))
	if err != nil {
		return c.badSignature("Date must be in ISO-8601 'basic format'. Got '" + c.request.Header.Get("X-Amz-Date") + "'.")
	}
	now := c.time.UTC().Truncate(time.Second)
	show := func(t time.Time) string { return t.UTC().Format(stamp) }
	switch {
	case signed.Before(now.Add(-limit)):
		return c.badSignature(fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - %g min.)",
			show(signed), show(now.Add(-limit)), show(now), limit.Minutes()))
	case signed.After(now.Add(limit)):
		return c.badSignature(fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + %g min.)",
			show(signed), show(now.Add(limit)), show(now), limit.Minutes()))
	}
	return nil
}

func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
