package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
)

// clock compares this machine's clock with the Date of an answer of AWS, which
// needs no credentials. AWS refuses signatures that are more than 5 minutes off.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
func (d *doctor) clock() {
	c := check{ID: "clock", Section: thisMachine, Status: unclear, Title: "clock: AWS could not be asked for the time"}
	defer func() { d.add(c) }()
	date, err := d.date()
	if err != nil {
		c.Detail, c.Fix = diagnosis.Clean(err.Error(), 300), "look at the network, the proxy variables (HTTPS_PROXY, NO_PROXY) and AWS_ENDPOINT_URL"
		return
	}
	off := time.Since(date).Round(time.Second)
	c.Status, c.Title = healthy, fmt.Sprintf("clock: within %s of AWS's", max(off.Abs(), 2*time.Second))
	if off.Abs() > 4*time.Minute {
		f := diagnosis.New(diagnosis.CredSkew)
		c.Status, c.Code, c.Fix = ill, f.Code, f.Fix
		c.Title = fmt.Sprintf("clock: %s off AWS's", off)
	}
}

func (d *doctor) date() (time.Time, error) {
	ctx, cancel := context.WithTimeout(d.ctx, 10*time.Second)
	defer cancel()
	options := sts.NewFromConfig(d.cloud.config).Options()
	url, err := endpointOf(ctx, options)
	if err != nil {
		return time.Time{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return time.Time{}, err
	}
	resp, err := options.HTTPClient.Do(req)
	if err != nil {
		return time.Time{}, err
	}
	defer resp.Body.Close()
	return http.ParseTime(resp.Header.Get("Date"))
}

// endpointOf is the URL at which a client asks STS: that of its partition, of the
// kind that is configured.
func endpointOf(ctx context.Context, o sts.Options) (string, error) {
	endpoint, err := o.EndpointResolverV2.ResolveEndpoint(ctx, sts.EndpointParameters{
		Region:       &o.Region,
		UseDualStack: aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
		UseFIPS:      aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		Endpoint:     o.BaseEndpoint,
	})
	return endpoint.URI.String(), err
}

// place names a way where there are several.
func (d *doctor) place(way *way) string {
	if way.role == "" {
		return "AWS in " + way.region
	}
	return "AWS in " + way.region + " as " + way.role
}

// credentials says who sends and where the credentials came from.
func (d *doctor) credentials(way *way, snap *facts.Snapshot) {
	section := d.place(way)
	if gap := snap.Caller.Gap; gap != nil || !snap.Caller.Known() {
		c := check{ID: "credentials", Section: section, Status: unclear, Title: "credentials: who sends is not known"}
		if gap != nil {
			f := diagnosis.FromAPI(gap.Err)
			c.Status, c.Code, c.Detail, c.Fix = ill, f.Code, f.Title, f.Fix
		}
		d.add(c)
		return
	}
	caller := snap.Caller.Value
	d.add(check{ID: "credentials", Section: section, Status: healthy, Title: "credentials: from " + cmp.Or(caller.Credentials, "the AWS environment")})
	d.add(check{ID: "caller", Section: section, Status: healthy, Title: "sends as " + caller.ARN})
	if way.checker != "" {
		d.reader(way, snap)
	}
}

// reader says which role reads facts, or why it does not.
func (d *doctor) reader(way *way, snap *facts.Snapshot) {
	c := check{ID: "checker", Section: d.section(), Status: healthy, Title: "facts: read by " + way.checker}
	if gap := snap.Account.Gap; gap != nil && gap.Principal == "" {
		c.Status, c.Title = unclear, "facts: not read by "+way.checker
		c.Detail, c.Fix = cause(*gap), permission(*gap)
	}
	d.add(c)
}

// endpoint says how SES is reached.
func (d *doctor) endpoint(snap *facts.Snapshot) {
	c := check{ID: "endpoint", Section: d.section(), Status: unclear, Title: "endpoint: its name does not resolve"}
	if gap := snap.Endpoint.Gap; gap != nil {
		c.Detail, c.Fix = cause(*gap), "look at DNS and AWS_ENDPOINT_URL; the region may have no SES"
	}
	if snap.Endpoint.Known() {
		e := snap.Endpoint.Value
		name := "endpoint: " + e.Host + kindOf(sts.NewFromConfig(d.cloud.config).Options())
		c.Status, c.Title = healthy, name
		if e.Private {
			c.Status, c.Title = unclear, name+", a VPC endpoint, whose policy also decides"
			c.Fix = "look at it: aws ec2 describe-vpc-endpoints --query 'VpcEndpoints[].PolicyDocument'"
		}
	}
	d.add(c)
}

// kindOf says what AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT, or the AWS
// profile, ask of endpoints.
func kindOf(o sts.Options) string {
	kind, asked := "", o.EndpointOptions
	if asked.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled {
		kind += ", FIPS"
	}
	if asked.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled {
		kind += ", dual stack"
	}
	return kind
}

// section is that of the last check.
func (d *doctor) section() string { return d.checks[len(d.checks)-1].Section }

// account says whether SES sends for the account, and how much.
func (d *doctor) account(snap *facts.Snapshot) {
	section := d.section()
	if !snap.Account.Known() {
		c := check{ID: "account", Section: section, Status: unclear, Title: "account: its state is not known"}
		if gap := snap.Account.Gap; gap != nil {
			c.Detail, c.Fix = unlessPermitted(*gap), permission(*gap)
		}
		d.add(c)
		return
	}
	a := snap.Account.Value
	c := check{ID: "account", Section: section, Status: healthy, Title: "account: sending is enabled, " + strings.ToLower(a.Enforcement)}
	switch {
	case a.Enforcement == "SHUTDOWN":
		c.failed(diagnosis.AcctShutdown)
	case !a.SendingEnabled:
		c.failed(diagnosis.AcctPaused)
	case a.Enforcement == "PROBATION":
		c.failed(diagnosis.AcctProbation)
	}
	d.add(c)
	if a.Sandbox {
		d.sandboxes = append(d.sandboxes, snap.Region)
		f := diagnosis.New(diagnosis.SbxRcpt)
		d.add(check{ID: "sandbox", Section: section, Status: unclear, Code: f.Code, Fix: f.Fix,
			Title: "sandbox: SES sends to verified recipients only"})
	}
	q := check{ID: "quota", Section: section, Status: healthy, Title: fmt.Sprintf("quota: %.0f of %.0f recipients used in 24 hours, %.0f a second", a.SentLast24Hours, a.Max24HourSend, a.MaxSendRate)}
	if a.Max24HourSend < 0 {
		q.Title = fmt.Sprintf("quota: %.0f recipients in 24 hours, unlimited, %.0f a second", a.SentLast24Hours, a.MaxSendRate)
	} else if a.SentLast24Hours >= a.Max24HourSend {
		q.failed(diagnosis.QDaily)
	}
	d.add(q)
}

// failed makes a problem of the check, of that code.
func (c *check) failed(code diagnosis.Code) {
	f := diagnosis.New(code)
	c.Status, c.Code, c.Fix = ill, code, f.Fix
	c.Title += ": " + f.Title
}

// unlessPermitted is the cause of a gap where no permission would fill it: that one
// was refused says enough.
func unlessPermitted(g facts.Gap) string {
	if g.Permission != "" {
		return ""
	}
	return cause(g)
}

// permission says what would show a gap.
func permission(g facts.Gap) string {
	if g.Permission == "" {
		return ""
	}
	return "allow " + g.Needs()
}
