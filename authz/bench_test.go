package authz

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"sesgate/authz/facts"
)

// busyWorld is a role with twelve policies of forty statements, of which a few
// look at senders and recipients, as of now.
func busyWorld(t testing.TB) facts.Snapshot {
	w := plainWorld(t)
	p := &w.Principal.Value
	p.Policies = nil
	for i := range 10 {
		p.Policies = append(p.Policies, parse(t, fmt.Sprintf("inline policy p%d of role app", i), fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::bucket-%[1]d/*"},
			{"Effect":"Allow","Action":"sqs:*","Resource":"arn:aws:sqs:eu-west-1:111122223333:queue-%[1]d"},
			{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}`, i)))
	}
	p.Policies = append(p.Policies,
		parse(t, "inline policy mail of role app", `{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Action":"ses:SendRawEmail","Resource":"arn:aws:ses:eu-west-1:111122223333:identity/*","Condition":{"StringLike":{"ses:FromAddress":["*@example.com","*@mail.example.com"]}}},
			{"Effect":"Allow","Action":["ses:SendEmail","ses:SendRawEmail"],"Resource":"arn:aws:ses:eu-west-1:111122223333:configuration-set/*"},
			{"Effect":"Allow","Action":"ses:Get*","Resource":"*"},
			{"Effect":"Allow","Action":"ses:List*","Resource":"*"},
			{"Effect":"Deny","Action":"ses:Delete*","Resource":"*"}]}`),
		parse(t, "inline policy guard of role app", `{"Version":"2012-10-17","Statement":[
			{"Effect":"Deny","Action":"ses:Send*","Resource":"*","Condition":{"ForAnyValue:StringLike":{"ses:Recipients":["*@competitor.example","*@blocked.example"]}}},
			{"Effect":"Deny","Action":"ses:Send*","Resource":"*","Condition":{"StringNotLike":{"ses:FromAddress":["news@*","alerts@*"]}}},
			{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","eu-central-1"]}}},
			{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},
			{"Effect":"Allow","Action":"cloudwatch:PutMetricData","Resource":"*"}]}`))
	return aged(w, 0)
}

func recipients(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("customer%d@example.org", i)
	}
	return list
}

// BenchmarkCheck is one check at each stage of a message to 20 recipients, with
// all facts at hand.
func BenchmarkCheck(b *testing.B) {
	header := &Header{From: "news@example.com", FromName: "News", Recipients: recipients(20)}
	denied := recipients(20)
	denied[19] = "spy@competitor.example"
	for _, stage := range []struct {
		name string
		req  Request
		want Decision
	}{
		{"MAIL", Request{MailFrom: "news@example.com"}, Unknown},
		{"RCPT", Request{MailFrom: "news@example.com", Recipients: recipients(20)}, Unknown},
		{"RCPT-denied", Request{MailFrom: "news@example.com", Recipients: denied}, Deny},
		{"DATA", Request{MailFrom: "news@example.com", Recipients: recipients(20), Header: header}, Allow},
	} {
		b.Run(stage.name, func(b *testing.B) {
			cached := facts.NewCached(source{w: busyWorld(b)}, facts.Options{})
			b.Cleanup(cached.Close)
			c := Checker{Facts: cached, Region: here, MaxAge: time.Hour}
			if v := c.Check(b.Context(), stage.req); v.Decision != stage.want {
				b.Fatalf("%v %v %v, want %v", v.Decision, codesOf(v), v.Gaps, stage.want)
			}
			took := make([]time.Duration, 0, 1<<20)
			b.ReportAllocs()
			for b.Loop() {
				began := time.Now()
				c.Check(b.Context(), stage.req)
				if len(took) < cap(took) {
					took = append(took, time.Since(began))
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-µs")
		})
	}
}

// source tells what a snapshot holds of what every message needs.
type source struct {
	facts.Source
	w facts.Snapshot
}

func (s source) Caller(context.Context) (facts.Caller, error) { return s.w.Caller.Value, nil }
func (s source) Principal(context.Context, facts.Caller) (facts.Principal, error) {
	return s.w.Principal.Value, nil
}
func (s source) Organization(context.Context, facts.Caller) (facts.Organization, error) {
	return s.w.Organization.Value, nil
}
func (s source) Endpoint(context.Context, string) (facts.Endpoint, error) {
	return s.w.Endpoint.Value, nil
}
func (s source) Account(context.Context, string) (facts.Account, error) {
	return s.w.Account.Value, nil
}
func (s source) Index(context.Context, string) (facts.Index, error) { return s.w.Index.Value, nil }
func (s source) Identity(_ context.Context, _, name string) (facts.Identity, error) {
	return s.w.Identities[name].Value, nil
}
func (s source) ConfigurationSet(_ context.Context, _, name string) (facts.ConfigurationSet, error) {
	return facts.ConfigurationSet{Name: name, Exists: true, SendingEnabled: true}, nil
}
