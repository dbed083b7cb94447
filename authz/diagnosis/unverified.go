package diagnosis

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Unverified is what SES's "Email address is not verified" states. It does not
// say whether an identity is that of a sender or of a recipient; who knows the
// message asks Findings.
type Unverified struct {
	Region     string   // lower case, "" if the text does not say
	Identities []string // addresses or domains as SES writes them
	Truncated  bool     // there are more identities than SES lists
}

// https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html
var (
	unverifiedHead   = regexp.MustCompile(`(?i)\bemail address(?:es)? (?:is|are) not verified\b\.?(?: the following identities failed the check in region ([a-z0-9-]+): ?)?`)
	unverifiedMember = regexp.MustCompile(`^(?:(?:"[^"]{0,100}" ?|[^<>@,"]{0,100})<)?((?:"[^"]{1,64}"@)?[^\s<>,;"(){}\[\]]*[A-Za-z0-9])>?`)
)

// maxIdentities is more than a message with 50 recipients can bring into doubt.
const maxIdentities = 60

// ParseUnverified finds "Email address is not verified" in text, which may stand
// among other text.
func ParseUnverified(text string) (Unverified, bool) {
	u, _, ok := findUnverified(plain(text))
	return u, ok
}

// findUnverified is ParseUnverified on plain text, and tells where it begins.
func findUnverified(text string) (u Unverified, start int, ok bool) {
	if !strings.Contains(strings.ToLower(text), "not verified") {
		return Unverified{}, 0, false // spares the pattern's time
	}
	head := unverifiedHead.FindStringSubmatchIndex(text)
	if head == nil {
		return Unverified{}, 0, false
	}
	if head[2] >= 0 {
		u.Region = strings.ToLower(text[head[2]:head[3]])
		u.readList(text[head[1]:])
	}
	return u, head[0], true
}

// readList reads "a@example.com, b@example.com, ..." up to what cannot be an
// identity.
func (u *Unverified) readList(text string) {
	for len(u.Identities) < maxIdentities {
		member := unverifiedMember.FindStringSubmatch(text)
		if member == nil || !strings.ContainsAny(member[1], "@.") {
			break
		}
		u.Identities = append(u.Identities, member[1])
		text = text[len(member[0]):]
		if !strings.HasPrefix(text, ",") {
			break
		}
		text = strings.TrimLeft(text, ", ")
	}
	u.Truncated = strings.HasPrefix(text, "...")
}

// Findings returns what the identities mean for a message of which the senders
// (From, Sender, return-path) and recipients are known: [SbxRcpt] for those that
// are recipients only, [IDNone] for the others.
func (u Unverified) Findings(senders, recipients []string) []Finding {
	var theirs, ours []string
	for _, id := range u.Identities {
		if contains(recipients, id) && !contains(senders, id) {
			theirs = append(theirs, id)
		} else {
			ours = append(ours, id)
		}
	}
	var findings []Finding
	if len(ours) > 0 || len(theirs) == 0 {
		findings = append(findings, u.As(IDNone, ours...))
	}
	if len(theirs) > 0 {
		f := u.As(SbxRcpt, theirs...)
		f.Recipients = theirs
		findings = append(findings, f)
	}
	return findings
}

func contains(addresses []string, address string) bool {
	return slices.ContainsFunc(addresses, func(a string) bool { return strings.EqualFold(a, address) })
}

// As returns the finding of some of the identities under a code of the caller's
// choice, such as XAccNoARN or IDRetPath; without identities, of all.
func (u Unverified) As(code Code, identities ...string) Finding {
	if len(identities) == 0 {
		identities = u.Identities
	}
	f := New(code)
	f.Layer = "ses"
	f.Title = Clean(u.title(code, identities), maxTitle)
	f.Detail = Clean(u.detail(), maxDetail)
	if len(identities) == 1 {
		f.Source = Clean(identities[0], maxName)
	}
	return f
}

func (u Unverified) title(code Code, identities []string) string {
	const shown = 3
	title := "address not verified"
	if code == SbxRcpt {
		title = "sandbox: recipient not verified"
	}
	if u.Region != "" {
		title += " in " + u.Region
	}
	if len(identities) > 0 {
		title += ": " + strings.Join(identities[:min(shown, len(identities))], ", ")
	}
	if more := len(identities) - shown; more > 0 {
		title += fmt.Sprintf(" and %d more", more)
	}
	return title
}

func (u Unverified) detail() string {
	if len(u.Identities) == 0 {
		return "SES says: email address is not verified, not which"
	}
	detail := "SES says: these identities failed the check in " + u.Region + ": " + strings.Join(u.Identities, ", ")
	if u.Truncated {
		detail += ", and others that it does not list"
	}
	return detail
}

// undecided is the finding for who does not know sender and recipients.
func (u Unverified) undecided() Finding {
	f := u.As(IDNone)
	f.Fix = "where the address is a sender, verify it or its domain in this account and region; " +
		"where it is a recipient, request production access, as the account is in the sandbox"
	return f
}
