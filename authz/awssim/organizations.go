package awssim

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
)

// organization is organization.json. A world without one is in none.
type organization struct {
	ID         string   `json:"id"`
	Management string   `json:"management_account"`
	FeatureSet string   `json:"feature_set"`              // ALL without
	Delegated  []string `json:"delegated_administrators"` // accounts that may read it, besides the management account
	SCPsOff    bool     `json:"scps_off"`
	Levels     []level  `json:"levels"` // root first; the root and the world's account with FullAWSAccess without
}

// level is a root, an organizational unit or an account.
type level struct {
	ID   string   `json:"id"` // of a root or unit; "" is the world's account
	Name string   `json:"name"`
	SCPs []string `json:"scps"` // names of files of organizations/policies, or FullAWSAccess
}

// fullAccess is the service control policy that AWS attaches to everything.
const fullAccess = "FullAWSAccess"

const fullAccessDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

func (s *state) readOrganization(_ []string, data []byte) error {
	s.organization = &organization{ID: "o-a1b2c3d4e5", Management: "999988887777", FeatureSet: "ALL"}
	if err := decodeStrict(data, s.organization); err != nil {
		return err
	}
	if len(s.organization.Levels) == 0 {
		s.organization.Levels = []level{{ID: "r-a1b2", Name: "Root", SCPs: []string{fullAccess}}, {SCPs: []string{fullAccess}}}
	}
	return oneOf("feature_set", s.organization.FeatureSet, "ALL", "CONSOLIDATED_BILLING")
}

func (s *state) readSCP(names []string, data []byte) error {
	if !json.Valid(data) {
		return fmt.Errorf("not JSON")
	}
	s.scps[names[0]] = string(data)
	return nil
}

// checkOrganization finds levels that name policies which are not there.
func (s *state) checkOrganization() (errs []error) {
	if s.organization == nil {
		return nil
	}
	for _, l := range s.organization.Levels {
		for _, name := range l.SCPs {
			if _, ok := s.scp(name); !ok {
				errs = append(errs, fmt.Errorf("organizations/organization.json: no file policies/%s.json", name))
			}
		}
	}
	return errs
}

func (s *state) scp(name string) (document string, ok bool) {
	if name == fullAccess {
		return fullAccessDocument, true
	}
	document, ok = s.scps[name]
	return document, ok
}

