package policy

import (
	"fmt"
	"strings"
	"testing"
)

// mustParse parses a document of a test.
func mustParse(tb testing.TB, src string) *Document {
	tb.Helper()
	d, err := Parse("test", []byte(src))
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// busyPrincipal is a role as large companies have them: 12 documents with 40
// statements, among them SCPs at three levels, and a message to 20 recipients.
func busyPrincipal(tb testing.TB) (*Set, *Request) {
	tb.Helper()
	const full = `{"Version":"2012-10-17","Statement":{"Sid":"Full","Effect":"Allow","Action":"*","Resource":"*"}}`
	guard := mustParse(tb, `{"Version":"2012-10-17","Statement":[
		{"Sid":"Regions","Effect":"Deny","NotAction":["iam:*","organizations:*","route53:*","support:*","cloudfront:*","sts:*"],
			"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","eu-central-1"]},
			"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::*:role/admin","arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*"]}}},
		{"Sid":"NoRoot","Effect":"Deny","Action":"*","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"}}},
		{"Sid":"NoLeave","Effect":"Deny","Action":"organizations:LeaveOrganization","Resource":"*"},
		{"Sid":"Trail","Effect":"Deny","Action":["cloudtrail:StopLogging","cloudtrail:DeleteTrail"],"Resource":"*"}]}`)
	var identity []*Document
	for i := range 5 {
		identity = append(identity, mustParse(tb, fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
			{"Sid":"Buckets%d","Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:List*"],"Resource":["arn:aws:s3:::data-%d","arn:aws:s3:::data-%d/*"]},
			{"Sid":"Queue%d","Effect":"Allow","Action":["sqs:SendMessage","sqs:ReceiveMessage"],"Resource":"arn:aws:sqs:eu-west-1:111122223333:jobs-%d"},
			{"Sid":"Logs%d","Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"},
			{"Sid":"Keys%d","Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}}]}`,
			i, i, i, i, i, i, i)))
	}
	mail := mustParse(tb, `{"Version":"2012-10-17","Statement":[
		{"Sid":"Send","Effect":"Allow","Action":["ses:SendEmail","ses:SendRawEmail"],
			"Resource":["arn:aws:ses:*:111122223333:identity/*example.com","arn:aws:ses:*:111122223333:configuration-set/*"],
			"Condition":{"StringLike":{"ses:FromAddress":"*@${aws:PrincipalTag/domain}"},
				"ForAllValues:StringLike":{"ses:Recipients":["*@example.net","*@example.org"]}}},
		{"Sid":"NotOutside","Effect":"Deny","Action":"ses:Send*","Resource":"*",
			"Condition":{"NotIpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]},"Bool":{"aws:ViaAWSService":"false"}}},
		{"Sid":"Window","Effect":"Deny","Action":"ses:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}},
		{"Sid":"NotCEO","Effect":"Deny","Action":"ses:*","Resource":"*","Condition":{"StringEquals":{"ses:FromAddress":"ceo@example.com"}}}]}`)
	set := &Set{
		Identity: append(identity, mail),
		Boundary: mustParse(tb, `{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Action":["s3:*","sqs:*","logs:*","kms:*","ses:*"],"Resource":"*"},
			{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}`),
		SCPs: [][]*Document{{mustParse(tb, full), guard}, {mustParse(tb, full)}, {mustParse(tb, full), guard}},
	}
	ctx := &Context{}
	ctx.Set("aws:RequestedRegion", "eu-west-1")
	ctx.Set("aws:PrincipalArn", "arn:aws:iam::111122223333:role/app/mailer")
	ctx.Set("aws:PrincipalTag/domain", "example.com")
	ctx.Set("aws:SourceIp", "203.0.113.25")
	ctx.Set("aws:ViaAWSService", "false")
	ctx.Set("aws:CurrentTime", "2026-11-23T21:00:00Z")
	ctx.Set("ses:FromAddress", "news@example.com")
	var recipients []string
	for i := range 20 {
		recipients = append(recipients, fmt.Sprintf("customer.number.%d@example.%s", i, []string{"net", "org"}[i%2]))
	}
	ctx.SetList("ses:Recipients", recipients)
	p, err := ParsePrincipal("arn:aws:sts::111122223333:assumed-role/mailer/i-0abc")
	if err != nil {
		tb.Fatal(err)
	}
	return set, &Request{Principal: p, Action: "ses:SendRawEmail",
		Resource: "arn:aws:ses:eu-west-1:111122223333:identity/example.com", Context: ctx}
}

func TestAllowAllocatesNothing(t *testing.T) {
	set, req := busyPrincipal(t)
	if got := Evaluate(set, req); got.Decision != Allow {
		t.Fatalf("%+v, want allow", got)
	}
	if n := testing.AllocsPerRun(100, func() { Evaluate(set, req) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	set, req := busyPrincipal(b)
	b.ReportAllocs()
	for b.Loop() {
		if Evaluate(set, req).Decision != Allow {
			b.Fatal("not allowed")
		}
	}
}

func BenchmarkExplain(b *testing.B) {
	set, req := busyPrincipal(b)
	b.ReportAllocs()
	for b.Loop() {
		if Explain(set, req).Decision != Allow {
			b.Fatal("not allowed")
		}
	}
}

func BenchmarkParse(b *testing.B) {
	set, _ := busyPrincipal(b)
	src := []byte(set.Identity[5].String())
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("mail", src); err != nil {
			b.Fatal(err)
		}
	}
}

// What is written to be slow stays proportional to pattern times text. In an
// ARN's first segments asterisks keep to their segment, which costs more.
func BenchmarkPathologicalPattern(b *testing.B) {
	for _, arn := range []bool{false, true} {
		for _, n := range []int{50, 500, 5000} {
			b.Run(fmt.Sprintf("arn=%v/stars=%d", arn, n), func(b *testing.B) {
				p := compilePattern(strings.Repeat("*a", n)+"b", syntax{wildcards: true, arn: arn})
				text := strings.Repeat("a", 2048)
				for b.Loop() {
					if p.match(nil, text, exactly) != No {
						b.Fatal("matched")
					}
				}
			})
		}
	}
}

func BenchmarkStatements(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprintf("statements=%d", n), func(b *testing.B) {
			st := `{"Effect":"Allow","Action":"ses:Get*","Resource":"arn:aws:ses:*:*:identity/*"},`
			doc := mustParse(b, `{"Statement":[`+strings.TrimSuffix(strings.Repeat(st, n), ",")+`]}`)
			_, req := busyPrincipal(b)
			set := &Set{Identity: []*Document{doc}}
			for b.Loop() {
				Evaluate(set, req)
			}
		})
	}
}
