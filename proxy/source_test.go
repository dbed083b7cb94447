package proxy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestSessionsReturnOnlyRepliesOfTheBuilder reads the package's source: the
// library sends any other error's text to the client, and as permanent at that.
func TestSessionsReturnOnlyRepliesOfTheBuilder(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	methods := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if n.Sel.Name == "SMTPError" && file != "reply.go" {
					t.Errorf("%s makes an SMTPError", file)
				}
			case *ast.FuncDecl:
				if isSessionMethod(n) {
					methods++
					ast.Inspect(n, func(n ast.Node) bool {
						if r, ok := n.(*ast.ReturnStmt); ok && !isReply(r) {
							t.Errorf("%s: a session returns something else than a reply", file)
						}
						return true
					})
				}
			}
			return true
		})
	}
	if methods != 4 {
		t.Errorf("found %d methods that answer, want Mail, Rcpt, Data and the session's making", methods)
	}
}

// isSessionMethod reports whether the library sends what a method returns.
func isSessionMethod(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return false
	}
	star, ok := f.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	receiver, _ := star.X.(*ast.Ident)
	switch receiver.Name + "." + f.Name.Name {
	case "session.Mail", "session.Rcpt", "session.Data", "run.session":
		return true
	}
	return false
}

// isReply reports whether a statement returns a call of reply.error, or no error.
func isReply(r *ast.ReturnStmt) bool {
	last := r.Results[len(r.Results)-1]
	if name, ok := last.(*ast.Ident); ok {
		return name.Name == "nil" && len(r.Results) == 2
	}
	call, ok := last.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "error"
}
