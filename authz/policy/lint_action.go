package policy

import (
	"fmt"
	"slices"
	"strings"
)

// The actions by which raw mail is sent, in lower case: the operation SendEmail
// of the second API is checked as SendRawEmail if its content is raw, as is mail
// through the SMTP endpoint.
// https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html
const (
	sendEmail    = "ses:sendemail"
	sendRawEmail = "ses:sendrawemail"
)

// actions checks the names of the actions.
func (l *linter) actions(list []part) {
	for _, p := range list {
		prefix, name, _ := strings.Cut(p.value, ":")
		switch strings.ToLower(prefix) {
		case "sesv2":
			l.report(p, RuleActionPrefix,
				fmt.Sprintf("%q matches no action: both APIs of SES have the prefix ses:", p.value),
				fmt.Sprintf("write %q", "ses:"+name))
		case "ses":
			l.actionName(p, name)
		}
	}
}

// actionName checks an action of SES.
func (l *linter) actionName(p part, name string) {
	if slices.ContainsFunc(l.known, p.covers) {
		return
	}
	l.suspect(p, RuleActionUnknown,
		fmt.Sprintf("%q matches no action that SES had in %s", p.value, namesAsOf),
		meant(Nearest(strings.Trim(name, "*"), sesActions), "ses:"))
}

// withPrefix is the actions as evaluation compares them.
func withPrefix(names []string) []string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = "ses:" + strings.ToLower(name)
	}
	return list
}

// covers reports whether an entry of Action or NotAction matches an action,
// given in lower case.
func (p part) covers(action string) bool {
	return p.statement.actions[p.index].match(nil, action, exactly) == Yes
}

// rawMail checks that whoever means sending mail also means raw mail. Another
// policy may do so.
func (l *linter) rawMail(list []part) {
	for _, p := range list {
		if p.element != "Action" || !p.covers(sendEmail) || l.raw[p.statement.Effect] {
			continue
		}
		title := "%q does not allow raw mail, which SES checks as ses:SendRawEmail whatever API sends it"
		if p.statement.Effect == EffectDeny {
			title = "%q does not stop raw mail, which SES checks as ses:SendRawEmail whatever API sends it"
		}
		l.suspect(p, RuleRawMail, fmt.Sprintf(title, p.value), `add "ses:SendRawEmail" to the Action`)
	}
}

// covers reports whether the statement covers an action, given in lower case.
func (s *Statement) covers(action string) bool {
	matched := false
	for i := range s.actions {
		matched = matched || s.actions[i].match(nil, action, exactly) == Yes
	}
	return matched == (s.Actions != nil)
}

// sends reports whether the statement names the sending of raw mail.
func (s *Statement) sends() bool {
	for i, action := range s.Actions {
		if strings.HasPrefix(strings.ToLower(action), "ses:send") &&
			s.actions[i].match(nil, sendRawEmail, exactly) == Yes {
			return true
		}
	}
	return false
}
