package policy

// compile prepares the values for matching.
func (c *Condition) compile(variables bool) {
	compile := c.op.compile
	if compile == nil {
		compile = boolean
	}
	for _, text := range c.Values {
		m := compile(text, variables)
		if m == (nothing{}) && c.op.negated {
			m = undocumented{} // not matching might be as wrong as matching
		}
		c.wanted = append(c.wanted, m)
	}
}

// truth evaluates the condition.
func (c *Condition) truth(ctx *Context) Truth {
	e, state := ctx.lookup(c.key)
	if c.op.compile == nil {
		return c.null(e, state)
	}
	switch state {
	case KeyAbsent:
		return c.absent()
	case KeyUnknown:
		return c.unknown(ctx)
	case KeyOpen:
		return c.open(ctx, e.values)
	}
	if c.op.quantifier == none && e.multi {
		return c.unqualified(ctx, e.values)
	}
	return c.present(ctx, e.values)
}

// absent is the truth when the key is not in the request. "If the key that you
// specify in a policy condition is not present in the request context, the
// values do not match"; what is then true for the negated operators, for
// ForAllValues and for IfExists, which goes before ForAnyValue.
func (c *Condition) absent() Truth {
	switch {
	case c.op.ifExists, c.op.quantifier == forAllValues:
		return Yes
	case c.op.quantifier == forAnyValue:
		return No
	case c.op.negated:
		return Yes
	case len(c.wanted) == 0:
		return c.one(No)
	}
	return No
}

// present is the truth for the values of a key. An empty text is to the set
// operators no value at all.
func (c *Condition) present(ctx *Context, values []string) Truth {
	switch c.op.quantifier {
	case forAllValues:
		all := Yes
		for _, v := range values {
			if v != "" {
				all = all.and(c.one(c.matches(ctx, v)))
			}
		}
		return all
	case forAnyValue:
		anyone := No
		for _, v := range values {
			if v != "" {
				anyone = anyone.or(c.one(c.matches(ctx, v)))
			}
		}
		return anyone
	}
	return c.one(c.matches(ctx, values[0]))
}

// unknown is the truth for a key that may be absent or hold anything, if that
// is one and the same. Without a set operator nothing holds for certain: the key
// may be multivalued.
func (c *Condition) unknown(ctx *Context) Truth {
	t := both(c.absent(), c.one(c.matchesAny(ctx)))
	if c.op.quantifier == none {
		return t.and(Maybe)
	}
	return both(t, c.present(ctx, nil))
}

// open is the truth where more values may follow those given.
func (c *Condition) open(ctx *Context, values []string) Truth {
	more := c.one(c.matchesAny(ctx))
	switch c.op.quantifier {
	case forAllValues:
		return c.present(ctx, values).and(both(Yes, more))
	case forAnyValue:
		return c.present(ctx, values).or(both(No, more))
	}
	return both(c.unqualified(ctx, values), more)
}

// unqualified is the truth of an operator without ForAllValues or ForAnyValue
// on a multivalued key. AWS calls it an error ("Missing qualifier") and does
// not say how it is evaluated. Only where no value matches a positive operator
// do all readings agree.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
func (c *Condition) unqualified(ctx *Context, values []string) Truth {
	if c.op.negated || len(values) == 0 {
		return Maybe
	}
	for _, v := range values {
		if c.one(c.matches(ctx, v)) != No {
			return Maybe
		}
	}
	return No
}

// null evaluates the Null operator: "true" wants the key absent, "false" wants
// it there with a value. "When you use the Null condition operator with
// ForAllValues, the statement always returns true. When you use the Null
// condition operator with ForAnyValue, the statement always returns false."
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Null
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
func (c *Condition) null(e entry, state State) Truth {
	switch c.op.quantifier {
	case forAllValues:
		return Yes
	case forAnyValue:
		return No
	}
	isNull := Maybe
	switch {
	case state == KeyAbsent:
		isNull = Yes
	case state == KeyPresent && (len(e.values) == 0 || len(e.values) == 1 && e.values[0] == ""):
	case state == KeyPresent, state == KeyOpen:
		isNull = No
	}
	switch {
	case len(c.wanted) == 0:
		return Maybe
	case isNull == Maybe:
		return both(c.matches(nil, Yes.boolean()), c.matches(nil, No.boolean()))
	}
	return c.matches(nil, isNull.boolean())
}

// matches compares one value with every value wanted: any of them will do.
func (c *Condition) matches(ctx *Context, got string) Truth {
	t := No
	for _, w := range c.wanted {
		if t = t.or(w.match(ctx, got)); t == Yes {
			break
		}
	}
	return t
}

// matchesAny is matches for a value that is not known.
func (c *Condition) matchesAny(ctx *Context) Truth {
	t := No
	for _, w := range c.wanted {
		t = t.or(w.matchAny(ctx))
	}
	return t
}

// one turns the match of one value into the truth of the operator. Of an empty
// list of values AWS says that ForAllValues and IfExists then match only if the
// key is missing and ForAnyValue never; and otherwise both that the condition
// is true and that the statement gives no permissions.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
func (c *Condition) one(match Truth) Truth {
	if c.op.negated {
		match = match.not()
	}
	if len(c.wanted) > 0 {
		return match
	}
	if c.op.quantifier != none || c.op.ifExists {
		return both(match, No)
	}
	return both(match, Yes)
}

// both is what two possibilities agree on.
func both(t, u Truth) Truth {
	if t == u {
		return t
	}
	return Maybe
}

// boolean is the text of a truth value, for Null.
func (t Truth) boolean() string {
	if t == Yes {
		return "true"
	}
	return "false"
}
