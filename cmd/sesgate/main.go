package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	exitOK      = 0
	exitNo      = 1 // a check that says no, or an error while running
	exitUsage   = 2 // wrong flags or configuration
	exitUnknown = 3 // a check that cannot say
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// program is what a command works with. A test can run commands many times.
type program struct {
	ctx            context.Context
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// commandLine is the whole of it.
type commandLine struct {
	Serve    serveCommand    `cmd:"" help:"Take mail by SMTP and relay it through Amazon SES."`
	Check    checkCommand    `cmd:"" help:"Say whether a message would be sent, without sending it."`
	Doctor   doctorCommand   `cmd:"" help:"Run every check there is: credentials, clock, account, identities, permissions."`
	Snapshot snapshotCommand `cmd:"" help:"Write what is known about AWS as a file, for check --facts and serve --facts."`
	Policy   policyCommand   `cmd:"" help:"Print the least-privilege IAM policy for this configuration."`
	Explain  explainCommand  `cmd:"" help:"Explain a code of sesgate, or the text of an AWS error."`
	Eval     evalCommand     `cmd:"" help:"Evaluate IAM requests: JSON lines of cases in, one decision a line out."`
	Lint     lintCommand     `cmd:"" help:"Look for likely mistakes in IAM policies."`
	Hash     hashCommand     `cmd:"" help:"Print the users file's line of a user, whose password is on standard input."`
	Health   healthCommand   `cmd:"" help:"Ask a running server whether it is ready."`
	Version  versionCommand  `cmd:"" help:"Print version, commit and Go version."`
}

// settings are the flags of commands that read the configuration. Flags win over
// the environment, the environment over the file.
type settings struct {
	Config   string `short:"c" placeholder:"FILE" help:"Configuration file; also SESGATE_CONFIG."`
	Simulate string `placeholder:"WORLD" help:"Simulated AWS: demo, or a directory or .txtar file that describes a world."`
	Region   string `placeholder:"REGION" help:"Region in which mail is sent."`
	Facts    string `placeholder:"FILE" help:"Facts about AWS that sesgate snapshot has written, or people."`
}

// problem is an error with the exit code it leads to.
type problem struct {
	code int
	err  error
}

func (p *problem) Error() string { return p.err.Error() }
func (p *problem) Unwrap() error { return p.err }

// verdict ends a command that has said what it found with an exit code.
type verdict int

func (v verdict) Error() string { return fmt.Sprintf("exit code %d", int(v)) }

// run is the program without its process.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{ctx: ctx, environ: environ, stdin: stdin, stdout: stdout, stderr: stderr}
	exited := -1
	parser, err := kong.New(&commandLine{},
		kong.Name("sesgate"),
		kong.Description("SMTP in front of Amazon SES that says why mail may not be sent.\n\n"+
			"First try: sesgate serve --simulate demo"),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return p.fail(err)
	}
	command, err := parser.Parse(usual(args))
	if exited >= 0 {
		return exited
	}
	if err != nil {
		return p.fail(&problem{exitUsage, fmt.Errorf("%w (sesgate --help lists commands and flags)", err)})
	}
	return p.fail(command.Run(p))
}

// usual puts our words in place of others that people try.
func usual(args []string) []string {
	if len(args) == 0 {
		return args
	}
	switch args[0] {
	case "help":
		return append(args[1:len(args):len(args)], "--help")
	case "--version", "-v":
		return []string{"version"}
	}
	return args
}

// fail prints an error as people read it, a line each, and returns its exit code.
func (p *program) fail(err error) int {
	var v verdict
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &v):
		return int(v)
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(p.stderr, "sesgate: %s\n", strings.TrimSuffix(line, "\n"))
	}
	var known *problem
	if errors.As(err, &known) {
		return known.code
	}
	return exitNo
}

// load reads the configuration that the flags and the environment name.
func (s settings) load(p *program) (Config, []string, error) {
	path := s.file(p)
	var flags []override
	if s.Simulate != "" {
		flags = append(flags, override{"--simulate", "aws.simulate", s.Simulate})
	}
	if s.Region != "" {
		flags = append(flags, override{"--region", "aws.region", s.Region})
	}
	if s.Facts != "" {
		flags = append(flags, override{"--facts", "facts.snapshot", s.Facts})
	}
	cfg, warnings, err := Load(path, p.environ, flags...)
	if err != nil {
		return cfg, nil, &problem{exitUsage, err}
	}
	return cfg, warnings, nil
}

// file is the configuration file, "" for none.
func (s settings) file(p *program) string {
	return cmp.Or(s.Config, lookup(p.environ, "SESGATE_CONFIG"))
}

// lookup finds a variable in an environment; the last one counts.
func lookup(environ []string, name string) string {
	value := ""
	for _, entry := range environ {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			value = v
		}
	}
	return value
}
