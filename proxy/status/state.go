package status

import (
	"fmt"
	"time"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
)

// State is what is known of the account and of who may send in it.
type State struct {
	Account facts.Fact[facts.Account]
	Senders []Sender
	More    int // sender identities besides
}

// Sender is a sender identity with what the pre-flight says of it.
type Sender struct {
	Identity string
	Status   string // SES's VerificationStatus: SUCCESS, PENDING, …
	As       string // the address that was judged
	Judged   time.Time
	Verdict  authz.Verdict // if Judged is not zero
}

// account is an account as the page shows it.
type account struct {
	Known       bool
	Words       string  // sandbox or production, enabled or paused
	Alarming    bool    // no mail gets through
	Quota, Used float64 // recipients in 24 hours
	Unlimited   bool
	Percent     string
	Rate        float64 // recipients a second
	Age         string
}

func newAccount(f facts.Fact[facts.Account], now time.Time) account {
	if !f.Known() {
		return account{}
	}
	a := f.Value
	shown := account{
		Known: true, Words: "production access", Quota: a.Max24HourSend, Used: a.SentLast24Hours, Rate: a.MaxSendRate,
		Unlimited: a.Max24HourSend < 0, Age: age(now.Sub(f.At)),
	}
	if a.Sandbox {
		shown.Words = "sandbox: mail goes to verified recipients only"
	}
	switch {
	case a.Enforcement == "SHUTDOWN":
		shown.Words, shown.Alarming = "shut down by SES: no mail gets through", true
	case !a.SendingEnabled:
		shown.Words, shown.Alarming = "sending is paused: no mail gets through", true
	case a.Enforcement != "HEALTHY":
		shown.Words += ", on probation"
	}
	if a.Max24HourSend > 0 {
		shown.Percent = fmt.Sprintf("%.0f %%", 100*a.SentLast24Hours/a.Max24HourSend)
	}
	return shown
}

// sender is a sender identity as the page shows it.
type sender struct {
	Identity string
	As       string // to fill in the check form with; "" where addresses are hidden
	Class    string
	Word     string
	Why      string
	Code     diagnosis.Code
	Age      string // of the facts
}

func newSender(s Sender, now time.Time, m masker, masked func(string) string) sender {
	shown := sender{Identity: m.identity(s.Identity)}
	if m.address(s.As) == s.As {
		shown.As = s.As
	}
	if s.Judged.IsZero() {
		shown.Class, shown.Word = "ended", "– not looked at yet"
		if s.Status != "SUCCESS" {
			shown.Why = "verification status " + s.Status
		}
		return shown
	}
	shown.Class, shown.Word = verdictOf(s.Verdict.Decision)
	shown.Age = age(s.Verdict.Age + now.Sub(s.Judged))
	switch {
	case len(s.Verdict.Findings) > 0:
		shown.Why, shown.Code = masked(s.Verdict.Findings[0].Title), s.Verdict.Findings[0].Code
	case s.Verdict.Decision == authz.Unknown && len(s.Verdict.Gaps) > 0:
		shown.Why = masked(s.Verdict.Gaps[0].What) + " not known"
	}
	return shown
}

// verdictOf is a decision as a class of the style sheet, and in words.
func verdictOf(d authz.Decision) (class, word string) {
	switch d {
	case authz.Allow:
		return "sent", "✓ may send"
	case authz.Deny:
		return "refused", "✗ may not send"
	}
	return "unsure", "? not certain"
}

// age is a duration in the largest unit that tells it.
func age(d time.Duration) string {
	switch {
	case d < 2*time.Second:
		return "now"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	}
	return fmt.Sprintf("%d h ago", int(d.Hours()))
}

// standing is the account with its senders, as the overview shows them.
type standing struct {
	Account account
	Senders []sender
	More    int
}

// standing returns nil where nothing is asked.
func (b *Board) standing() *standing {
	if b.State == nil {
		return nil
	}
	state, now := b.State(), time.Now()
	s := &standing{Account: newAccount(state.Account, now), More: state.More}
	m := masker{mask: b.Mask}
	for _, one := range state.Senders {
		s.Senders = append(s.Senders, newSender(one, now, m, b.masked))
	}
	return s
}
