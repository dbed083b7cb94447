package diagnosis

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	// commands are those of cmd/sesgate.
	commands = []string{"serve", "check", "explain", "eval", "lint", "hash", "health", "version"}
	// settings are the keys of config.example.yaml that texts may speak of.
	settings = []string{
		"aws.region", "aws.other_regions", "aws.configuration_set", "preflight.mode", "preflight.wait",
		"relay.timeout", "status.address", "log.addresses", "listeners",
	}

	command  = regexp.MustCompile(`\bsesgate ([A-Za-z]\w*)`)
	checking = regexp.MustCompile(`\bsesgate check(.{0,30})`)
	setting  = regexp.MustCompile(`(?:^|[\s"(])((?:aws|preflight|relay|status|log|shutdown|cache|hostname|listeners?)(?:\[\d*\])?\.[a-z_]+(?:\.[a-z_]+)*|[a-z]+\.[a-z]+_[a-z_]+|SESGATE_\w+)`)
)

func TestEveryCommandAndSettingThatATextNamesExists(t *testing.T) {
	t.Parallel()
	texts := literals(t)
	for _, e := range All() {
		texts = append(texts, e.Title, e.Cause, e.Tell, e.Fix)
	}
	for _, text := range texts {
		for _, wrong := range unknownAdvice(text) {
			t.Errorf("%s: %q", wrong, text)
		}
	}
}

func TestAdviceThatDoesNotExistIsNoticed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"run sesgate doctor":                                    1,
		"sesgate policy --from SENDER prints":                   1,
		"run sesgate check to see":                              1,
		"run sesgate check --from SENDER --to RECIPIENT to see": 0,
		"set relay.rate, or aws.source_arn":                     2,
		"set aws.region to a region with SES":                   0,
		"set SESGATE_RELAY_RATE":                                1,
		"email.us-east-1.amazonaws.com":                         0,
	} {
		if got := unknownAdvice(text); len(got) != want {
			t.Errorf("%q: %q, want %d", text, got, want)
		}
	}
}

// unknownAdvice returns what of a text's commands and settings does not exist.
func unknownAdvice(text string) []string {
	var wrong []string
	for _, m := range command.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(commands, m[1]) {
			wrong = append(wrong, "no command: sesgate "+m[1])
		}
	}
	for _, m := range checking.FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(m[1], " --from SENDER --to RECIPIENT") {
			wrong = append(wrong, "check needs a sender and a recipient")
		}
	}
	for _, m := range setting.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(settings, m[1]) {
			wrong = append(wrong, "no setting: "+m[1])
		}
	}
	return wrong
}

// literals returns the string literals of the package's source, those that are
// added up as one.
func literals(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			text := literal(n)
			if text != "" {
				texts = append(texts, text)
			}
			return text == ""
		})
	}
	if len(texts) < 500 {
		t.Fatalf("only %d literals", len(texts))
	}
	return texts
}

// literal returns what n adds up to, as far as it is written out; runCheck is.
func literal(n ast.Node) string {
	switch n := n.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil {
			return text
		}
	case *ast.Ident:
		if n.Name == "runCheck" {
			return runCheck
		}
	case *ast.BinaryExpr:
		if n.Op == token.ADD {
			return literal(n.X) + literal(n.Y)
		}
	}
	return ""
}
