package facts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"sesgate/authz/policy"
)

// policyText is a policy as it stands in a file.
type policyText struct {
	Name     string `yaml:"name"`
	ARN      string `yaml:"arn,omitempty"`
	Document string `yaml:"document,omitempty"`
	Error    string `yaml:"error,omitempty"` // why AWS's own answer could not be read
}

// MarshalYAML writes the document as JSON, as text of more than one line.
func (p Policy) MarshalYAML() (any, error) {
	text := policyText{Name: p.Name, ARN: p.ARN}
	if p.Err != nil {
		text.Error = p.Err.Error()
	}
	if p.Document != nil {
		var err error
		if text.Document, err = readable(p.Document); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return text, nil
}

// unreadable is white space with which YAML writes a text in one line, with escapes.
var unreadable = regexp.MustCompile(`[\t\r]| \n|^\s|\s$|[^\n -~]`)

// readable is the document as it was written, so that the places which findings name
// stay true, or in lines of its own where YAML could not show that.
func readable(d *policy.Document) (string, error) {
	text := strings.TrimRight(d.Source(), " \t\r\n")
	if strings.Contains(text, "\n") && !unreadable.MatchString(text) {
		return text, nil
	}
	var b bytes.Buffer
	err := json.Indent(&b, []byte(d.String()), "", "  ")
	return b.String(), err
}

// UnmarshalYAML reads a policy: its name, ARN and document, or a document alone. A
// document is JSON as text, or the same as YAML.
func (p *Policy) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode || step(n, "Statement") != nil {
		return p.read(n)
	}
	if n.Kind != yaml.MappingNode {
		return mistake(n, "a policy is a mapping with name and document, or the document alone")
	}
	var document *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch key, value := n.Content[i], n.Content[i+1]; key.Value {
		case "name":
			p.Name = value.Value
		case "arn":
			p.ARN = value.Value
		case "error":
			p.Err = errors.New(value.Value)
		case "document":
			document = value
		default:
			return mistake(key, "unknown key %q in a policy%s", key.Value, didYouMean(key.Value, []string{"name", "arn", "document", "error"}))
		}
	}
	switch {
	case document != nil && p.Err == nil:
		return p.read(document)
	case p.Err == nil:
		return mistake(n, "policy %s has no document", p.Name)
	}
	return nil
}

// read parses the document that stands at n.
func (p *Policy) read(n *yaml.Node) error {
	src := []byte(n.Value)
	if n.Kind != yaml.ScalarNode {
		var b bytes.Buffer
		if err := writeJSON(&b, n); err != nil {
			return err
		}
		src = b.Bytes()
	}
	document, err := policy.Parse(p.Name, src)
	syntax, ok := errors.AsType[*policy.SyntaxError](err)
	switch {
	case ok && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: document: %s", n.Line+syntax.Line, syntax.Msg)}}
	case ok:
		return mistake(n, "document: %s", syntax.Msg)
	case err != nil:
		return mistake(n, "document: %v", err)
	}
	p.Document = document
	return nil
}

// writeJSON writes YAML as JSON. Scalars become strings: policies have no others,
// and what YAML takes for a date, as 2012-10-17, is none.
func writeJSON(b *bytes.Buffer, n *yaml.Node) error {
	switch n.Kind {
	case yaml.MappingNode:
		return writeList(b, n, "{}", func(i int, value *yaml.Node) error {
			if i%2 == 0 {
				return writeText(b, value.Value)
			}
			return writeJSON(b, value)
		}, ",:")
	case yaml.SequenceNode:
		return writeList(b, n, "[]", func(_ int, value *yaml.Node) error { return writeJSON(b, value) }, ",,")
	case yaml.ScalarNode:
		return writeText(b, n.Value)
	}
	return mistake(n, "a policy has no aliases")
}

// writeList writes the content of n between brackets, with marks before the
// elements by turns.
func writeList(b *bytes.Buffer, n *yaml.Node, brackets string, write func(int, *yaml.Node) error, marks string) error {
	b.WriteByte(brackets[0])
	for i, value := range n.Content {
		if i > 0 {
			b.WriteByte(marks[i%2])
		}
		if err := write(i, value); err != nil {
			return err
		}
	}
	b.WriteByte(brackets[1])
	return nil
}

func writeText(b *bytes.Buffer, text string) error {
	quoted, err := json.Marshal(text)
	b.Write(quoted)
	return err
}

// mistake is one that the decoder collects with others.
func mistake(n *yaml.Node, format string, args ...any) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: ", n.Line) + strings.TrimSpace(fmt.Sprintf(format, args...))}}
}

// gapText is a gap as it stands in a file.
type gapText struct {
	What       string `yaml:"what"`
	Call       string `yaml:"call,omitempty"`
	Permission string `yaml:"permission,omitempty"`
	Principal  string `yaml:"principal,omitempty"`
	Error      string `yaml:"error,omitempty"`
}

// MarshalYAML writes the error as text.
func (g Gap) MarshalYAML() (any, error) {
	text := gapText{What: g.What, Call: g.Call, Permission: g.Permission, Principal: g.Principal}
	if g.Err != nil {
		text.Error = g.Err.Error()
	}
	return text, nil
}

// UnmarshalYAML reads what MarshalYAML writes.
func (g *Gap) UnmarshalYAML(n *yaml.Node) error {
	var text gapText
	if err := n.Decode(&text); err != nil {
		return err
	}
	*g = Gap{What: text.What, Call: text.Call, Permission: text.Permission, Principal: text.Principal}
	if text.Error != "" {
		g.Err = errors.New(text.Error)
	}
	return nil
}
