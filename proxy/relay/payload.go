package relay

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"sync"

	"sesgate/authz"
	"sesgate/proxy"
)

const (
	chunk        = 48 << 10 // octets of a message that are encoded at a time; a multiple of three
	encodedChunk = chunk / 3 * 4
)

// payload is the body of a SendEmail request. It encodes the message while it is
// read, so that the message is held once, as it came, where the SDK holds it
// three times over.
//
// The transport may read and close it after the request is over, and from another
// goroutine. Once it is closed nothing reads the message any more.
type payload struct {
	message []byte
	tail    []byte // the JSON behind the message
	size    int64  // octets of the body
	hash    string // of the body, in hex

	mu   sync.Mutex
	buf  *[encodedChunk]byte // nil once closed
	next []byte              // to be read next
	rest []byte              // of message, not yet encoded
	done bool                // tail was read, or is next
}

// buffers are those of payloads, and go back when these are closed.
var buffers = sync.Pool{New: func() any { return new([encodedChunk]byte) }}

const head = `{"Content":{"Raw":{"Data":"`

func newPayload(msg proxy.Message) (*payload, error) {
	parameters, err := json.Marshal(newParameters(msg))
	if err != nil {
		return nil, err
	}
	p := &payload{message: msg.Data, tail: append([]byte(`"}},`), parameters[1:]...)}
	p.size = int64(len(head) + base64.StdEncoding.EncodedLen(len(msg.Data)) + len(p.tail))
	p.buf = buffers.Get().(*[encodedChunk]byte)
	p.sum()
	return p, nil
}

// sum reads the body once to hash it: a signature covers the hash, and goes out
// before the body.
func (p *payload) sum() {
	h := sha256.New()
	for p.rewind(); len(p.next) > 0; p.advance() {
		h.Write(p.next)
	}
	p.hash = hex.EncodeToString(h.Sum(nil))
	p.rewind()
}

func (p *payload) rewind() {
	p.next, p.rest, p.done = []byte(head), p.message, false
}

// advance puts the next piece in place of one that was read.
func (p *payload) advance() {
	switch {
	case len(p.rest) > 0:
		n := min(len(p.rest), chunk)
		p.next, p.rest = p.encode(p.rest[:n]), p.rest[n:]
	case !p.done:
		p.next, p.done = p.tail, true
	default:
		p.next = nil
	}
}

// encode encodes a piece of the message into the buffer. The only piece of a
// small message is there already when it is read for the second time.
func (p *payload) encode(piece []byte) []byte {
	if len(p.message) <= chunk && p.hash != "" {
		return p.buf[:base64.StdEncoding.EncodedLen(len(piece))]
	}
	return appendBase64(p.buf[:0], piece)
}

func (p *payload) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.buf == nil {
		return 0, http.ErrBodyReadAfterClose
	}
	if len(p.next) == 0 {
		p.advance()
	}
	if len(p.next) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.next)
	p.next = p.next[n:]
	return n, nil
}

// Close lets go of message and buffer. It may be called more than once.
func (p *payload) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.buf != nil {
		buffers.Put(p.buf)
		p.buf, p.message, p.rest, p.next = nil, nil, nil, nil
	}
	return nil
}

// parameters are those of SendEmail that are not the message: what newInput has,
// in the names of the API. It never is an empty document, as Destination is always
// there.
type parameters struct {
	Destination                               destination
	ConfigurationSetName                      string                 `json:",omitempty"`
	FromEmailAddressIdentityArn               string                 `json:",omitempty"`
	FeedbackForwardingEmailAddress            string                 `json:",omitempty"`
	FeedbackForwardingEmailAddressIdentityArn string                 `json:",omitempty"`
	TenantName                                string                 `json:",omitempty"`
	ListManagementOptions                     *listManagementOptions `json:",omitempty"`
	EmailTags                                 []authz.Tag            `json:",omitempty"`
}

type destination struct{ ToAddresses []string }

type listManagementOptions struct {
	ContactListName string
	TopicName       string `json:",omitempty"`
}

func newParameters(msg proxy.Message) parameters {
	r := msg.Route
	p := parameters{
		Destination:                               destination{msg.Recipients},
		ConfigurationSetName:                      r.ConfigurationSet,
		FromEmailAddressIdentityArn:               r.IdentityARN,
		FeedbackForwardingEmailAddress:            r.FeedbackAddress,
		FeedbackForwardingEmailAddressIdentityArn: r.ReturnPathARN,
		TenantName:                                r.Tenant,
		EmailTags:                                 r.Tags,
	}
	if r.ContactList != "" {
		p.ListManagementOptions = &listManagementOptions{r.ContactList, r.Topic}
	}
	return p
}
