package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"go.uber.org/zap"

	"sesgate/authz"
	"sesgate/proxy"
	"sesgate/proxy/status"
)

// newBoard makes the status page, of whatever configuration is in use.
func newBoard(s *service, record *proxy.Log, seen *senders) *status.Board {
	began := time.Now()
	b := &status.Board{
		Ready:  s.state.reasons,
		Masked: record.Masked,
		Mask:   record.Mask,
		Info: func() status.Info {
			now := s.now.Load()
			info := status.Info{
				Version: version, Started: began, Region: now.back.cloud.config.Region, Mode: now.cfg.Preflight.Mode,
				Simulated: now.back.cloud.world != nil, Listeners: now.listeners,
			}
			if v := now.back.check.last.Load(); v != nil {
				info.Principal, info.Gaps = v.Principal, v.Gaps
				info.Account = account(v.Principal)
			}
			return info
		},
	}
	cfg := s.now.Load().cfg
	b.Hosts, b.Token = append([]string{cfg.Status.Address}, cfg.Status.Hosts...), s.token
	if cfg.Preflight.Mode != "off" {
		b.State = seen.state
		b.Check = func(ctx context.Context, d status.Draft) (authz.Verdict, error) {
			now := s.now.Load()
			return judge(ctx, now.cfg, now.back.check, d)
		}
	}
	if s.now.Load().back.cloud.world != nil {
		b.Captured = func() []status.Captured { return captured(s.now.Load().back.cloud) }
	}
	return b
}

// judge asks about a draft as sesgate check does.
func judge(ctx context.Context, cfg Config, check proxy.Checker, d status.Draft) (authz.Verdict, error) {
	if len(d.To) == 0 || len(d.To) > 50 {
		return authz.Verdict{}, errors.New("name one recipient, or up to 50")
	}
	request, err := checkCommand{From: d.From, FromName: d.Name, To: d.To}.request()
	if err != nil {
		return authz.Verdict{}, errors.New(strings.TrimPrefix(err.Error(), "--"))
	}
	request.Route = routeOf(cfg, request.Header.From)
	return check.Check(ctx, request), nil
}

// account is the account in an ARN, "" if there is none.
func account(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
}

// captured are the messages of a simulation, none of the real AWS.
func captured(c *cloud) []status.Captured {
	if c.world == nil {
		return nil
	}
	messages := c.world.Messages()
	list := make([]status.Captured, len(messages))
	for i, m := range messages {
		list[i] = status.Captured{ID: m.ID, Time: m.Time, From: m.From, To: m.Destination, Data: m.Data}
	}
	return list
}

func addresses(listeners []net.Listener) []string {
	list := make([]string, len(listeners))
	for i, l := range listeners {
		list[i] = l.Addr().String()
	}
	return list
}

// started tells people where mail goes in, and what to try first.
func started(w io.Writer, cfg Config, c *cloud, listeners []net.Listener, page net.Listener, log *zap.Logger) {
	fields := []zap.Field{
		zap.String("version", version), zap.Strings("listeners", addresses(listeners)), zap.String("region", c.config.Region),
		zap.String("preflight", cfg.Preflight.Mode), zap.Bool("simulated", c.world != nil),
	}
	if page != nil {
		fields = append(fields, zap.String("status", page.Addr().String()))
	}
	if c.config.BaseEndpoint != nil && c.world == nil {
		fields = append(fields, zap.String("endpoint", *c.config.BaseEndpoint))
	}
	for i, l := range cfg.Listeners {
		if l.AllowOpen {
			log.Warn("open relay: everybody who reaches this listener sends mail as you", zap.String("listener", cfg.Listeners[i].Address))
		}
	}
	log.Info("started", fields...)
	if c.world != nil {
		banner(w, cfg, c, listeners, page)
	}
}

// banner is what a newcomer sees.
func banner(w io.Writer, cfg Config, c *cloud, listeners []net.Listener, page net.Listener) {
	var b strings.Builder
	b.WriteString("\n*** SIMULATED AWS: nothing is really sent ***\n\n")
	for _, l := range listeners {
		fmt.Fprintf(&b, "SMTP      %s\n", l.Addr())
	}
	if page != nil {
		fmt.Fprintf(&b, "page      http://%s/\n", page.Addr())
		fmt.Fprintf(&b, "captured  http://%s/messages\n", page.Addr())
	}
	fmt.Fprintf(&b, "AWS       %s in %s\n", c.world.Caller(), c.config.Region)
	tcp, ok := listeners[0].Addr().(*net.TCPAddr)
	if mail, known := demoMail[c.config.Region]; ok && known && cfg.AWS.Simulate == "demo" {
		b.WriteString("\nA message that gets through:\n\n" + tryWith(tcp, mail.passes))
		b.WriteString("\nOne that is refused, with the reason:\n\n" + tryWith(tcp, mail.refused))
		fmt.Fprintf(&b, "\nThe same with swaks:\n\n  swaks --server %s --from %s --to %s\n", tcp, mail.refused.from, mail.refused.to)
		b.WriteString("\nMore senders to try: authz/awssim/demo/README.md\n")
	}
	b.WriteString("\n")
	io.WriteString(w, b.String())
}

// envelope is a message to try.
type envelope struct{ from, to string }

// demoMail is what to try first in the regions of the demo world.
var demoMail = map[string]struct{ passes, refused envelope }{
	"eu-west-1": {envelope{"hello@example.com", "you@example.org"}, envelope{"daily@reports.example.net", "you@example.org"}},
	"us-east-1": {envelope{"news@example.org", "success@simulator.amazonses.com"}, envelope{"news@example.org", "you@example.com"}},
}

// tryWith is a command that sends a message with what most machines have.
func tryWith(l *net.TCPAddr, m envelope) string {
	return fmt.Sprintf("  python3 -c 'import smtplib; s = smtplib.SMTP(\"%s\", %d); s.set_debuglevel(1); s.sendmail(\"%s\", [\"%s\"], \"From: %s\\r\\nTo: %s\\r\\nSubject: hello\\r\\n\\r\\nHello\\r\\n\")'\n",
		l.IP, l.Port, m.from, m.to, m.from, m.to)
}
