package main

import (
	"fmt"
	"slices"
	"strings"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
)

// maxIdentities bounds the identities that are looked at without being named:
// SES answers one read a second.
const maxIdentities = 10

// indexed are senders for the identities in SES.
func (d *doctor) indexed(snap *facts.Snapshot) []string {
	var list []string
	for _, e := range snap.Index.Value.Identities {
		if len(list) == maxIdentities {
			break
		}
		if strings.Contains(e.Name, "@") {
			list = append(list, e.Name)
		} else {
			list = append(list, anybody+"@"+e.Name)
		}
	}
	return list
}

// sender has the Checker judge mail of a sender, and says what SES itself looks at.
func (d *doctor) sender(from string) {
	route := routeOf(d.cfg, from)
	v := d.ways.Check(d.ctx, authz.Request{Route: route, MailFrom: from, Recipients: d.to, Header: &authz.Header{From: from, Recipients: d.to}, Suspects: true})
	d.verdicts = append(d.verdicts, v)
	d.gaps = append(d.gaps, v.Gaps...)
	section := "sender " + name(from)
	for _, s := range v.Steps() {
		switch s.Name {
		case "credentials", "account", "recipients", "permission":
			continue // said already, or below
		}
		d.add(ofStep(section, s))
	}
	c := check{ID: "verdict", Section: section, Status: statusOf(v.Decision), Title: "may be sent in " + v.Region}
	switch v.Decision {
	case authz.Deny:
		c.Title = "may not be sent in " + v.Region + ": see the causes below"
	case authz.Unknown:
		c.Title = "sesgate relays it in " + v.Region + ", and SES decides"
		if len(d.to) == 0 {
			c.Fix = "name recipients, on whom policies may depend: --to ADDRESS"
		}
	}
	d.add(c)
}

// ofStep is a step of a verdict as a check.
func ofStep(section string, s authz.Step) check {
	c := check{ID: strings.ReplaceAll(s.Name, " ", "-"), Section: section, Status: statusOf(s.Decision), Title: s.Name + ": " + s.Text}
	if s.Of != "" {
		c.Title = fmt.Sprintf("%s %s: %s", s.Name, s.Of, s.Text)
	}
	if len(s.Findings) > 0 {
		c.found(s.Findings[0])
	}
	return c
}

func statusOf(decision authz.Decision) health {
	switch decision {
	case authz.Allow:
		return healthy
	case authz.Deny:
		return ill
	}
	return unclear
}

// found tells a finding in the check.
func (c *check) found(f diagnosis.Finding) {
	c.Status, c.Code, c.Title, c.Detail, c.Fix = ill, f.Code, f.Title, f.Detail, f.Fix
	if f.Suspected {
		c.Status, c.Title = unclear, "likely: "+f.Title
	}
}

// causeOf is one of those that AWS lists for this error, with the codes by whose
// beginnings its findings are known and the layers of policies that it is about.
// https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html
type causeOf struct {
	id, title, clear string
	codes, layers    []string
}

// causesOfAWS are in the order of AWS's page.
var causesOfAWS = []causeOf{
	{"cause-1-principal", "1. the wrong user or role", "it is the one that principal.expected names", []string{"cred-"}, nil},
	{"cause-2-permission", "2. a permission is lacking", "no; ses:SendRawEmail is allowed, which is what SES checks for raw mail", []string{"iam-noallow", "iam-action", "iam-res-", "iam-var"}, []string{"identity"}},
	{"cause-3-deny", "3. a policy denies it", "no; neither identity policies nor sending authorization policies do", []string{"iam-deny", "iam-c-", "res-", "rcp-", "session", "vpce-"}, []string{"identity", "resource", "session", "endpoint"}},
	{"cause-4-boundary", "4. the permissions boundary", "there is none, or it allows this", []string{"iam-bound-"}, []string{"boundary"}},
	{"cause-5-scp", "5. a service control policy", "none applies, or they allow this", []string{"scp-"}, []string{"scp"}},
	{"cause-6-account", "6. another account, region, or the sandbox", "no; the identities are the account's own, or were named, and production access is granted", []string{"xacc-", "reg-", "sbx-"}, nil},
}

// causes goes through all senders for each cause.
func (d *doctor) causes() {
	for _, cause := range causesOfAWS {
		before := len(d.checks)
		for _, v := range d.verdicts {
			d.findings(cause, v)
		}
		if len(d.checks) == before {
			d.clear(cause)
		}
	}
}

const causesSection = "causes of \"not authorized\", as AWS lists them"

// findings tells those of a verdict that belong to a cause, each once.
func (d *doctor) findings(cause causeOf, v authz.Verdict) {
	for _, f := range v.Findings {
		if !slices.ContainsFunc(cause.codes, func(p string) bool { return strings.HasPrefix(string(f.Code), p) }) {
			continue
		}
		c := check{ID: cause.id, Section: causesSection}
		c.found(f)
		c.Title = cause.title + ": " + c.Title
		if !slices.Contains(d.checks, c) {
			d.add(c)
		}
	}
}

// clear tells that a cause does not apply, or that it is not known.
func (d *doctor) clear(cause causeOf) {
	c := check{ID: cause.id, Section: causesSection, Status: healthy, Title: cause.title + ": " + cause.clear}
	unsure := func(detail, fix string) {
		c.Status, c.Title, c.Detail, c.Fix = unclear, cause.title+": not known", detail, fix
	}
	switch {
	case cause.id == "cause-1-principal" && d.cfg.Principal.Expected == "":
		c.Title = cause.title + ": nothing hints at it; principal.expected would make it certain"
	case cause.id == "cause-6-account" && len(d.sandboxes) > 0:
		unsure("in the sandbox ("+strings.Join(d.sandboxes, ", ")+") SES sends to verified recipients only", diagnosis.New(diagnosis.SbxRcpt).Fix)
	case len(d.verdicts) == 0:
		unsure("", "name a sender: --from ADDRESS")
	}
	for _, v := range d.verdicts {
		if cause.id == "cause-1-principal" && v.Principal == "" {
			unsure("who sends is not known", "")
		}
		for _, s := range v.Steps() {
			if cause.id == "cause-6-account" && s.Decision == authz.Unknown && (s.Name == "account" || s.Name == "sender identity") {
				unsure(s.Name+": "+s.Text, "")
			}
			if len(cause.layers) > 0 && s.Name == "permission" && len(s.Steps) == 0 {
				unsure(s.Text, "")
			}
			for _, layer := range s.Steps {
				if slices.Contains(cause.layers, layer.Name) && layer.Decision == authz.Unknown {
					unsure(layer.Name+": "+layer.Text, "")
				}
			}
		}
	}
	d.add(c)
}

// unread tells what may not be read, and what would show it.
func (d *doctor) unread() {
	var told []string
	for _, g := range d.gaps {
		text := gapText(g)
		if slices.Contains(told, text) {
			continue
		}
		told = append(told, text)
		d.add(check{ID: "gap", Section: "not known", Status: unclear, Title: g.What, Detail: unlessPermitted(g), Fix: permission(g)})
	}
}
