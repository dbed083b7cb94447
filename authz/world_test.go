package authz

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

const here = "eu-west-1"

// noon is when drawn worlds are judged and all their facts were read.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// known is a fact read at noon.
func known[T any](value T) facts.Fact[T] { return facts.Fact[T]{Value: value, At: noon} }

// unknown is a fact that could not be read.
func unknown[T any](what string) facts.Fact[T] {
	return facts.Fact[T]{Gap: &facts.Gap{What: what, Call: "any:Call", Err: errors.New("timeout")}}
}

func parse(t interface {
	Helper()
	Fatalf(string, ...any)
}, name, text string) facts.Policy {
	t.Helper()
	d, err := policy.Parse(name, []byte(text))
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
	return facts.Policy{Name: name, Document: d}
}

// judge is the judgement of a Checker without settings.
func judge(req Request, snap *facts.Snapshot, now time.Time, provisional bool) (Verdict, []blocker) {
	return new(Checker).judge(req, snap, now, provisional)
}

// plainWorld is a role that may send, in a production account of no
// organization, with a verified example.com.
func plainWorld(t testing.TB) facts.Snapshot {
	t.Helper()
	return facts.Snapshot{
		Region: here,
		Caller: known(facts.Caller{
			ARN: "arn:aws:sts::111122223333:assumed-role/app/i-0abc", Account: "111122223333",
			UserID: "AROAEXAMPLE:i-0abc", Partition: "aws", SessionPolicy: policy.No,
		}),
		Principal: known(facts.Principal{
			ARN: "arn:aws:iam::111122223333:role/app", Name: "app", Kind: "role",
			Policies: []facts.Policy{parse(t, "inline policy mail of role app",
				`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ses:SendRawEmail","Resource":"*"}}`)},
		}),
		Organization: known(facts.Organization{}),
		Endpoint:     known(facts.Endpoint{Host: "email.eu-west-1.amazonaws.com"}),
		Account:      known(facts.Account{SendingEnabled: true, Enforcement: "HEALTHY", Max24HourSend: -1}),
		Index:        known(facts.Index{Identities: []facts.IndexEntry{{Name: "example.com", Type: "DOMAIN", Status: "SUCCESS", Sending: true}}}),
		Identities: map[string]facts.Fact[facts.Identity]{
			"example.com":      known(verified("example.com")),
			"news@example.com": known(facts.Identity{Name: "news@example.com"}),
		},
	}
}

func verified(name string) facts.Identity {
	return facts.Identity{Name: name, Exists: true, Type: "DOMAIN", Status: "SUCCESS", VerifiedToSend: true}
}

// newsletter is a message that plainWorld lets pass.
func newsletter() Request {
	return Request{
		MailFrom: "news@example.com", Recipients: []string{"ann@example.org"},
		Header: &Header{From: "news@example.com"},
	}
}

// What worlds and messages are drawn from. Names are few, so that they meet.
var (
	addresses = []string{
		"news@example.com", "News@example.com", "news@EXAMPLE.com", "alerts@example.com", "news+spring@example.com",
		"boss@mail.example.com", "ann@example.org", "bob@example.org", "carl@elsewhere.example",
		"success@simulator.amazonses.com",
	}
	names   = []string{"example.com", "mail.example.com", "news@example.com", "example.org", "ann@example.org"}
	sending = []string{"ses:SendRawEmail", "ses:*", "ses:SendEmail", "*", "sesv2:*", "s3:GetObject"}
	targets = []string{
		"*", "arn:aws:ses:eu-west-1:111122223333:identity/*", "arn:aws:ses:eu-west-1:111122223333:*",
		"arn:aws:ses:eu-west-1:111122223333:identity/example.com", "arn:aws:ses:eu-west-1:111122223333:identity/news@example.com",
		"arn:aws:ses:eu-west-1:111122223333:identity/Example.com", "arn:aws:ses:us-east-1:111122223333:identity/example.com",
		"arn:aws:ses:eu-west-1:111122223333:configuration-set/events", "arn:aws:ses:eu-west-1:111122223333:identity/${aws:username}@example.com",
	}
	conditions = []string{
		`{"StringEquals":{"ses:FromAddress":"news@example.com"}}`,
		`{"StringLike":{"ses:FromAddress":"*@example.com"}}`,
		`{"StringNotLike":{"ses:FromAddress":["news@*","alerts@*"]}}`,
		`{"StringEquals":{"ses:FromDisplayName":"News"}}`,
		`{"StringNotEquals":{"ses:FeedbackAddress":"bounces@example.com"}}`,
		`{"ForAllValues:StringLike":{"ses:Recipients":"*@example.org"}}`,
		`{"ForAnyValue:StringNotLike":{"ses:Recipients":["*@example.org","*@example.com"]}}`,
		`{"StringLike":{"ses:Recipients":"*@example.org"}}`,
		`{"ForAnyValue:StringEquals":{"ses:Recipients":"ann@example.org"},"StringEquals":{"ses:FromAddress":"alerts@example.com"}}`,
		`{"DateGreaterThan":{"aws:CurrentTime":"2026-11-23T12:00:30Z"}}`,
		`{"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}`,
		`{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`,
		`{"StringEquals":{"aws:PrincipalTag/team":"mail"}}`,
		`{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}`,
		`{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}`,
		`{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`,
		`{"StringEquals":{"ses:ApiVersion":"2"}}`,
		`{"Null":{"ses:TenantName":"false"}}`,
		`{"StringEquals":{"ses:From":"news@example.com"}}`,
		`{"Bool":{"aws:SecureTransport":"false"}}`,
	}
)

