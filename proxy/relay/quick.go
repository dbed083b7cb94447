package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"sesgate/proxy"
)

// answer is SES's word that it has a message.
type answer struct {
	messageID string
	requestID string
}

// way is a way to make one SendEmail request. used are the credentials that the
// provider gave for it.
type way interface {
	send(ctx context.Context, used aws.Credentials, msg proxy.Message) (answer, error)
}

// thorough is the SDK's own way. It can do everything, and takes for each message
// some 300 allocations and four times its size.
type thorough struct{ client *sesv2.Client }

func (t thorough) send(ctx context.Context, _ aws.Credentials, msg proxy.Message) (answer, error) {
	return t.do(ctx, msg)
}

func (t thorough) do(ctx context.Context, msg proxy.Message, options ...func(*sesv2.Options)) (answer, error) {
	out, err := t.client.SendEmail(ctx, newInput(msg), options...)
	if err != nil {
		return answer{}, err
	}
	id, _ := awsmiddleware.GetRequestIDMetadata(out.ResultMetadata)
	return answer{aws.ToString(out.MessageId), id}, nil
}

// quick writes requests as the SDK would, by its pattern and with its signer, but
// encodes the message on its way. It reads the one answer that nearly all messages
// get; every other one, and every error, it gives to the SDK to read.
type quick struct {
	thorough
	pattern   pattern
	signer    sesv2.HTTPSignerV4
	transport http.RoundTripper
	ahead     atomic.Int64 // nanoseconds by which AWS's clock is ahead of ours
}

// newQuick returns the quick way of a client, or false if it has none.
func newQuick(client *sesv2.Client, transport http.RoundTripper) (*quick, bool) {
	o := client.Options()
	if len(o.APIOptions) > 0 || o.ClientLogMode != 0 || o.Credentials == nil || o.HTTPSignerV4 == nil {
		return nil, false
	}
	p, ok := learn(client)
	if !ok {
		return nil, false
	}
	return &quick{thorough: thorough{client}, pattern: p, signer: o.HTTPSignerV4, transport: transport}, true
}

func (q *quick) send(ctx context.Context, used aws.Credentials, msg proxy.Message) (answer, error) {
	body, err := newPayload(msg)
	if err != nil {
		return answer{}, err
	}
	defer body.Close()
	req, err := q.request(ctx, used, body)
	if err != nil {
		return answer{}, err
	}
	resp, err := q.transport.RoundTrip(req)
	if err != nil {
		return q.read(ctx, used, nil, &url.Error{Op: "Post", URL: req.URL.String(), Err: err})
	}
	if got, ok := plain(resp); ok {
		return got, nil
	}
	q.setClock(resp)
	return q.read(ctx, used, resp, nil)
}

func (q *quick) request(ctx context.Context, used aws.Credentials, body *payload) (*http.Request, error) {
	to := q.pattern.url
	req := (&http.Request{
		Method:        http.MethodPost,
		URL:           &to,
		Host:          to.Host,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        q.pattern.header.Clone(),
		Body:          body,
		ContentLength: body.size,
	}).WithContext(ctx)
	now := time.Now().Add(time.Duration(q.ahead.Load()))
	return req, q.signer.SignHTTP(ctx, used, req, body.hash, q.pattern.service, q.pattern.region, now)
}

// plain reads an answer of 200 with a message id. If it is another, its body is
// as unread as before.
func plain(resp *http.Response) (answer, bool) {
	if resp.StatusCode != http.StatusOK {
		return answer{}, false
	}
	body, err := io.ReadAll(resp.Body)
	var said struct{ MessageID string }
	if err == nil && json.Unmarshal(body, &said) == nil && isMessageID(said.MessageID) {
		resp.Body.Close()
		return answer{said.MessageID, resp.Header.Get("X-Amzn-Requestid")}, true
	}
	resp.Body = &reread{Reader: bytes.NewReader(body), err: err, Closer: resp.Body}
	return answer{}, false
}

// reread gives what was read already, and then the error that ended it.
type reread struct {
	*bytes.Reader
	err error
	io.Closer
}

func (r *reread) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == io.EOF && r.err != nil {
		err = r.err
	}
	return n, err
}

// setClock learns from a refusal what time it is. The SDK does so, too, when it
// reads one; with both, a repeat is signed with the time that AWS has. An answer
// that was kept on the way (Age, RFC 9111 section 5.1) tells no time.
func (q *quick) setClock(resp *http.Response) {
	at, err := http.ParseTime(resp.Header.Get("Date"))
	if err == nil && resp.Header.Get("Age") == "" {
		q.ahead.Store(int64(time.Until(at)))
	}
}

// read has the SDK make of an outcome what it makes of its own ones: its errors,
// by its rules, with its types. The SDK believes that it sends another request;
// what it is told is what came of this one.
func (q *quick) read(ctx context.Context, used aws.Credentials, resp *http.Response, failure error) (answer, error) {
	told := false
	got, err := q.do(ctx, blank(), func(o *sesv2.Options) {
		o.Credentials = fixed(used)
		o.HTTPClient = clientFunc(func(*http.Request) (*http.Response, error) {
			told = true
			return resp, failure
		})
	})
	if told {
		return got, err
	}
	if resp != nil {
		resp.Body.Close()
	}
	return answer{}, errors.Join(failure, err)
}
