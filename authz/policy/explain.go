package policy

// Explanation is a Result with everything that led to it.
type Explanation struct {
	Result

	// Matches are the statements that bore on the result: those that apply or
	// may apply, layer by layer.
	Matches []Match

	// Misses are, for each layer that lacks its Allow, the Allow statements that
	// come nearest: but for the action, the resource, the principal or one
	// condition they would have allowed. The nearest is first.
	Misses []Match

	// Allowing is the smallest statement, as JSON, that would allow this
	// action on this resource; "" if the request is allowed.
	Allowing string
}

// Match is how one statement meets the request.
type Match struct {
	Layer     Layer
	Level     int // of an SCP or RCP, from 0, the root; else 0
	Document  *Document
	Statement *Statement

	// Truth says whether the statement applies; it is the conjunction of the
	// others. An element that the statement does not have is Yes.
	Truth, Principal, Action, Resource, Conditions Truth

	Tests []Test // one a condition, as written
}

// Test is one condition: what was wanted and what was there.
type Test struct {
	Operator, Key string
	Wanted        []string // with variables as written
	Got           []string // nil unless present
	State         State
	Truth         Truth
}

// State is what is known of a condition key. Its zero value is KeyAbsent.
type State uint8

const (
	KeyAbsent  State = iota // certainly not in the request
	KeyPresent              // with the values given
	KeyOpen                 // with the values given, perhaps more
	KeyUnknown              // with any value, or absent
)

// String returns "absent", "present", "open" or "unknown".
func (s State) String() string {
	return [...]string{"absent", "present", "open", "unknown"}[s]
}

// Explain evaluates like Evaluate, and says why.
func Explain(set *Set, req *Request) *Explanation { return &Explanation{} }