func drawStatement(t *rapid.T, effects []string) map[string]any {
	s := map[string]any{
		"Effect": rapid.SampledFrom(effects).Draw(t, "effect"),
		"Action": rapid.SliceOfNDistinct(rapid.SampledFrom(sending), 1, 2, rapid.ID).Draw(t, "actions"),
	}
	list := rapid.SliceOfNDistinct(rapid.SampledFrom(targets), 1, 2, rapid.ID).Draw(t, "resources")
	s["Resource"] = list
	if rapid.Bool().Draw(t, "named") {
		s["Sid"] = "Sid" + fmt.Sprint(rapid.IntRange(1, 99).Draw(t, "sid"))
	}
	if rapid.Bool().Draw(t, "conditional") {
		s["Condition"] = json.RawMessage(rapid.SampledFrom(conditions).Draw(t, "condition"))
	}
	return s
}

// drawPolicy draws a document; for an identity one with principals and the
// identity's ARN.
func drawPolicy(t *rapid.T, name string, effects []string, resource string) facts.Policy {
	statements := make([]map[string]any, rapid.IntRange(1, 3).Draw(t, "statements"))
	for i := range statements {
		statements[i] = drawStatement(t, effects)
		if resource != "" {
			statements[i]["Resource"] = resource
			statements[i]["Principal"] = map[string]string{"AWS": rapid.SampledFrom([]string{
				"*", "111122223333", "arn:aws:iam::111122223333:role/app", "arn:aws:iam::111122223333:user/alice", "arn:aws:iam::444455556666:root",
			}).Draw(t, "principal")}
		}
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, name, string(text))
}

var both = []string{"Allow", "Allow", "Deny"}

// drawWorld draws what is known, all of it. attached are the effects that
// statements on identities have.
func drawWorld(t *rapid.T, attached []string) facts.Snapshot {
	w := facts.Snapshot{
		Region:       here,
		Caller:       known(drawCaller(t)),
		Organization: known(rapid.SampledFrom([]facts.Organization{{}, {}, {ID: "o-example", AllFeatures: true}, {ID: "o-example", Management: true, AllFeatures: true}}).Draw(t, "organization")),
		Endpoint:     known(facts.Endpoint{Host: "email.eu-west-1.amazonaws.com", Private: rapid.IntRange(0, 5).Draw(t, "private") == 0}),
		Account: known(facts.Account{
			Sandbox:        rapid.Bool().Draw(t, "sandbox"),
			SendingEnabled: rapid.IntRange(0, 9).Draw(t, "paused") > 0,
			Enforcement:    rapid.SampledFrom([]string{"HEALTHY", "HEALTHY", "HEALTHY", "PROBATION", "SHUTDOWN"}).Draw(t, "enforcement"),
			Max24HourSend:  rapid.SampledFrom([]float64{-1, 200}).Draw(t, "quota"), SentLast24Hours: 199,
		}),
	}
	w.Principal = known(drawPrincipal(t, w.Caller.Value))
	drawIdentities(t, &w, attached)
	w.ConfigurationSets = map[string]facts.Fact[facts.ConfigurationSet]{"events": known(rapid.SampledFrom([]facts.ConfigurationSet{
		{Name: "events", Exists: true, SendingEnabled: true}, {Name: "events", Exists: true}, {Name: "events"},
	}).Draw(t, "set"))}
	return w
}

