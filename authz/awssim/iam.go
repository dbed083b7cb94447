package awssim

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Shapes of IAM's answers, as its API Reference has them.
type (
	iamPrincipal struct {
		Path                     string
		RoleName                 string `xml:",omitempty"`
		RoleId                   string `xml:",omitempty"`
		UserName                 string `xml:",omitempty"`
		UserId                   string `xml:",omitempty"`
		Arn                      string
		CreateDate               string
		AssumeRolePolicyDocument string       `xml:",omitempty"`
		PermissionsBoundary      *iamBoundary `xml:",omitempty"`
		Tags                     []iamTag     `xml:"Tags>member"`
	}
	iamBoundary struct{ PermissionsBoundaryType, PermissionsBoundaryArn string }
	iamTag      struct{ Key, Value string }
	iamAttached struct{ PolicyName, PolicyArn string }
	iamGroup    struct{ Path, GroupName, GroupId, Arn, CreateDate string }
	iamPolicy   struct {
		PolicyName, PolicyId, Arn, Path, DefaultVersionId string
		AttachmentCount                                   int
		IsAttachable                                      bool
		CreateDate, UpdateDate                            string
	}
	iamVersion struct {
		Document, VersionId string
		IsDefaultVersion    bool
		CreateDate          string
	}
)

// created is the date of everything in a world's IAM.
const created = "2026-01-02T03:04:05Z"

// trustPolicy lets EC2 assume every role of a world.
const trustPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

func (c *call) iam() (any, error) {
	switch c.action {
	case "GetRole":
		return c.onPrincipal("role", c.getRole)
	case "GetUser":
		return c.onPrincipal("user", c.getUser)
	case "ListAttachedRolePolicies":
		return c.onPrincipal("role", c.listAttached)
	case "ListAttachedUserPolicies":
		return c.onPrincipal("user", c.listAttached)
	case "ListAttachedGroupPolicies":
		return c.onPrincipal("group", c.listAttached)
	case "ListRolePolicies":
		return c.onPrincipal("role", c.listInline)
	case "ListUserPolicies":
		return c.onPrincipal("user", c.listInline)
	case "ListGroupPolicies":
		return c.onPrincipal("group", c.listInline)
	case "GetRolePolicy":
		return c.onPrincipal("role", c.getInline)
	case "GetUserPolicy":
		return c.onPrincipal("user", c.getInline)
	case "SimulatePrincipalPolicy":
		return c.simulatePrincipalPolicy()
	case "GetGroupPolicy":
		return c.onPrincipal("group", c.getInline)
	case "ListGroupsForUser":
		return c.onPrincipal("user", c.listGroups)
	case "GetPolicy":
		return c.onPolicy(c.getPolicy)
	case "GetPolicyVersion":
		return c.onPolicy(c.getPolicyVersion)
	}
	return nil, c.unknownOperation()
}

// onPrincipal authorises a call about a role, user or group and carries it out.
func (c *call) onPrincipal(kind string, do func(*principal, url.Values) (any, error)) (any, error) {
	form := c.parameters()
	parameter := strings.ToUpper(kind[:1]) + kind[1:] + "Name"
	name := form.Get(parameter)
	if callerKind, callerName, _ := c.callerName(); name == "" && c.action == "GetUser" && callerKind == "user" {
		name = callerName
	}
	if name == "" {
		return nil, refuse(400, "ValidationError", "1 validation error detected: Value null at '"+
			strings.ToLower(parameter[:1])+parameter[1:]+"' failed to satisfy constraint: Member must not be null")
	}
	c.resource = name
	p := c.principals[kind][name]
	arn := c.arn("iam", "", kind+"/"+name)
	if p != nil {
		arn = c.principalARN(p)
	}
	if err := c.refused("iam:"+c.action, arn, kind+" "+name); err != nil {
		return nil, err
	}
	if p == nil {
		return nil, noSuchEntity("The %s with name %s cannot be found.", kind, name)
	}
	return do(p, form)
}

func noSuchEntity(format string, args ...any) error {
	return refuse(404, "NoSuchEntity", fmt.Sprintf(format, args...))
}

