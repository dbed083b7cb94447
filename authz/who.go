package authz

import (
	"fmt"
	"strings"

	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// layerSES is the Layer of findings that rest on SES's own rules.
const layerSES = "ses"

// who is the principal as findings call it, and its policies as a set. It is not
// changed once made.
type who struct {
	label     string // "role app", "user alice", "root of 111122223333"; "this principal" if unknown
	account   string
	partition string
	principal policy.Principal
	known     bool // the caller is known
	set       policy.Set
	sends     policy.Set // of set what bears on sendAction
	keys      []string   // condition keys that set mentions, in lower case, sorted
}

func newWho(snap *facts.Snapshot) *who {
	w := &who{label: "this principal", partition: "aws"}
	w.set.Unreadable = policy.Layers(policy.Identity, policy.Boundary, policy.Session, policy.SCP, policy.Endpoint)
	if !snap.Caller.Known() {
		return w
	}
	caller := snap.Caller.Value
	principal, err := policy.ParsePrincipal(caller.ARN)
	if err != nil {
		return w
	}
	w.known, w.account, w.principal = true, principal.Account, principal
	w.partition, _, _ = strings.Cut(strings.TrimPrefix(caller.ARN, "arn:"), ":")
	w.label = label(caller.ARN)
	w.principal.Role = snap.Principal.Value.ARN
	w.set = policies(snap)
	w.sends = w.set.For(sendAction)
	w.keys = w.set.Keys()
	return w
}

// accountLabel is "account 111122223333", or "this account" if it is not known.
func (w *who) accountLabel() string {
	if w.account == "" {
		return "this account"
	}
	return "account " + w.account
}

// label makes "role app" of arn:aws:sts::111122223333:assumed-role/app/i-0abc.
func label(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return "this principal"
	}
	name := strings.Split(parts[5], "/")
	switch {
	case parts[5] == "root":
		return "root of " + parts[4]
	case name[0] == "assumed-role" && len(name) > 1:
		return "role " + name[1]
	case len(name) > 1:
		return strings.ReplaceAll(name[0], "-", " ") + " " + name[len(name)-1]
	}
	return parts[5]
}

// policies gathers what is known of every layer that bears on the principal.
func policies(snap *facts.Snapshot) policy.Set {
	var set policy.Set
	var unreadable []policy.Layer
	p := snap.Principal.Value
	switch {
	case strings.HasSuffix(snap.Caller.Value.ARN, ":root"):
		// The root user has no identity-based policies and no boundary.
	case !snap.Principal.Known():
		unreadable = append(unreadable, policy.Identity, policy.Boundary)
	default:
		documents, all := readable(p.Policies)
		if set.Identity = documents; !all {
			unreadable = append(unreadable, policy.Identity)
		}
		for _, g := range p.Gaps {
			unreadable = append(unreadable, g.Layer)
		}
		if b := p.Boundary; b != nil && b.Document != nil {
			set.Boundary = b.Document
		} else if b != nil {
			unreadable = append(unreadable, policy.Boundary)
		}
	}
	// A federated user has nothing but what the policy of its session grants, and no
	// call shows that policy.
	if snap.Caller.Value.SessionPolicy != policy.No || strings.Contains(snap.Caller.Value.ARN, ":federated-user/") {
		unreadable = append(unreadable, policy.Session)
	}
	switch o := &snap.Organization; {
	case !o.Known(), o.Value.Restricts() && len(o.Value.Levels) == 0:
		unreadable = append(unreadable, policy.SCP)
	case o.Value.Restricts():
		for _, level := range o.Value.Levels {
			documents, all := readable(level.SCPs)
			set.SCPs = append(set.SCPs, documents)
			if !all {
				unreadable = append(unreadable, policy.SCP)
			}
		}
	}
	if !snap.Endpoint.Known() || snap.Endpoint.Value.Private {
		unreadable = append(unreadable, policy.Endpoint)
	}
	set.Unreadable = policy.Layers(unreadable...)
	return set
}

// readable are the documents of policies, and whether there is one of each.
func readable(policies []facts.Policy) (documents []*policy.Document, all bool) {
	for _, p := range policies {
		if p.Document != nil {
			documents = append(documents, p.Document)
		}
	}
	return documents, len(documents) == len(policies)
}

// arn is the ARN of something of the account; "" if the account is not known.
func (j *judgement) arn(kind, name string) string {
	if !j.who.known {
		return ""
	}
	return "arn:" + j.who.partition + ":ses:" + j.snap.Region + ":" + j.who.account + ":" + kind + "/" + name
}

func (j *judgement) identityARN(name string) string { return j.arn("identity", name) }
func (j *judgement) setARN(name string) string      { return j.arn("configuration-set", name) }

// some names the first of many.
func some(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// nearest returns the identity whose name is spelled almost like domain, "" if
// none is near or domain is one.
func nearest(domain string, entries []facts.IndexEntry) string {
	domain = strings.ToLower(domain)
	best, least := "", 1+len(domain)/8
	for _, e := range entries {
		name := strings.ToLower(e.Name[strings.LastIndexByte(e.Name, '@')+1:])
		if apart := len(name) - len(domain); apart > least || -apart > least {
			continue // cheaper than to count
		}
		if n := policy.Distance(domain, name); n > 0 && n <= least {
			best, least = name, n-1
		}
	}
	return best
}
