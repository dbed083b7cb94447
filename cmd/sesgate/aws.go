package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/logging"
	"go.uber.org/zap"

	"sesgate/authz/awssim"
)

// cloud is the AWS that is used: the real one, or a world simulated on loopback.
// Nothing else in the program knows which.
type cloud struct {
	config aws.Config
	facts  *factsFile    // laid over it; nil: none
	world  *awssim.World // nil: the real AWS
	server *http.Server
	served chan error
}

// connect prepares the use of AWS. It makes no call: the first one may need
// seconds, and mail is taken before.
func connect(ctx context.Context, cfg Config, log *zap.Logger) (*cloud, error) {
	file, err := openFacts(cfg)
	if err != nil {
		return nil, err
	}
	if cfg.AWS.Simulate != "" {
		world, err := openWorld(cfg.AWS.Simulate)
		if err != nil {
			return nil, &problem{exitUsage, fmt.Errorf("aws.simulate: %w", err)}
		}
		c, err := simulate(cfg, world)
		if err == nil {
			c.facts = file
		}
		return c, err
	}
	options := []func(*awsconfig.LoadOptions) error{awsconfig.WithLogger(sdkLog{log})}
	if cfg.AWS.Region != "" {
		options = append(options, awsconfig.WithRegion(cfg.AWS.Region))
	}
	loaded, err := awsconfig.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, &problem{exitUsage, fmt.Errorf("read the AWS configuration: %w", err)}
	}
	if loaded.Region == "" && file != nil {
		loaded.Region = file.Region()
	}
	if loaded.Region == "" {
		return nil, &problem{exitUsage, errors.New("aws.region: no region is set: write it there, or set AWS_REGION, or name one in the AWS profile; " +
			"to try sesgate without AWS: sesgate serve --simulate demo")}
	}
	if !shapeOfRegion.MatchString(loaded.Region) {
		return nil, &problem{exitUsage, fmt.Errorf("the region of the AWS environment, %q, is not one such as eu-west-1: correct AWS_REGION or the AWS profile, or set aws.region", loaded.Region)}
	}
	return &cloud{config: loaded, facts: file}, nil
}

// simulate serves a world on a loopback port and points the SDK there.
func simulate(cfg Config, world *awssim.World) (*cloud, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve simulated AWS: %w", err)
	}
	region := cfg.AWS.Region
	if region == "" {
		region = world.Region()
	}
	c := &cloud{
		config: aws.Config{
			Region:       region,
			BaseEndpoint: aws.String("http://" + l.Addr().String()),
			Credentials:  credentials.NewStaticCredentialsProvider("AKIASIMULATEDSESGATE", "simulated", ""),
		},
		world:  world,
		server: &http.Server{Handler: world, ReadHeaderTimeout: 10 * time.Second},
		served: make(chan error, 1),
	}
	go func() { c.served <- c.server.Serve(l) }()
	return c, nil
}

// openWorld finds the world of that name: the demo, a directory or an archive.
func openWorld(name string) (*awssim.World, error) {
	if name == "demo" {
		return awssim.Demo()
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%q is neither demo nor a directory or .txtar file", name)
	case err != nil:
		return nil, err
	case info.IsDir():
		if !hasWorld(name) {
			return nil, fmt.Errorf("%q has none of a world's folders, iam and ses", name)
		}
		return awssim.Load(os.DirFS(name))
	case !strings.HasSuffix(name, ".txtar"):
		return nil, fmt.Errorf("%q is a file, but not a .txtar archive", name)
	}
	archive, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return awssim.LoadTxtar(archive)
}

// sdkLog takes what the SDK has to say into our log.
type sdkLog struct{ *zap.Logger }

func (l sdkLog) Logf(level logging.Classification, format string, v ...any) {
	message := zap.String("text", fmt.Sprintf(format, v...))
	if level == logging.Warn {
		l.Warn("aws sdk", message)
		return
	}
	l.Debug("aws sdk", message)
}

// hasWorld reports whether a directory looks like a world, so that no other one is
// read from end to end.
func hasWorld(dir string) bool {
	for _, part := range []string{"world.json", "iam", "ses", "refusals.json"} {
		if _, err := os.Stat(filepath.Join(dir, part)); err == nil {
			return true
		}
	}
	return false
}

// Close ends the simulation.
func (c *cloud) Close() {
	if c.server == nil {
		return
	}
	c.server.Close()
	<-c.served
}
