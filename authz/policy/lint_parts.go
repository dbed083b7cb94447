package policy

// part is one value of a statement, and where it stands in the text given to
// Parse.
type part struct {
	statement    *Statement
	index        int // among the values of its element
	element      string
	value        string
	line, column int
}

// parts are the values of a statement in the order of its fields.
type parts struct {
	actions, resources, principals []part
	conditions                     []conditionParts // as Statement.Conditions
}

// conditionParts are the values of a condition.
type conditionParts struct {
	key    part
	values []part
}

// locate reads a statement once more to learn where its values stand, which
// evaluation never asks.
func locate(st *Statement) *parts {
	l := locator{scanner: scanner{src: st.source}, st: st}
	_ = l.object(l.element) // Parse has read this text without an error
	return &l.parts
}

// locator reads the text of a statement.
type locator struct {
	scanner
	parts
	st    *Statement
	lines lines
}

// element reads the value of one element.
func (l *locator) element(element string, _ int) (err error) {
	switch element {
	case "Action", "NotAction":
		l.actions, err = l.values(element, nil)
	case "Resource", "NotResource":
		l.resources, err = l.values(element, nil)
	case "Principal", "NotPrincipal":
		err = l.named(element)
	case "Condition":
		err = l.object(func(string, int) error { return l.object(l.condition) })
	default:
		_, err = l.scalar()
	}
	return err
}

// named reads the principals.
func (l *locator) named(element string) (err error) {
	if l.next() != '{' {
		l.principals, err = l.values(element, nil)
		return err
	}
	return l.object(func(string, int) error {
		l.principals, err = l.values(element, l.principals)
		return err
	})
}

// condition reads the values of a condition key.
func (l *locator) condition(key string, at int) error {
	c := conditionParts{key: l.part("Condition", key, at)}
	values, err := l.values("Condition", nil)
	c.values = values
	l.conditions = append(l.conditions, c)
	return err
}

// values appends a value, or an array of them.
func (l *locator) values(element string, list []part) ([]part, error) {
	err := l.oneOrMany(func() error {
		at := l.pos
		text, err := l.scalar()
		p := l.part(element, text, at)
		p.index = len(list)
		list = append(list, p)
		return err
	})
	return list, err
}

// part is the value at an offset in the statement. Offsets ascend.
func (l *locator) part(element, value string, at int) part {
	line, column := l.lines.place(l.src, at)
	if line == 1 {
		column += l.st.Column - 1
	}
	return part{
		statement: l.st,
		element:   element,
		value:     value,
		line:      l.st.Line + line - 1,
		column:    column,
	}
}