func drawCaller(t *rapid.T) facts.Caller {
	c := facts.Caller{
		ARN: rapid.SampledFrom([]string{
			"arn:aws:sts::111122223333:assumed-role/app/i-0abc", "arn:aws:iam::111122223333:user/alice",
			"arn:aws:iam::111122223333:root", "arn:aws:sts::111122223333:federated-user/bob",
		}).Draw(t, "caller"),
		Account: "111122223333", Partition: "aws", UserID: "AROAEXAMPLE:i-0abc", Credentials: "EnvConfigCredentials",
	}
	c.Temporary = rapid.Bool().Draw(t, "temporary") || policy.Principal{ARN: c.ARN}.Federated()
	if !c.Temporary {
		c.SessionPolicy = policy.No
	}
	return c
}

func drawPrincipal(t *rapid.T, caller facts.Caller) facts.Principal {
	p := facts.Principal{Kind: "role", Name: "app", ARN: "arn:aws:iam::111122223333:role/app"}
	if caller.ARN == "arn:aws:iam::111122223333:user/alice" {
		p = facts.Principal{Kind: "user", Name: "alice", ARN: caller.ARN, TagsRead: true, Tags: map[string]string{"team": "shop"}}
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "policies") {
		p.Policies = append(p.Policies, drawPolicy(t, fmt.Sprintf("inline policy p%d of %s %s", i, p.Kind, p.Name), both, ""))
	}
	if rapid.IntRange(0, 3).Draw(t, "bounded") == 0 {
		b := drawPolicy(t, "permissions boundary of "+p.Kind+" "+p.Name, both, "")
		b.ARN = "arn:aws:iam::111122223333:policy/edge"
		p.Boundary = &b
	}
	return p
}

func drawIdentities(t *rapid.T, w *facts.Snapshot, attached []string) {
	w.Identities = make(map[string]facts.Fact[facts.Identity])
	for _, address := range addresses {
		for _, name := range facts.Candidates(address) {
			w.Identities[name] = known(facts.Identity{Name: name})
		}
	}
	index := facts.Index{}
	for _, name := range names {
		i := rapid.SampledFrom([]facts.Identity{
			{}, verified(name), verified(name),
			{Exists: true, Type: "DOMAIN", Status: "PENDING", DKIMTokens: []string{"aaa"}},
			{Exists: true, Type: "EMAIL_ADDRESS", Status: "FAILED", ErrorType: "HOST_NOT_FOUND"},
			{Exists: true, Status: "SUCCESS"},
			{Exists: true, Status: "SUCCESS", VerifiedToSend: true, MailFrom: facts.MailFrom{Domain: "bounce." + name, Status: "FAILED", Reject: true}},
		}).Draw(t, name)
		i.Name = name
		if !i.Exists {
			continue
		}
		index.Identities = append(index.Identities, facts.IndexEntry{Name: name, Type: i.Type, Status: i.Status, Sending: i.VerifiedToSend})
		switch {
		case rapid.IntRange(0, 4).Draw(t, name+" policy") == 0:
			i.Policies = []facts.Policy{drawPolicy(t, "policy of identity "+name, attached, "arn:aws:ses:eu-west-1:111122223333:identity/"+name)}
		case rapid.IntRange(0, 4).Draw(t, name+" set") == 0:
			i.ConfigurationSet = "events"
		case rapid.IntRange(0, 4).Draw(t, name+" listed") == 0:
			i.Listed = true
		}
		w.Identities[name] = known(i)
	}
	w.Index = known(index)
}

// inFull is w with all identities read in full, as senders' identities always are.
func inFull(w facts.Snapshot) facts.Snapshot {
	for name, f := range w.Identities {
		f.Value.Listed = false
		w.Identities[name] = f
	}
	return w
}

func drawAddress(t *rapid.T, label string) string {
	return rapid.SampledFrom(addresses).Draw(t, label)
}

func drawRecipients(t *rapid.T, least int, label string) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(addresses), least, 3, rapid.ID).Draw(t, label)
}