func (c *call) getRole(p *principal, _ url.Values) (any, error) {
	role := c.describe(p)
	role.RoleName, role.RoleId = p.name, c.principalID("role", p.name)
	role.AssumeRolePolicyDocument = escape(trustPolicy)
	return struct{ Role iamPrincipal }{role}, nil
}

func (c *call) getUser(p *principal, _ url.Values) (any, error) {
	user := c.describe(p)
	user.UserName, user.UserId = p.name, c.principalID("user", p.name)
	return struct{ User iamPrincipal }{user}, nil
}

func (c *call) describe(p *principal) iamPrincipal {
	out := iamPrincipal{Path: p.Path, Arn: c.principalARN(p), CreateDate: created}
	if p.Boundary != "" {
		out.PermissionsBoundary = &iamBoundary{"Policy", p.Boundary}
	}
	for _, key := range slices.Sorted(maps.Keys(p.Tags)) {
		out.Tags = append(out.Tags, iamTag{key, p.Tags[key]})
	}
	return out
}

func (c *call) listAttached(p *principal, form url.Values) (any, error) {
	var all []iamAttached
	for _, arn := range p.attached {
		all = append(all, iamAttached{c.managed[arn].name, arn})
	}
	part, cut, err := page(c, all, form)
	return struct {
		AttachedPolicies []iamAttached `xml:"AttachedPolicies>member"`
		iamCut
	}{part, cut}, err
}

func (c *call) listInline(p *principal, form url.Values) (any, error) {
	part, cut, err := page(c, p.inlineNames(), form)
	return struct {
		PolicyNames []string `xml:"PolicyNames>member"`
		iamCut
	}{part, cut}, err
}

func (c *call) getInline(p *principal, form url.Values) (any, error) {
	name := form.Get("PolicyName")
	text, ok := p.inline[name]
	if !ok {
		return nil, noSuchEntity("The %s policy with name %s cannot be found.", p.kind, name)
	}
	return struct {
		RoleName       string `xml:",omitempty"`
		UserName       string `xml:",omitempty"`
		GroupName      string `xml:",omitempty"`
		PolicyName     string
		PolicyDocument string
	}{form.Get("RoleName"), form.Get("UserName"), form.Get("GroupName"), name, escape(text)}, nil
}

func (c *call) listGroups(p *principal, form url.Values) (any, error) {
	var all []iamGroup
	for _, name := range p.groups {
		group := c.principals["group"][name]
		all = append(all, iamGroup{group.Path, name, c.principalID("group", name), c.principalARN(group), created})
	}
	part, cut, err := page(c, all, form)
	return struct {
		Groups []iamGroup `xml:"Groups>member"`
		iamCut
	}{part, cut}, err
}

// onPolicy authorises a call about a managed policy and carries it out.
func (c *call) onPolicy(do func(*managedPolicy, url.Values) (any, error)) (any, error) {
	form := c.parameters()
	arn := form.Get("PolicyArn")
	c.resource = arn
	if err := c.refused("iam:"+c.action, arn, "policy "+arn); err != nil {
		return nil, err
	}
	m := c.managed[arn]
	if m == nil {
		return nil, noSuchEntity("Policy %s was not found.", arn)
	}
	return do(m, form)
}

func (c *call) getPolicy(m *managedPolicy, _ url.Values) (any, error) {
	path := m.path
	if path != "/" {
		path += "/"
	}
	return struct{ Policy iamPolicy }{iamPolicy{
		PolicyName: m.name, PolicyId: "ANPA" + c.principalID("", m.arn), Arn: m.arn, Path: path,
		DefaultVersionId: m.defaultVersion(), AttachmentCount: 1, IsAttachable: true, CreateDate: created, UpdateDate: created,
	}}, nil
}

func (c *call) getPolicyVersion(m *managedPolicy, form url.Values) (any, error) {
	id := form.Get("VersionId")
	text, ok := m.version(id)
	if !ok {
		return nil, noSuchEntity("Policy %s version %s does not exist or is not attachable.", m.arn, id)
	}
	return struct{ PolicyVersion iamVersion }{iamVersion{escape(text), id, id == m.defaultVersion(), created}}, nil
}

// escape encodes a policy as IAM does: everything but RFC 3986's unreserved
// characters, a space as %20 and a plus sign as %2B.
func escape(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
