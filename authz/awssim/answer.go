package awssim

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// apiError is an error in AWS's terms.
type apiError struct {
	status  int
	code    string
	message string
}

func refuse(status int, code, message string) *apiError {
	return &apiError{status, code, message}
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

// pick gives an error the code that the query protocol has for it.
func (c *call) pick(e *apiError, queryCode string) *apiError {
	if c.protocol == queryProtocol {
		e.code = queryCode
	}
	return e
}

// unknownOperation is what AWS says of an operation that it, or this simulator,
// does not have.
func (c *call) unknownOperation() error {
	if c.protocol == queryProtocol {
		return refuse(400, "InvalidAction", "Could not find operation "+c.action+" for version "+c.parameters().Get("Version"))
	}
	return refuse(404, "UnknownOperationException", "the simulator does not have "+c.request.Method+" "+c.request.URL.Path+" "+c.action)
}

// protocol is how a service speaks.
type protocol int

const (
	restProtocol   protocol = iota // SES: method and path, JSON
	json11Protocol                 // Organizations: X-Amz-Target, JSON
	queryProtocol                  // STS, IAM: a form, XML
)

func protocolOf(r *http.Request) protocol {
	switch {
	case r.Header.Get("X-Amz-Target") != "":
		return json11Protocol
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"), r.URL.Query().Has("Action"):
		return queryProtocol
	}
	return restProtocol
}

// parameters are the form of the query protocol. A form that cannot be read has none.
func (c *call) parameters() url.Values {
	form, err := url.ParseQuery(string(c.body))
	if err != nil || len(form) == 0 {
		return c.request.URL.Query()
	}
	return form
}

// answer is a response ready to be written.
type answer struct {
	status int
	code   string // error code; "" for success
	kind   string // content type
	body   []byte
}

func (c *call) answer(result any, err error) answer {
	if err != nil {
		return c.errorAnswer(err)
	}
	if c.protocol == queryProtocol {
		return answer{status: 200, kind: "text/xml", body: c.xml(result)}
	}
	body, err := json.Marshal(result)
	if err != nil {
		return c.errorAnswer(fmt.Errorf("answer %s: %w", c.action, err))
	}
	return answer{status: 200, kind: c.contentType(), body: body}
}

func (c *call) contentType() string {
	switch c.protocol {
	case queryProtocol:
		return "text/xml"
	case json11Protocol:
		return "application/x-amz-json-1.1"
	default:
		return "application/json"
	}
}

func (c *call) errorAnswer(err error) answer {
	var e *apiError
	if !errors.As(err, &e) {
		e = refuse(500, "InternalFailure", err.Error())
	}
	a := answer{status: e.status, code: e.code, kind: c.contentType()}
	switch c.protocol {
	case queryProtocol:
		a.body = c.xmlError(e)
	case json11Protocol:
		a.body, _ = json.Marshal(map[string]string{"__type": e.code, "Message": e.message})
	default:
		a.body, _ = json.Marshal(map[string]string{"message": e.message})
	}
	return a
}

// write sends an answer and notes the call.
func (c *call) write(rw http.ResponseWriter, a answer) {
	c.done(a.status, a.code)
	c.header(rw, a)
	rw.WriteHeader(a.status)
	_, _ = rw.Write(a.body) // the client has gone: nothing is left to be done
}

func (c *call) header(rw http.ResponseWriter, a answer) {
	h := rw.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	h.Set("X-Amzn-RequestId", c.id)
	h.Set("Date", c.time.UTC().Format(http.TimeFormat))
	h.Set("Server", "awssim (simulated: nothing is sent)")
	if a.code != "" && c.protocol == restProtocol {
		h.Set("X-Amzn-ErrorType", a.code)
	}
}

func (c *call) done(status int, code string) {
	c.world.note(Call{
		Time: c.time, Service: c.service, Action: c.action, Region: c.regionID,
		Resource: c.resource, AccessKey: c.accessKey, Status: status, Error: code,
	})
}

// namespaces of the query protocol's answers.
var namespaces = map[string]string{
	"sts": "https://sts.amazonaws.com/doc/2011-06-15/",
	"iam": "https://iam.amazonaws.com/doc/2010-05-08/",
}

type responseMetadata struct{ RequestId string }

func (c *call) xml(result any) []byte {
	return c.envelope(c.action+"Response", func(e *xml.Encoder) error {
		if err := e.EncodeElement(result, element(c.action+"Result")); err != nil {
			return err
		}
		return e.EncodeElement(responseMetadata{c.id}, element("ResponseMetadata"))
	})
}

func (c *call) xmlError(err *apiError) []byte {
	kind := "Sender"
	if err.status >= 500 {
		kind = "Receiver"
	}
	return c.envelope("ErrorResponse", func(e *xml.Encoder) error {
		fault := struct{ Type, Code, Message string }{kind, err.code, err.message}
		if err := e.EncodeElement(fault, element("Error")); err != nil {
			return err
		}
		return e.EncodeElement(c.id, element("RequestId"))
	})
}

func (c *call) envelope(name string, content func(*xml.Encoder) error) []byte {
	var out bytes.Buffer
	encoder := xml.NewEncoder(&out)
	start := element(name)
	if space := namespaces[c.service]; space != "" {
		start.Attr = []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: space}}
	}
	// Writing known types into memory cannot fail.
	_ = encoder.EncodeToken(start)
	_ = content(encoder)
	_ = encoder.EncodeToken(start.End())
	_ = encoder.Close()
	return out.Bytes()
}

func element(name string) xml.StartElement {
	return xml.StartElement{Name: xml.Name{Local: name}}
}
