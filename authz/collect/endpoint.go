package collect

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"sesgate/authz/facts"
)

// Endpoint looks up where the SES endpoint of a region leads. An interface
// endpoint of the VPC has private addresses, be it under its own name or, with
// private DNS, under that of SES.
// https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
func (c *Collector) Endpoint(ctx context.Context, name string) (facts.Endpoint, error) {
	host, err := c.region(name).host(ctx)
	if err != nil {
		return facts.Endpoint{}, &facts.Gap{What: "SES endpoint of " + name, Err: err}
	}
	addresses, err := c.resolve(ctx, host)
	if err != nil {
		return facts.Endpoint{}, &facts.Gap{What: "SES endpoint of " + name, Call: "DNS lookup of " + host, Err: err}
	}
	e := facts.Endpoint{Host: host, Private: slices.ContainsFunc(addresses, private)}
	for _, a := range addresses {
		e.Addresses = append(e.Addresses, a.String())
	}
	return e, nil
}

// host is the name of the host that the region's client talks to.
func (r *region) host(ctx context.Context) (string, error) {
	endpoint, err := r.options.EndpointResolverV2.ResolveEndpoint(ctx, sesv2.EndpointParameters{
		Region:       &r.options.Region,
		UseDualStack: aws.Bool(r.options.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
		UseFIPS:      aws.Bool(r.options.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		Endpoint:     r.options.BaseEndpoint,
	})
	if err != nil {
		return "", err
	}
	host := endpoint.URI.Hostname()
	if host == "" {
		return "", fmt.Errorf("endpoint %q names no host", endpoint.URI.String())
	}
	return host, nil
}

func (c *Collector) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if literal, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{literal}, nil
	}
	addresses, err := c.opts.Resolver(ctx, host)
	if err == nil && len(addresses) == 0 {
		err = fmt.Errorf("%s has no address", host)
	}
	return addresses, err
}

// shared is the address space between a network and its provider (RFC 6598),
// which VPCs may use, too.
var shared = netip.MustParsePrefix("100.64.0.0/10")

// private reports whether a is of RFC 1918, RFC 4193 or RFC 6598. A loopback
// address is a stand-in for SES, not a VPC endpoint.
func private(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsPrivate() || shared.Contains(a)
}
