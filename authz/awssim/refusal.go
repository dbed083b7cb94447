package awssim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// refusal is an entry of refusals.json: what the world states that IAM refuses,
// or, with Permit, that it does not. All criteria given must hold; the first entry
// whose criteria hold decides about a resource; with none, IAM agrees.
type refusal struct {
	Action           list `json:"action"` // the IAM action: "ses:SendRawEmail", "iam:*"
	Region           list `json:"region"`
	Resource         list `json:"resource"` // of the ARN that IAM authorises
	From             list `json:"from"`     // of the address in the From header
	To               list `json:"to"`       // of at least one recipient
	ConfigurationSet list `json:"configuration_set"`
	Caller           list `json:"caller"` // whose call it is

	Permit  bool   `json:"permit"`
	Because string `json:"because"` // the end of IAM's standard message
	Error   string `json:"error"`   // AccessDeniedException, or AccessDenied in STS and IAM, without
	Status  int    `json:"status"`  // 403 without
	Message string `json:"message"` // in full; made as AWS does without
}

func (s *state) readRefusals(_ []string, data []byte) error {
	errs := []error{decodeStrict(data, &s.refusals)}
	for i, r := range s.refusals {
		if len(r.Action) == 0 {
			errs = append(errs, fmt.Errorf(`entry %d: no key "action": which IAM action does it refuse?`, i+1))
		}
		if r.Status != 0 && (r.Status < 400 || r.Status > 599) {
			errs = append(errs, fmt.Errorf(`entry %d: key "status": %d is not a status of an error`, i+1, r.Status))
		}
		if r.Permit && r.Because+r.Error+r.Message != "" {
			errs = append(errs, fmt.Errorf("entry %d: permits and words a refusal at once", i+1))
		}
	}
	return errors.Join(errs...)
}

// question is what IAM is asked.
type question struct {
	action, region   string
	resource         string
	from             string
	recipients       []string
	configurationSet string
	caller           string
}

func (r *refusal) concerns(q question) bool {
	return holds(r.Action, q.action) && holds(r.Region, q.region) && holds(r.Resource, q.resource) &&
		holds(r.From, q.from) && holds(r.To, q.recipients...) && holds(r.ConfigurationSet, q.configurationSet) &&
		holds(r.Caller, q.caller)
}

// stated returns the world's word on a question: a refusal, or nil.
func (s *state) stated(q question) *refusal {
	for i := range s.refusals {
		if r := &s.refusals[i]; r.concerns(q) {
			if r.Permit {
				return nil
			}
			return r
		}
	}
	return nil
}

// holds reports whether one of the values matches one of the globs. A glob that
// begins with an exclamation mark matches what the rest of it does not.
func holds(globs list, values ...string) bool {
	if len(globs) == 0 {
		return true
	}
	return slices.ContainsFunc(globs, func(glob string) bool {
		rest, not := strings.CutPrefix(glob, "!")
		return slices.ContainsFunc(values, func(value string) bool {
			return globMatch(rest, value) != not
		})
	})
}

// globMatch matches * with any run of characters and ? with one, case-sensitively.
func globMatch(glob, s string) bool {
	star, mark := -1, 0
	g, i := 0, 0
	for i < len(s) {
		switch {
		case g < len(glob) && glob[g] == '*':
			star, mark = g, i
			g++
		case g < len(glob) && (glob[g] == '?' || glob[g] == s[i]):
			g++
			i++
		case star >= 0: // let the last star take one more
			mark++
			g, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(glob[g:], "*") == ""
}

// refused asks for one resource of a call that sends no mail. Where IAM's message
// names the resource otherwise than by its ARN, shown is that name.
func (c *call) refused(action, resource string, shown ...string) error {
	r := c.stated(question{action: action, region: c.regionID, resource: resource, caller: c.caller})
	if r == nil {
		return nil
	}
	if len(shown) > 0 {
		resource = shown[0]
	}
	return c.word(r, action, resource, c.standardRefusal(r, action, resource))
}

// standardRefusal is IAM's message.
// Source: IAM User Guide, "Troubleshoot access denied error messages".
func (c *call) standardRefusal(r *refusal, action, resource string) string {
	because := r.Because
	if because == "" {
		because = "because no identity-based policy allows the " + action + " action"
	}
	return fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s %s", c.caller, action, resource, because)
}

// refusedToSend asks for one resource of a message. SES's own older wording gives
// no reason; if the world states one, the message is IAM's.
func (c *call) refusedToSend(q question) error {
	r := c.stated(q)
	if r == nil {
		return nil
	}
	message := fmt.Sprintf("User `%s' is not authorized to perform `%s' on resource `%s'", c.caller, q.action, q.resource)
	if r.Because != "" {
		message = c.standardRefusal(r, q.action, q.resource)
	}
	return c.word(r, q.action, q.resource, message)
}

func (c *call) word(r *refusal, action, resource, message string) error {
	e := c.pick(refuse(403, "AccessDeniedException", message), "AccessDenied")
	if r.Error != "" {
		e.code = r.Error
	}
	if r.Status != 0 {
		e.status = r.Status
	}
	if r.Message != "" {
		e.message = strings.NewReplacer("${action}", action, "${resource}", resource, "${caller}", c.caller).Replace(r.Message)
	}
	return e
}
