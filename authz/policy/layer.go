package policy

import "fmt"

// Layer is a kind of policy by where it is attached. The order is that of AWS's
// page on enforcement logic, the one in which a denial is attributed.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
type Layer uint8

const (
	RCP      Layer = iota // resource control policies, of the resource's account
	SCP                   // service control policies, of the caller's account
	Resource              // resource-based policies (SES: sending authorization)
	Identity              // identity-based policies: user with groups, or role
	Boundary              // permissions boundary
	Session               // session policies
	Endpoint              // VPC endpoint policy
	layers                // how many there are
)

// String returns the name that [Result.Needs] and sesgate eval use, such as
// "resourcePolicy".
func (l Layer) String() string {
	return [...]string{"rcp", "scp", "resourcePolicy", "identity", "boundary", "session", "endpoint"}[l]
}

// LayerSet is a set of layers. The zero value is empty.
type LayerSet uint8

// Layers returns the set of the given layers.
func Layers(list ...Layer) LayerSet {
	var set LayerSet
	for _, l := range list {
		set |= 1 << l
	}
	return set
}

// Has reports whether l is in the set.
func (s LayerSet) Has(l Layer) bool { return s&(1<<l) != 0 }

// list returns the layers of the set in the order of attribution, nil if empty.
func (s LayerSet) list() []Layer {
	var list []Layer
	for l := range layers {
		if s.Has(l) {
			list = append(list, l)
		}
	}
	return list
}

// MarshalText returns what String does.
func (l Layer) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads what String returns.
func (l *Layer) UnmarshalText(text []byte) error {
	for m := range layers {
		if m.String() == string(text) {
			*l = m
			return nil
		}
	}
	return fmt.Errorf("there is no layer %q", text)
}
