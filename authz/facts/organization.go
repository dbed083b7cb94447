package facts

// Organization says whether service control policies can bear on the caller, and
// which do.
type Organization struct {
	ID          string `yaml:"id"`           // o-…; "" if the account is in none
	Management  bool   `yaml:"management"`   // the caller's account is the management account: SCPs do not apply
	AllFeatures bool   `yaml:"all_features"` // false: consolidated billing only, there are no SCPs
	SCPsOff     bool   `yaml:"scps_off"`     // the organization has not enabled the policy type: there are no SCPs
	// Levels are those above the caller's account and the account itself: the root
	// first, the account last. At each one at least one SCP has to allow what is
	// done. They are nil if SCPs do not apply, or if LevelsGap says why they are
	// not known: only the management account and delegated administrators may read
	// them.
	Levels    []Level `yaml:"levels,omitempty"`
	LevelsGap *Gap    `yaml:"levels_gap,omitempty"`
}

// Restricts reports whether service control policies apply to the account at all.
//
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
func (o Organization) Restricts() bool {
	return o.ID != "" && !o.Management && o.AllFeatures && !o.SCPsOff
}

// Level is a root, an organizational unit or an account, with the service control
// policies attached to it directly.
type Level struct {
	ID   string   `yaml:"id"`             // r-…, ou-… or the account's number
	Name string   `yaml:"name,omitempty"` // as people call it; "" if not known
	Kind string   `yaml:"kind"`           // "root", "organizational unit", "account"
	SCPs []Policy `yaml:"scps"`
}
