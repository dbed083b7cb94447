package awssim

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// tenant is tenants/NAME.json.
type tenant struct {
	Status    string   `json:"status"`    // ENABLED without; or REINSTATED, DISABLED
	Resources []string `json:"resources"` // identity/NAME, configuration-set/NAME
}

// globalEndpoint is endpoints/NAME.json.
type globalEndpoint struct {
	ID      string   `json:"id"`
	Status  string   `json:"status"`  // READY without
	Regions []string `json:"regions"` // the primary one first
	name    string
}

func (s *state) readTenant(names []string, data []byte) error {
	t := &tenant{Status: "ENABLED"}
	s.regionOf(names[0]).tenants[names[1]] = t
	if err := decodeStrict(data, t); err != nil {
		return err
	}
	return oneOf("status", t.Status, "ENABLED", "REINSTATED", "DISABLED")
}

func (s *state) readEndpoint(names []string, data []byte) error {
	e := &globalEndpoint{Status: "READY", name: names[1]}
	s.regionOf(names[0]).endpoints[names[1]] = e
	if err := decodeStrict(data, e); err != nil {
		return err
	}
	return oneOf("status", e.Status, "READY", "CREATING", "FAILED", "DELETING")
}

func (s *state) readSuppressed(names []string, data []byte) error {
	return json.Unmarshal(data, &s.regionOf(names[0]).suppressed)
}

func (c *call) tenantARN(name string) string { return c.arn("ses", c.regionID, "tenant/"+name+"/tn-0") }

// getTenant and the next answer with the words that users report of SES.
// Source: Amazon SES API v2 Reference, "GetTenant", "ListTenantResources".
func (c *call) getTenant() (any, error) {
	name, t, err := c.tenantAsked("ses:GetTenant")
	if err != nil {
		return nil, err
	}
	return map[string]any{"Tenant": map[string]any{
		"TenantName": name, "TenantId": "tn-0", "TenantArn": c.tenantARN(name), "SendingStatus": t.Status,
	}}, nil
}

func (c *call) listTenantResources() (any, error) {
	_, t, err := c.tenantAsked("ses:ListTenantResources")
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, resource := range t.Resources {
		kind := "EMAIL_IDENTITY"
		if strings.HasPrefix(resource, "configuration-set/") {
			kind = "CONFIGURATION_SET"
		}
		list = append(list, map[string]string{"ResourceType": kind, "ResourceArn": c.arn("ses", c.regionID, resource)})
	}
	return map[string]any{"TenantResources": list}, nil
}

func (c *call) tenantAsked(action string) (string, *tenant, error) {
	var in struct{ TenantName string }
	if err := c.decode(&in); err != nil {
		return "", nil, err
	}
	c.resource = in.TenantName
	if err := c.refused(action, c.tenantARN(in.TenantName)); err != nil {
		return "", nil, err
	}
	t := c.region(c.regionID).tenants[in.TenantName]
	if t == nil {
		return "", nil, c.noTenant(in.TenantName)
	}
	return in.TenantName, t, nil
}

func (c *call) noTenant(name string) error {
	return refuse(404, "NotFoundException", "Tenant "+name+" for AwsAccountId "+c.account+" not found.")
}

func (c *call) listEndpoints() (any, error) {
	if err := c.refused("ses:ListMultiRegionEndpoints", "*"); err != nil {
		return nil, err
	}
	list := []any{}
	endpoints := c.region(c.regionID).endpoints
	for _, name := range slices.Sorted(maps.Keys(endpoints)) {
		e := endpoints[name]
		list = append(list, map[string]any{"EndpointName": name, "EndpointId": e.ID, "Status": e.Status, "Regions": e.Regions})
	}
	return map[string]any{"MultiRegionEndpoints": list}, nil
}

func (c *call) getSuppressed(address string) (any, error) {
	if err := c.refused("ses:GetSuppressedDestination", "*"); err != nil {
		return nil, err
	}
	reason, ok := c.region(c.regionID).suppressed[address]
	if !ok {
		return nil, refuse(404, "NotFoundException", "Email address "+address+" does not exist on your suppression list.")
	}
	return map[string]any{"SuppressedDestination": map[string]any{"EmailAddress": address, "Reason": reason, "LastUpdateTime": 1.7e9}}, nil
}

// checkTenant refuses a message whose tenant is missing, disabled or not
// associated with what the message uses.
func (s *sending) checkTenant() error {
	if s.input.TenantName == "" {
		return nil
	}
	t := s.region(s.regionID).tenants[s.input.TenantName]
	switch {
	case t == nil:
		return s.noTenant(s.input.TenantName)
	case s.set == "":
		return badRequest("A configuration set is required to send with a tenant.")
	case t.Status == "DISABLED":
		return refuse(400, "SendingPausedException", "Sending is paused for tenant "+s.input.TenantName)
	}
	var missing []string
	for _, arn := range s.resources() {
		_, resource, _ := strings.Cut(arn, s.account+":")
		if !slices.Contains(t.Resources, resource) {
			missing = append(missing, arn)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return refuse(403, "AccessDeniedException", "Tenant not associated with resources ["+strings.Join(missing, ", ")+"].")
}

// checkEndpoint refuses a message for a multi-region endpoint that is not ready.
func (s *sending) checkEndpoint() error {
	if s.input.EndpointId == "" {
		return nil
	}
	for _, e := range s.region(s.regionID).endpoints {
		if e.ID == s.input.EndpointId && e.Status == "READY" {
			return nil
		}
	}
	return refuse(404, "NotFoundException", "Endpoint "+s.input.EndpointId+" not found.")
}
