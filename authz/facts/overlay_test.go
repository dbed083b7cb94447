package facts_test

import (
	"testing"

	"sesgate/authz/facts"
)

func TestAFileOfSCPsLiesOverAWS(t *testing.T) {
	t.Parallel()
	w := newWorld()
	f, err := facts.Load("scps.yaml", []byte(`
version: 1
organizations:
  "111122223333":
    id: o-exampleorg
    levels:
      - id: r-1
        kind: root
        scps: [{Version: 2012-10-17, Statement: [{Effect: Deny, Action: "ses:*", Resource: "*"}]}]
      - {id: "111122223333", kind: account, scps: []}
`))
	if err != nil {
		t.Fatal(err)
	}
	c := facts.NewCached(facts.Overlay(f, w), facts.Options{})
	defer c.Close()
	s := c.Snapshot(t.Context(), facts.Query{Region: here, Senders: []string{"a@example.com"}})
	if o := s.Organization; !o.Known() || len(o.Value.Levels) != 2 || len(o.Value.Levels[0].SCPs) != 1 {
		t.Errorf("organization %+v", o)
	}
	if p := s.Principal; !p.Known() || p.Value.ARN != w.principal.ARN {
		t.Errorf("principal %+v", p)
	}
	if i := s.Identities["example.com"]; !i.Known() || !i.Value.VerifiedToSend {
		t.Errorf("identity %+v", i)
	}
}

func TestAFileOfAnotherPrincipalIsNotUsed(t *testing.T) {
	t.Parallel()
	for _, caller := range []string{
		"arn:aws:sts::111122223333:assumed-role/other/i-0abc",
		"arn:aws:sts::444455556666:assumed-role/app/i-0abc",
		"arn:aws:iam::111122223333:user/app",
	} {
		f, err := facts.Load("other.yaml", []byte("version: 1\ncaller: {arn: '"+caller+"'}\nprincipal: {kind: role, name: wrong}\nregions: {eu-west-1: {account: {sandbox: true}}}\n"))
		if err != nil {
			t.Fatal(err)
		}
		o := facts.Overlay(f, newWorld())
		if p, err := o.Principal(t.Context(), app); err != nil || p.Name != "app" {
			t.Errorf("%s: principal %+v, %v", caller, p, err)
		}
		a, err := o.Account(t.Context(), here)
		if other := caller[13:25] != app.Account; err != nil || a.Sandbox == other {
			t.Errorf("%s: account %+v, %v", caller, a, err)
		}
	}
}

func TestASessionOfTheSameRoleIsServedByAFile(t *testing.T) {
	t.Parallel()
	f, err := facts.Load("role.yaml", []byte("version: 1\nprincipal: {arn: 'arn:aws:iam::111122223333:role/service/app', name: app, tags: {read: from-file}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := facts.Overlay(f, newWorld()).Principal(t.Context(), app)
	if err != nil || p.Tags["read"] != "from-file" || p.Kind != "role" {
		t.Errorf("principal %+v, %v", p, err)
	}
}

func TestWhatAFileKnowsInPartIsAskedOfAWS(t *testing.T) {
	t.Parallel()
	f, err := facts.Load("part.yaml", []byte("version: 1\nprincipal: {arn: 'arn:aws:iam::111122223333:role/app', tags: {read: from-file}, gaps: [{layer: boundary, gap: {what: boundary}}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld()
	if p, err := facts.Overlay(f, w).Principal(t.Context(), app); err != nil || len(p.Gaps) != 0 || p.Tags != nil {
		t.Errorf("principal %+v, %v", p, err)
	}
	w.errs["Principal "+app.ARN] = errThrottled
	if p, _ := facts.Overlay(f, w).Principal(t.Context(), app); p.Tags["read"] != "from-file" {
		t.Errorf("principal %+v", p)
	}
}