// organizations answers the JSON 1.1 protocol.
// Source: AWS Organizations API Reference.
func (c *call) organizations() (any, error) {
	operations := map[string]func() (any, error){
		"DescribeOrganization":       c.describeOrganization,
		"ListRoots":                  c.ofAdministrators(c.listRoots),
		"ListParents":                c.ofAdministrators(c.listParents),
		"ListPoliciesForTarget":      c.ofAdministrators(c.listPoliciesForTarget),
		"DescribePolicy":             c.ofAdministrators(c.describePolicy),
		"DescribeOrganizationalUnit": c.ofAdministrators(c.describeUnit),
	}
	operation, ok := operations[c.action]
	if !ok {
		return nil, c.unknownOperation()
	}
	if err := c.refused("organizations:"+c.action, "*"); err != nil {
		return nil, err
	}
	if c.organization == nil {
		return nil, refuse(400, "AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
	}
	return operation()
}

func (c *call) describeOrganization() (any, error) {
	org := c.organization
	arn := "arn:" + c.partition + ":organizations::" + org.Management
	return map[string]any{"Organization": map[string]any{
		"Id":                   org.ID,
		"Arn":                  arn + ":organization/" + org.ID,
		"FeatureSet":           org.FeatureSet,
		"MasterAccountArn":     arn + ":account/" + org.ID + "/" + org.Management,
		"MasterAccountId":      org.Management,
		"MasterAccountEmail":   "management@example.com",
		"AvailablePolicyTypes": []any{},
	}}, nil
}

// ofAdministrators keeps an operation to the accounts that may call it.
func (c *call) ofAdministrators(operation func() (any, error)) func() (any, error) {
	return func() (any, error) {
		if c.account != c.organization.Management && !slices.Contains(c.organization.Delegated, c.account) {
			return nil, refuse(400, "AccessDeniedException", "You don't have permissions to access this resource.")
		}
		return operation()
	}
}

func (c *call) listRoots() (any, error) {
	root := c.organization.Levels[0]
	types := []any{}
	if !c.organization.SCPsOff {
		types = append(types, map[string]string{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"})
	}
	return map[string]any{"Roots": []any{map[string]any{"Id": root.ID, "Name": root.Name, "PolicyTypes": types}}}, nil
}

// levelOf finds the level of an id in the request, by its place.
func (c *call) levelOf(id string) (int, error) {
	for i, l := range c.organization.Levels {
		if firstOf(l.ID, c.member) == id {
			return i, nil
		}
	}
	return 0, refuse(400, "TargetNotFoundException", "We can't find a root, OU, account, or policy with the TargetId that you specified.")
}

func (c *call) listParents() (any, error) {
	var in struct{ ChildId string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	at, err := c.levelOf(in.ChildId)
	if err != nil || at == 0 {
		return nil, refuse(400, "ChildNotFoundException", "We can't find an organizational unit (OU) or AWS account with the ChildId that you specified.")
	}
	kind := "ORGANIZATIONAL_UNIT"
	if at == 1 {
		kind = "ROOT"
	}
	return map[string]any{"Parents": []any{map[string]string{"Id": c.organization.Levels[at-1].ID, "Type": kind}}}, nil
}

// listPoliciesForTarget gives an empty page before the one with the policies, as
// AWS may.
func (c *call) listPoliciesForTarget() (any, error) {
	var in struct{ TargetId, Filter, NextToken string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	at, err := c.levelOf(in.TargetId)
	if err != nil {
		return nil, err
	}
	if in.NextToken == "" {
		return map[string]any{"Policies": []any{}, "NextToken": "more"}, nil
	}
	list := []any{}
	for _, name := range c.organization.Levels[at].SCPs {
		if in.Filter == "SERVICE_CONTROL_POLICY" && !c.organization.SCPsOff {
			list = append(list, c.policySummary(name))
		}
	}
	return map[string]any{"Policies": list}, nil
}

func (c *call) policySummary(name string) map[string]any {
	owner := c.organization.Management + ":policy/" + c.organization.ID
	if name == fullAccess {
		owner = "aws:policy"
	}
	return map[string]any{
		"Id": scpID(name), "Name": name, "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": name == fullAccess,
		"Arn": "arn:" + c.partition + ":organizations::" + owner + "/service_control_policy/" + scpID(name),
	}
}

func (c *call) describePolicy() (any, error) {
	var in struct{ PolicyId string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	for _, l := range c.organization.Levels {
		for _, name := range l.SCPs {
			if document, _ := c.scp(name); scpID(name) == in.PolicyId {
				return map[string]any{"Policy": map[string]any{"PolicySummary": c.policySummary(name), "Content": document}}, nil
			}
		}
	}
	return nil, refuse(400, "PolicyNotFoundException", "We can't find a policy with the PolicyId that you specified.")
}

func (c *call) describeUnit() (any, error) {
	var in struct{ OrganizationalUnitId string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	at, err := c.levelOf(in.OrganizationalUnitId)
	if err != nil {
		return nil, refuse(400, "OrganizationalUnitNotFoundException", "We can't find an OU with the OrganizationalUnitId that you specified.")
	}
	l := c.organization.Levels[at]
	return map[string]any{"OrganizationalUnit": map[string]string{"Id": l.ID, "Name": l.Name}}, nil
}

// decode reads the JSON of a request.
func (c *call) decode(in any) error {
	if err := json.Unmarshal(c.body, in); err != nil {
		return refuse(400, "SerializationException", "the request is not JSON as it should be")
	}
	return nil
}

// scpID is the id of a policy, made up of its name.
func scpID(name string) string {
	if name == fullAccess {
		return "p-" + fullAccess
	}
	h := fnv.New32a()
	h.Write([]byte(name))
	return fmt.Sprintf("p-%08x", h.Sum32())
}
