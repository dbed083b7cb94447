package collect_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"sesgate/authz/collect"
	"sesgate/authz/facts"
)

var errNoSuchHost = errors.New("no such host")

// resolver knows the given hosts.
func resolver(hosts map[string][]string) func(context.Context, string) ([]netip.Addr, error) {
	return func(_ context.Context, host string) (list []netip.Addr, err error) {
		addresses, ok := hosts[host]
		if !ok {
			return nil, errNoSuchHost
		}
		for _, a := range addresses {
			list = append(list, netip.MustParseAddr(a))
		}
		return list, nil
	}
}

func TestAnEndpointWithPrivateAddressesIsOneOfAVPC(t *testing.T) {
	t.Parallel()
	const usual = "email.eu-west-1.amazonaws.com"
	for _, test := range []struct {
		name, base, host string
		addresses        []string
		private          bool
	}{
		{"public", "", usual, []string{"52.94.5.1", "2a05:d018::1"}, false},
		{"private DNS of an interface endpoint", "", usual, []string{"10.0.3.17", "10.0.4.9"}, true},
		{"172.16/12", "", usual, []string{"172.31.9.9"}, true},
		{"192.168/16", "", usual, []string{"192.168.1.1"}, true},
		{"shared address space", "", usual, []string{"100.64.7.7"}, true},
		{"beside it", "", usual, []string{"100.63.255.255"}, false},
		{"unique local IPv6", "", usual, []string{"fd00:ec2::1"}, true},
		{"IPv4 in IPv6", "", usual, []string{"::ffff:10.0.0.1"}, true},
		{"private beside public", "", usual, []string{"52.94.5.1", "10.0.3.17"}, true},
		{"endpoint by its own name", "https://vpce-0a1b.email.eu-west-1.vpce.amazonaws.com", "vpce-0a1b.email.eu-west-1.vpce.amazonaws.com", []string{"10.0.3.17"}, true},
		{"stand-in on this host", "http://localhost:4566", "localhost", []string{"127.0.0.1", "::1"}, false},
		{"stand-in by address", "http://127.0.0.1:4566", "127.0.0.1", []string{"127.0.0.1"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := aws.Config{Region: "us-east-1"}
			if test.base != "" {
				cfg.BaseEndpoint = &test.base
			}
			c := collect.New(cfg, collect.Options{Resolver: resolver(map[string][]string{test.host: test.addresses})})
			got, err := c.Endpoint(t.Context(), here)
			want := facts.Endpoint{Host: test.host, Private: test.private, Addresses: test.addresses}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("endpoint (-want +got), error %v:\n%s", err, diff)
			}
		})
	}
}

func TestEachPartitionHasItsEndpoints(t *testing.T) {
	t.Parallel()
	hosts := map[string][]string{"email.us-gov-west-1.amazonaws.com": {"52.0.0.1"}, "email.cn-north-1.amazonaws.com.cn": {"52.0.0.2"}}
	c := collect.New(aws.Config{}, collect.Options{Resolver: resolver(hosts)})
	for _, region := range []string{"us-gov-west-1", "cn-north-1"} {
		if got, err := c.Endpoint(t.Context(), region); err != nil || got.Private {
			t.Errorf("endpoint in %s is %+v, error %v", region, got, err)
		}
	}
}

func TestAnEndpointThatHasNoAddressIsAGap(t *testing.T) {
	t.Parallel()
	for name, hosts := range map[string]map[string][]string{
		"unknown": {},
		"empty":   {"email.eu-west-1.amazonaws.com": {}},
	} {
		c := collect.New(aws.Config{}, collect.Options{Resolver: resolver(hosts)})
		_, err := c.Endpoint(t.Context(), here)
		gap, ok := errors.AsType[*facts.Gap](err)
		if !ok || gap.What != "SES endpoint of eu-west-1" || gap.Call != "DNS lookup of email.eu-west-1.amazonaws.com" || gap.Permission != "" {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}
