package awssim

// organization is organization.json. A world without one is in none.
type organization struct {
	ID         string `json:"id"`
	Management string `json:"management_account"`
	FeatureSet string `json:"feature_set"` // ALL without
}

func (s *state) readOrganization(_ []string, data []byte) error {
	s.organization = &organization{ID: "o-a1b2c3d4e5", Management: "999988887777", FeatureSet: "ALL"}
	if err := decodeStrict(data, s.organization); err != nil {
		return err
	}
	return oneOf("feature_set", s.organization.FeatureSet, "ALL", "CONSOLIDATED_BILLING")
}

// organizations answers the JSON 1.1 protocol.
func (c *call) organizations() (any, error) {
	if c.action != "DescribeOrganization" {
		return nil, c.unknownOperation()
	}
	if err := c.refused("organizations:DescribeOrganization", "*"); err != nil {
		return nil, err
	}
	org := c.organization
	if org == nil {
		return nil, refuse(400, "AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
	}
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