func drawHeader(t *rapid.T) *Header {
	optional := rapid.OneOf(rapid.Just(""), rapid.Just(""), rapid.SampledFrom(addresses))
	return &Header{
		From:       rapid.OneOf(rapid.Just(""), rapid.SampledFrom(addresses), rapid.SampledFrom(addresses)).Draw(t, "from"),
		FromName:   rapid.SampledFrom([]string{"", "News", "Other"}).Draw(t, "name"),
		NameOpaque: rapid.Bool().Draw(t, "opaque"),
		Sender:     optional.Draw(t, "sender"),
		ReturnPath: optional.Draw(t, "return path"),
		Recipients: drawRecipients(t, 0, "header recipients"),
	}
}

func drawSet(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "", "events"}).Draw(t, "set named")
}

// drawRequest draws a message at any stage.
func drawRequest(t *rapid.T) Request {
	req := Request{MailFrom: rapid.SampledFrom(append(addresses, "")).Draw(t, "mail from"), Suspects: rapid.Bool().Draw(t, "suspects")}
	req.Recipients = drawRecipients(t, 0, "recipients")
	if rapid.IntRange(0, 3).Draw(t, "stage") > 0 {
		req.Header = drawHeader(t)
	}
	return req
}

// forgotten are all worlds in which one thing less is known than in w, by what
// that is.
func forgotten(w facts.Snapshot) map[string]facts.Snapshot {
	less := make(map[string]facts.Snapshot)
	without := func(what string, edit func(w *facts.Snapshot)) {
		v := w
		v.Identities, v.ConfigurationSets = maps.Clone(w.Identities), maps.Clone(w.ConfigurationSets)
		p := &v.Principal.Value
		p.Policies, p.Gaps = slices.Clone(p.Policies), slices.Clone(p.Gaps)
		edit(&v)
		less[what] = v
	}
	without("caller", func(w *facts.Snapshot) { w.Caller = unknown[facts.Caller]("caller") })
	without("principal", func(w *facts.Snapshot) { w.Principal = unknown[facts.Principal]("principal") })
	without("organization", func(w *facts.Snapshot) { w.Organization = unknown[facts.Organization]("organization") })
	without("endpoint", func(w *facts.Snapshot) { w.Endpoint = unknown[facts.Endpoint]("endpoint") })
	without("account", func(w *facts.Snapshot) { w.Account = unknown[facts.Account]("account") })
	without("index", func(w *facts.Snapshot) { w.Index = unknown[facts.Index]("index") })
	without("session policy", func(w *facts.Snapshot) { w.Caller.Value.SessionPolicy = policy.Maybe })
	without("tags", func(w *facts.Snapshot) { w.Principal.Value.TagsRead = false })
	without("other policies", func(w *facts.Snapshot) {
		w.Principal.Value.Gaps = append(w.Principal.Value.Gaps, facts.LayerGap{Layer: policy.Identity, Gap: &facts.Gap{What: "policies"}})
	})
	without("boundary", func(w *facts.Snapshot) {
		w.Principal.Value.Boundary = nil
		w.Principal.Value.Gaps = append(w.Principal.Value.Gaps, facts.LayerGap{Layer: policy.Boundary, Gap: &facts.Gap{What: "boundary"}})
	})
	without("boundary's document", func(w *facts.Snapshot) {
		if w.Principal.Value.Boundary != nil {
			w.Principal.Value.Boundary = &facts.Policy{Name: "boundary", Err: errors.New("not understood")}
		}
	})
	for i := range w.Principal.Value.Policies {
		without(fmt.Sprintf("policy %d", i), func(w *facts.Snapshot) {
			w.Principal.Value.Policies[i] = facts.Policy{Name: "odd", Err: errors.New("not understood")}
		})
	}
	for name := range w.Identities {
		without(name, func(w *facts.Snapshot) { w.Identities[name] = unknown[facts.Identity](name) })
		without("which "+name, func(w *facts.Snapshot) { delete(w.Identities, name) })
		without("policies of "+name, func(w *facts.Snapshot) {
			i := w.Identities[name]
			if len(i.Value.Policies) > 0 {
				i.Value.Policies = []facts.Policy{{Name: "odd", Err: errors.New("not understood")}}
				w.Identities[name] = i
			}
		})
	}
	for name := range w.ConfigurationSets {
		without("set "+name, func(w *facts.Snapshot) { w.ConfigurationSets[name] = unknown[facts.ConfigurationSet](name) })
	}
	return less
}

// through is the request on a route that names a configuration set.
func through(req Request, set string) Request {
	req.Route.ConfigurationSet = set
	return req
}
