package collect

import (
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// client hides the WriterTo of the bodies of requests. The SDK closes a body as
// soon as an answer begins; the WriterTo of its bodies (smithy-go,
// safeWriteToReadCloser) then gives io.EOF as an error, and net/http drops the
// connection while the answer is being read.
type client struct{ aws.HTTPClient }

func newClient(configured aws.HTTPClient) client {
	if configured == nil {
		configured = awshttp.NewBuildableClient()
	}
	return client{configured}
}

func (c client) Do(req *http.Request) (*http.Response, error) {
	if req.Body != nil && req.Body != http.NoBody {
		req = req.Clone(req.Context())
		req.Body = struct {
			io.Reader
			io.Closer
		}{req.Body, req.Body}
	}
	return c.HTTPClient.Do(req)
}
