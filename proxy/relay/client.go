package relay

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
)

const (
	// longestAnswer bounds what is read of an answer; SES's have a few hundred octets.
	longestAnswer = 256 << 10
	// idleTimeout is meant to be shorter than the server's: a request that meets a
	// connection which the other side is just closing has an unknown outcome.
	idleTimeout = 30 * time.Second
)

var errLongAnswer = errors.New("answer is longer than SES's ever are")

// newHTTPClient returns a client that keeps a connection for each concurrent send,
// where the SDK's keeps ten and opens a new one for every other message. Beneath
// it is the transport, which is nil if the configured client is of a foreign type.
//
// It speaks HTTP/1.1 only: there a lost connection leaves one outcome unknown and
// not those of all sends that share it, and net/http never writes a POST twice
// (it repeats one only if nothing was written and the request has a GetBody,
// which those of the SDK have not).
func newHTTPClient(configured aws.HTTPClient, connections int) (sesv2.HTTPClient, http.RoundTripper) {
	if configured == nil {
		configured = awshttp.NewBuildableClient()
	}
	buildable, ok := configured.(*awshttp.BuildableClient)
	if !ok {
		return blindClient{configured}, nil
	}
	transport := buildable.GetTransport()
	transport.ForceAttemptHTTP2 = false
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP1(true)
	transport.MaxIdleConns = connections
	transport.MaxIdleConnsPerHost = connections
	transport.MaxConnsPerHost = connections
	transport.IdleConnTimeout = idleTimeout
	transport.MaxResponseHeaderBytes = longestAnswer
	transport.WriteBufferSize = 16 << 10 // a TLS record, and most messages
	if transport.TLSClientConfig == nil {
		transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	transport.TLSClientConfig.NextProtos = nil // a clone comes with h2 on offer
	transport.TLSNextProto = nil
	transport.TLSClientConfig.ClientSessionCache = tls.NewLRUClientSessionCache(connections)
	transport.TLSClientConfig.DynamicRecordSizingDisabled = true // SES reads a request as a whole
	bounded := boundedAnswers{transport}
	return &http.Client{
		Transport: readOnlyBodies{bounded},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // SES does not redirect; who else does must not see the mail
		},
	}, bounded
}

// blindClient is a client that need not tell when it has a connection and when it
// writes. Whatever fails in it may have reached SES.
type blindClient struct{ client aws.HTTPClient }

func (b blindClient) Do(req *http.Request) (*http.Response, error) {
	if w, ok := req.Context().Value(wireKey{}).(*wire); ok {
		w.handedOver()
	}
	return b.client.Do(req)
}

func (b blindClient) CloseIdleConnections() {
	if c, ok := b.client.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// boundedAnswers lets no answer fill the memory.
type boundedAnswers struct{ *http.Transport }

func (b boundedAnswers) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.Transport.RoundTrip(req)
	if err == nil {
		resp.Body = &boundedBody{ReadCloser: resp.Body, left: longestAnswer}
	}
	return resp, err
}

// readOnlyBodies hides the WriterTo of a request's body. The SDK closes the body as soon
// as an answer begins; the WriterTo of its bodies (smithy-go, safeWriteToReadCloser)
// then gives io.EOF as an error, net/http takes that for a failed write and drops
// the connection while the answer is being read: a message that SES has taken
// would be called lost.
type readOnlyBodies struct{ boundedAnswers }

func (r readOnlyBodies) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil && req.Body != http.NoBody {
		req = req.Clone(req.Context())
		req.Body = struct {
			io.Reader
			io.Closer
		}{req.Body, req.Body}
	}
	return r.boundedAnswers.RoundTrip(req)
}

type boundedBody struct {
	io.ReadCloser
	left int
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLongAnswer
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
