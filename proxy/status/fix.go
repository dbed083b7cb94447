package status

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// passage is a stretch of a finding's advice. One of its fields is set.
type passage struct {
	Prose string
	Code  string // an ARN or a command's name, within a sentence
	Block string // what is copied as it stands, a command or a DNS record a line
}

// copied matches what somebody copies out of advice: commands with their options,
// ARNs, and DNS records, several of which follow one another with "; ".
var copied = regexp.MustCompile(`\b(?:aws (?:sesv2|iam|sts|sso|ec2|organizations) [a-z][a-z-]*|sesgate (?:check|policy|explain|lint|eval))` +
	`(?: --[a-z][a-z-]*(?: [^\s;,-][^\s;,]*)?)*` +
	`|arn:aws[a-z-]*:[^\s;,"]+|` + record + `(?:; ` + record + `)*`)

const record = `[^\s;:]+\.[^\s;:]+ (?:CNAME [^\s;,]+|MX \d+ [^\s;,]+|TXT (?:"[^"]*"|[^\s;,]+))`

// passages takes advice apart. A policy statement, which is the last thing that
// advice says, is copied, too. A block ends a line, so that a comma behind it has
// no place.
func passages(fix string) []passage {
	statement := ""
	if i := strings.IndexByte(fix, '{'); i >= 0 && json.Valid([]byte(fix[i:])) {
		fix, statement = fix[:i], indented(fix[i:])
	}
	var list []passage
	for {
		at := copied.FindStringIndex(fix)
		if at == nil {
			break
		}
		found := verbatim(fix[at[0]:at[1]])
		list = append(list, passage{Prose: fix[:at[0]]}, found)
		fix = fix[at[1]:]
		if found.Block != "" {
			fix = strings.TrimLeft(fix, ",; ")
		}
	}
	return filled(append(list, passage{Prose: fix}, passage{Block: statement}))
}

// indented lays out JSON; what is none stays as it is.
func indented(s string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(s), "", "  ") != nil {
		return s
	}
	return b.String()
}

func verbatim(s string) passage {
	command := strings.HasPrefix(s, "aws ") || strings.HasPrefix(s, "sesgate ")
	switch {
	case strings.HasPrefix(s, "arn:"), command && !strings.Contains(s, " --"):
		return passage{Code: s}
	case command:
		return passage{Block: s}
	}
	return passage{Block: strings.ReplaceAll(s, "; ", "\n")}
}

func filled(list []passage) []passage {
	shown := list[:0]
	for _, p := range list {
		if p != (passage{}) {
			shown = append(shown, p)
		}
	}
	return shown
}
