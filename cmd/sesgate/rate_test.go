package main

import (
	"testing"
	"time"

	"sesgate/authz/awssim"
	"sesgate/authz/collect"
	"sesgate/authz/facts"
)

func TestTheSendingRateIsThatOfTheAccount(t *testing.T) {
	t.Parallel()
	world, err := awssim.Demo()
	if err != nil {
		t.Fatal(err)
	}
	cfg := Default()
	cloud, err := simulate(cfg, world)
	if err != nil {
		t.Fatal(err)
	}
	defer cloud.Close()
	known := gather(live(cloud.config, true, collect.Options{}), cfg, time.Second)
	defer known.Close()
	rate := &sendRate{known: known, region: cloud.config.Region}
	if got := rate.perSecond(); got != 0 {
		t.Errorf("%v a second before anything was read", got)
	}
	known.Warm(t.Context(), []string{cloud.config.Region})
	want := known.Snapshot(t.Context(), facts.Query{Region: cloud.config.Region}).Account.Value.MaxSendRate
	rate.next = time.Time{}
	if got := rate.perSecond(); got != want || got <= 0 {
		t.Errorf("%v a second, want %v", got, want)
	}
}
