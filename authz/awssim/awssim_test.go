package awssim_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"go.uber.org/goleak"

	"sesgate/authz/awssim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// aworld is a world behind an HTTP server, with the SDK's clients for it.
type aworld struct {
	*awssim.World
	config aws.Config
	iam    *iam.Client
	sts    *sts.Client
	ses    *sesv2.Client
	org    *organizations.Client
}

// serve starts a server for a world and clients that try once.
func serve(t testing.TB, w *awssim.World) *aworld {
	t.Helper()
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	client := server.Client()
	t.Cleanup(client.CloseIdleConnections)
	config := aws.Config{
		Region:           w.Region(),
		Credentials:      credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "token"),
		BaseEndpoint:     aws.String(server.URL),
		HTTPClient:       client,
		RetryMaxAttempts: 1,
	}
	return &aworld{
		World: w, config: config,
		iam: iam.NewFromConfig(config), sts: sts.NewFromConfig(config),
		ses: sesv2.NewFromConfig(config), org: organizations.NewFromConfig(config),
	}
}

func serveTxtar(t testing.TB, archive string) *aworld {
	t.Helper()
	w, err := awssim.LoadTxtar([]byte(archive))
	if err != nil {
		t.Fatalf("load world: %v", err)
	}
	return serve(t, w)
}

func serveDemo(t testing.TB) *aworld {
	t.Helper()
	w, err := awssim.Demo()
	if err != nil {
		t.Fatalf("load demo world: %v", err)
	}
	return serve(t, w)
}

// send relays a raw message as a relay does: recipients in the call.
func (w *aworld) send(region, from string, to ...string) (string, error) {
	data := fmt.Sprintf("From: %s\r\nTo: list@example.com\r\nSubject: hello\r\n\r\nbody\r\n", from)
	return w.sendRaw(region, data, func(in *sesv2.SendEmailInput) {
		in.Destination = &types.Destination{BccAddresses: to}
	})
}

func (w *aworld) sendRaw(region, data string, edit func(*sesv2.SendEmailInput)) (string, error) {
	in := &sesv2.SendEmailInput{Content: &types.EmailContent{Raw: &types.RawMessage{Data: []byte(data)}}}
	if edit != nil {
		edit(in)
	}
	out, err := w.ses.SendEmail(context.Background(), in, func(o *sesv2.Options) {
		if region != "" {
			o.Region = region
		}
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.MessageId), nil
}
