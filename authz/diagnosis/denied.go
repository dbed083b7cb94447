package diagnosis

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// denialLayer is a kind of policy as denials tell of it.
type denialLayer struct {
	words    string // how AWS's words for it begin
	name     string // of policy.Layer
	said     string // with its article
	implicit Code   // where no statement allows
	explicit Code   // where one denies
	remedy   string // where a statement that allows belongs; "" where none helps
	owner    string // who must change it, if not the account's own people
}

var denialLayers = []denialLayer{
	{"service control", "scp", "a service control policy", SCPImpl, SCPExpl, askAdmins + "allow at every level: ", askAdmins},
	{"resource control", "rcp", "a resource control policy", RCPExpl, RCPExpl, "", askAdmins},
	{"vpc endpoint", "endpoint", "a VPC endpoint policy", VPCEPolicy, VPCEPolicy, "add to the policy of the VPC endpoint: ", ""},
	{"permissions boundary", "boundary", "a permissions boundary", IAMBoundImpl, IAMBoundExpl, "add to the permissions boundary: ", ""},
	{"session", "session", "a session policy", Session, Session, "add to the session policy: ", ""},
	{"resource-based", "resourcePolicy", "a resource-based policy", XAccNoPolicy, ResDeny, "ask the owner of the resource to add to its policy: ", ""},
	{"role trust", "trust", "a role trust policy", CredRole, CredRole, "", ""},
	{"identity-based", "identity", "an identity-based policy", IAMNoAllow, IAMDeny, "add to a policy of the caller: ", ""},
}

const askAdmins = "ask the organization's administrators to "

// unnamed stands for the layer of a denial that names none.
var unnamed = denialLayer{
	said: "a policy that AWS does not name", implicit: AccessDenied, explicit: AccessDenied,
	remedy: runCheck + "to see which policy decides; if none allows it, add to a policy of the caller: ",
}

const runCheck = "run sesgate check --from SENDER --to RECIPIENT "

// Finding returns the finding that the denial amounts to: [AccessDenied] where
// AWS does not say why, [FactDenied] for calls that only read, [CredRole] for
// roles that cannot be assumed, otherwise the code of the layer named.
func (d Denial) Finding() Finding {
	f := New(d.code())
	f.Title = d.title()
	f.Detail = Clean(d.detail(), maxDetail)
	f.Layer = d.Layer
	f.Source = Clean(d.PolicyARN, maxName)
	f.Resource = Clean(d.Resource, maxName)
	if fix := d.fix(f.Code); fix != "" {
		f.Fix = Clean(fix, maxFix)
	}
	return f
}

// reading are the actions by which sesgate learns facts.
var reading = regexp.MustCompile(`(?i)^(?:ses|iam|organizations|ec2|sts):(?:BatchGet|Get|List|Describe|Simulate)`)

func (d Denial) code() Code {
	switch {
	case strings.HasPrefix(strings.ToLower(d.Action), "sts:assumerole"):
		return CredRole
	case reading.MatchString(d.Action):
		return FactDenied
	case d.Explicit:
		return d.layer().explicit
	}
	return d.layer().implicit
}

func (d Denial) layer() denialLayer {
	for _, l := range denialLayers {
		if l.name == d.Layer {
			return l
		}
	}
	return unnamed
}

func (d Denial) title() string {
	if d.Action == "" {
		return Clean("AWS refuses "+d.caller()+" an action that cannot be read from the text", maxTitle)
	}
	title := d.caller() + " may not " + d.Action
	if d.Resource != "" {
		title += " on " + shortResource(d.Resource)
	}
	return Clean(title, maxTitle)
}

// caller names the principal as people do: role app, user ci.
func (d Denial) caller() string {
	part := strings.SplitN(d.Principal, ":", 6)
	if len(part) < 6 {
		return d.callerWithoutARN()
	}
	kind, name, _ := strings.Cut(part[5], "/")
	switch kind {
	case "assumed-role":
		role, _, _ := strings.Cut(name, "/")
		return "role " + role
	case "user", "role":
		return kind + " " + name[strings.LastIndexByte(name, '/')+1:]
	case "federated-user":
		return "federated user " + name
	case "root":
		return "the root user of account " + part[4]
	}
	return d.Principal
}

func (d Denial) callerWithoutARN() string {
	switch {
	case d.Principal == "":
		return "the caller"
	case strings.HasSuffix(d.Principal, ".amazonaws.com"):
		return "service " + d.Principal
	}
	return d.Principal
}

// shortResource returns an ARN without partition, service, region and account.
func shortResource(arn string) string {
	if part := strings.SplitN(arn, ":", 6); len(part) == 6 {
		return part[5]
	}
	return arn
}

func (d Denial) detail() string {
	detail := d.reason()
	if d.Via != "" {
		detail += ", transitively through " + Denial{Layer: d.Via}.layer().said
	}
	if d.PolicyARN != "" {
		detail += ", policy " + d.PolicyARN
	}
	if d.Principal != "" {
		detail += "; caller " + d.Principal
	}
	return detail
}

func (d Denial) reason() string {
	switch {
	case d.Action == "":
		return "the text does not go on as AWS writes it"
	case d.Explicit:
		return "AWS says: an explicit deny in " + d.layer().said
	case d.ReasonGiven:
		_, kind, _ := strings.Cut(d.layer().said, " ")
		return "AWS says: no " + kind + " allows it"
	case strings.HasPrefix(strings.ToLower(d.Action), "ses:"):
		return "SES does not say why"
	}
	return "AWS does not say why"
}

// fix returns what to do with the denial's own names, "" to leave it at the
// entry's.
func (d Denial) fix(code Code) string {
	remedy := d.layer().remedy
	switch {
	case d.Action == "":
		return "look up the whole text, which names action and resource; or " + runCheck + "to see which policy decides"
	case d.PolicyARN != "":
		return d.layer().owner + "exempt " + d.caller() + " from the deny of " + d.Action + " in policy " + d.PolicyARN
	case d.Explicit || code == CredRole || remedy == "":
		return ""
	}
	return strings.Replace(remedy, "the caller", d.caller(), 1) + d.statement()
}

// statement returns the JSON of a statement that allows what was denied.
func (d Denial) statement() string {
	s := struct {
		Effect    string
		Principal map[string]string `json:",omitempty"`
		Action    string
		Resource  string
	}{Effect: "Allow", Action: d.Action, Resource: d.Resource}
	switch {
	case d.Resource == "" || d.Layer == "scp": // allow lists of organizations name services, not resources
		s.Resource = "*"
	case d.Layer == "endpoint":
		s.Principal = map[string]string{"AWS": "*"}
	case d.Layer == "resourcePolicy":
		s.Principal = map[string]string{"AWS": d.account()}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(s) // of strings alone: cannot fail
	return strings.TrimSpace(b.String())
}

// account returns the caller's account, as a policy of another account names it.
func (d Denial) account() string {
	if part := strings.SplitN(d.Principal, ":", 6); len(part) == 6 {
		return part[4]
	}
	return "ACCOUNT"
}
