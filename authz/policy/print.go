package policy

import (
	"bytes"
	"encoding/json"
)

// String returns the document as compact JSON.
func (d *Document) String() string {
	var p printer
	p.document(d)
	return p.buf.String()
}

// MarshalJSON returns the document as compact JSON that Parse reads back.
func (d *Document) MarshalJSON() ([]byte, error) { return []byte(d.String()), nil }

// printer writes a document: a list of one value as the value.
type printer struct{ buf bytes.Buffer }

func (p *printer) document(d *Document) {
	p.open('{')
	p.text("Version", d.Version)
	p.text("Id", d.ID)
	p.name("Statement")
	p.open('[')
	for _, st := range d.Statements {
		p.comma()
		p.statement(st)
	}
	p.close(']')
	p.close('}')
}

func (p *printer) statement(st *Statement) {
	p.open('{')
	p.text("Sid", st.Sid)
	p.text("Effect", st.Effect.String())
	p.principals("Principal", st.Principals)
	p.principals("NotPrincipal", st.NotPrincipals)
	p.list("Action", st.Actions)
	p.list("NotAction", st.NotActions)
	p.list("Resource", st.Resources)
	p.list("NotResource", st.NotResources)
	p.conditions(st.Conditions)
	p.close('}')
}

// principals groups the entries by type, in order.
func (p *printer) principals(name string, list []NamedPrincipal) {
	if list == nil {
		return
	}
	p.name(name)
	if len(list) == 1 && list[0].Type == "*" {
		p.value("*")
		return
	}
	p.open('{')
	for len(list) > 0 {
		var values []string
		kind := list[0].Type
		for len(list) > 0 && list[0].Type == kind {
			values = append(values, list[0].Value)
			list = list[1:]
		}
		p.list(kind, values)
	}
	p.close('}')
}

// conditions groups the conditions by operator, in order.
func (p *printer) conditions(list []Condition) {
	if list == nil {
		return
	}
	p.name("Condition")
	p.open('{')
	for len(list) > 0 {
		operator := list[0].Operator
		p.name(operator)
		p.open('{')
		for len(list) > 0 && list[0].Operator == operator {
			p.list(list[0].Key, list[0].Values)
			list = list[1:]
		}
		p.close('}')
	}
	p.close('}')
}

// text writes a member, unless it is empty.
func (p *printer) text(name, value string) {
	if value != "" {
		p.name(name)
		p.value(value)
	}
}

// list writes a member with one value or an array, unless it is absent.
func (p *printer) list(name string, values []string) {
	if values == nil {
		return
	}
	p.name(name)
	if len(values) == 1 {
		p.value(values[0])
		return
	}
	p.open('[')
	for _, v := range values {
		p.comma()
		p.value(v)
	}
	p.close(']')
}

func (p *printer) name(name string) {
	p.comma()
	p.value(name)
	p.buf.WriteByte(':')
}

// value writes a string; < and & stay as they are.
func (p *printer) value(text string) {
	if isPlain(text) {
		p.buf.WriteByte('"')
		p.buf.WriteString(text)
		p.buf.WriteByte('"')
		return
	}
	enc := json.NewEncoder(&p.buf)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // a string always encodes, a buffer always takes it
	p.buf.Truncate(p.buf.Len() - 1)
}

// isPlain reports whether JSON has the text as it is.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func (p *printer) open(c byte)  { p.buf.WriteByte(c) }
func (p *printer) close(c byte) { p.buf.WriteByte(c) }

// comma separates members and elements.
func (p *printer) comma() {
	switch b := p.buf.Bytes(); b[len(b)-1] {
	case '{', '[':
	default:
		p.buf.WriteByte(',')
	}
}
