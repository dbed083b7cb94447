package main

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestTheClockIsThatOfTheRegionsPartition(t *testing.T) {
	t.Parallel()
	fips := sts.EndpointResolverOptions{UseFIPSEndpoint: aws.FIPSEndpointStateEnabled}
	dual := sts.EndpointResolverOptions{UseDualStackEndpoint: aws.DualStackEndpointStateEnabled}
	for _, test := range []struct {
		region  string
		options sts.EndpointResolverOptions
		base    *string
		url     string
		kind    string
	}{
		{"eu-west-1", sts.EndpointResolverOptions{}, nil, "https://sts.eu-west-1.amazonaws.com", ""},
		{"cn-north-1", sts.EndpointResolverOptions{}, nil, "https://sts.cn-north-1.amazonaws.com.cn", ""},
		{"us-gov-west-1", sts.EndpointResolverOptions{}, nil, "https://sts.us-gov-west-1.amazonaws.com", ""},
		{"us-west-2", fips, nil, "https://sts-fips.us-west-2.amazonaws.com", ", FIPS"},
		{"eu-west-1", dual, nil, "https://sts.eu-west-1.api.aws", ", dual stack"},
		{"eu-west-1", sts.EndpointResolverOptions{}, aws.String("http://127.0.0.1:4566"), "http://127.0.0.1:4566", ""},
	} {
		options := sts.New(sts.Options{Region: test.region, BaseEndpoint: test.base, EndpointOptions: test.options}).Options()
		url, err := endpointOf(context.Background(), options)
		if err != nil || url != test.url || kindOf(options) != test.kind {
			t.Errorf("%s%s: %s%s, %v; want %s", test.region, test.kind, url, kindOf(options), err, test.url)
		}
	}
}

func TestColoursDyeOnlyTheStatus(t *testing.T) {
	t.Parallel()
	d := &doctor{checks: []check{{Section: "AWS", Status: ill, Title: "a problem there", Detail: "its problem"}}}
	plain, colours := d.report(nil), map[health]string{ill: "31"}
	dyed := d.report(colours)
	if strings.Count(dyed, "\x1b[31mproblem\x1b[0m  a problem") != 1 || strings.Count(dyed, "\x1b") != 2 || strings.Contains(plain, "\x1b") {
		t.Errorf("plain %q, dyed %q", plain, dyed)
	}
}

func TestAProxysPasswordIsNotShown(t *testing.T) {
	t.Parallel()
	for proxy, want := range map[string]string{
		"http://proxy.example:3128":      "http://proxy.example:3128",
		"proxy.example:3128":             "http://proxy.example:3128",
		"http://me:secret@proxy.example": "http://me:xxxxx@proxy.example",
		"me:secret@proxy.example:3128":   "http://me:xxxxx@proxy.example:3128",
		"http://me:sec ret@[proxy":       "no URL",
	} {
		if got := withoutPassword(proxy); got != want {
			t.Errorf("%s is shown as %q, want %q", proxy, got, want)
		}
	}
}
