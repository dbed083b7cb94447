package policy

// Evaluate decides the request under the policies of the set.
func Evaluate(set *Set, req *Request) Result { return Result{} }
