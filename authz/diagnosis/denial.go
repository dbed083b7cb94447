package diagnosis

// Denial is what an "is not authorized to perform" text of AWS states. Fields
// that the text does not state are empty.
type Denial struct {
	Principal   string // ARN of the caller, for a role that of the session
	Action      string // service:Name as written
	Resource    string // ARN, or *
	Layer       string // kind of policy: identity, scp, rcp, boundary, session, resource, endpoint, trust
	PolicyARN   string // the policy that denies
	Explicit    bool   // a statement denies, as against none allows
	ReasonGiven bool   // the text says whether a statement denies or none allows
}

// ParseDenial finds a denial in text.
func ParseDenial(text string) (Denial, bool) { return Denial{}, false }
