package authz

import (
	"slices"
	"strings"
	"time"

	"sesgate/authz/policy"
)

// edge is how near to the end of a time window the answer is left open: AWS's
// clock is not ours.
const edge = time.Minute

// reading is one way to read a message into condition keys.
type reading struct {
	from       string
	recipients []string
	more       bool // there may be other recipients
	now        time.Time
	ip         string // under which AWS sees the call; "" if not known
}

// asWritten is the reading that takes everything as it is.
func (j *judgement) asWritten() reading {
	r := reading{recipients: j.req.Recipients, now: j.now}
	if h := j.req.Header; h != nil {
		r.from = h.From
	}
	return r
}

// contexts are the contexts that SES may have made of the message; more than one
// where AWS does not say which. The first is the likeliest.
func (j *judgement) contexts() []*policy.Context {
	readings := []reading{j.asWritten()}
	if j.mentions("ses:recipients") && j.req.Header != nil {
		r := readings[0]
		if all := union(r.recipients, j.req.Header.Recipients); len(all) > len(r.recipients) {
			r.recipients = all
			readings = append(readings, r)
		}
		if j.req.Header.MoreRecipients {
			r.more = true
			readings = append(readings, r)
		}
	}
	// Whether SES lowers the letter case of domains is not documented.
	if j.mentions("ses:fromaddress") {
		for _, r := range readings {
			if lower := lowerDomain(r.from); lower != r.from {
				r.from = lower
				readings = append(readings, r)
			}
		}
	}
	if j.mentions("ses:recipients") {
		for _, r := range readings {
			if slices.ContainsFunc(r.recipients, func(to string) bool { return lowerDomain(to) != to }) {
				r.recipients = lowerDomains(r.recipients)
				readings = append(readings, r)
			}
		}
	}
	if j.mentions("aws:currenttime") || j.mentions("aws:epochtime") {
		for _, r := range readings {
			before, after := r, r
			before.now, after.now = j.now.Add(-edge), j.now.Add(edge)
			readings = append(readings, before, after)
		}
	}
	if j.mentions("aws:sourceip") && j.direct() && len(j.egress) > 0 {
		for i := range readings {
			readings[i].ip = j.egress[0].String()
		}
		for _, r := range readings {
			for _, other := range j.egress[1:] {
				r.ip = other.String()
				readings = append(readings, r)
			}
		}
	}
	contexts := make([]*policy.Context, len(readings))
	for i, r := range readings {
		contexts[i] = j.context(r)
	}
	return contexts
}

func lowerDomains(addresses []string) []string {
	lower := make([]string, len(addresses))
	for i, address := range addresses {
		lower[i] = lowerDomain(address)
	}
	return lower
}

// lowerDomain lowers the letter case of an address's domain.
func lowerDomain(address string) string {
	at := strings.LastIndexByte(address, '@')
	if domain := strings.ToLower(address[at+1:]); domain != address[at+1:] {
		return address[:at+1] + domain
	}
	return address
}

func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// context has a value for each key that the policies at hand mention. What is
// neither set nor certainly absent is unknown.
func (j *judgement) context(r reading) *policy.Context {
	c := &policy.Context{Open: true}
	c.Grow(len(j.keys))
	for _, key := range j.keys {
		if strings.HasPrefix(key, "ses:") {
			j.setOfSES(c, key, r)
		} else {
			j.setOfIAM(c, key, r)
		}
	}
	return c
}

// mentions reports whether a policy at hand mentions a key, in lower case.
func (j *judgement) mentions(key string) bool {
	_, ok := slices.BinarySearch(j.keys, key)
	return ok
}

// mentioned lists the keys, in lower case, that the policies at hand mention.
func (j *judgement) mentioned() []string {
	keys := j.who.keys
	for _, fact := range j.snap.Identities {
		for _, p := range fact.Value.Policies {
			if p.Document != nil {
				keys = append(slices.Clip(keys), p.Document.Keys()...)
			}
		}
	}
	if len(keys) == len(j.who.keys) {
		return keys
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
