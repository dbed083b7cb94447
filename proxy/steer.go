package proxy

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sesgate/authz"
	"sesgate/authz/diagnosis"
)

// SteeringHeaders are the headers that SES takes as instructions, as a listener
// may allow them by name: [Server.AllowHeaders].
//
// SES developer guide: "Using Amazon SES-specific headers", "Using subscription
// management", "Tenants".
var SteeringHeaders = []string{
	"X-SES-CONFIGURATION-SET",
	"X-SES-MESSAGE-TAGS",
	"X-SES-SOURCE-ARN",
	"X-SES-FROM-ARN",
	"X-SES-RETURN-PATH-ARN",
	"X-SES-TENANT",
	"X-SES-LIST-MANAGEMENT-OPTIONS",
}

// instruction is a header that steers SES.
type instruction struct {
	name  string // in upper case
	value string // not empty
	line  int
}

// instructions takes from fields those that are allowed. The first of a name
// counts, as it does for SES; one without a value says nothing.
func instructions(data []byte, header []field, allowed []string) (list []instruction, rest []field) {
	for _, f := range header {
		name := strings.ToUpper(f.name)
		if !slices.ContainsFunc(allowed, func(a string) bool { return strings.EqualFold(a, name) }) {
			rest = append(rest, f)
			continue
		}
		value := f.text(data)
		if value != "" && !slices.ContainsFunc(list, func(i instruction) bool { return i.name == name }) {
			list = append(list, instruction{name, value, f.line})
		}
	}
	return list, rest
}

// steer has the instructions of a message put into its route, and says which have
// a value that SES's API does not take. They override the route, as headers do the
// settings of SES's own SMTP endpoint.
func steer(route *authz.Route, list []instruction) []diagnosis.Finding {
	// The API has one parameter for the two ARNs, which is about the From address.
	slices.SortFunc(list, func(a, b instruction) int {
		return cmp.Compare(slices.Index(SteeringHeaders, a.name), slices.Index(SteeringHeaders, b.name))
	})
	var findings []diagnosis.Finding
	for _, i := range list {
		if fault := i.put(route); fault != "" {
			findings = append(findings, i.finding(fault))
		}
	}
	return findings
}

// put puts an instruction into a route, or says what is wrong with it.
func (i instruction) put(r *authz.Route) (fault string) {
	switch i.name {
	case "X-SES-CONFIGURATION-SET":
		return set(&r.ConfigurationSet, i.value, shapeOfName, "a name of at most 64 letters, digits, - and _")
	case "X-SES-TENANT":
		return set(&r.Tenant, i.value, shapeOfName, "a name of at most 64 letters, digits, - and _")
	case "X-SES-SOURCE-ARN", "X-SES-FROM-ARN":
		return set(&r.IdentityARN, i.value, shapeOfIdentity, "the ARN of an SES identity")
	case "X-SES-RETURN-PATH-ARN":
		return set(&r.ReturnPathARN, i.value, shapeOfIdentity, "the ARN of an SES identity")
	case "X-SES-MESSAGE-TAGS":
		return i.putTags(r)
	case "X-SES-LIST-MANAGEMENT-OPTIONS":
		return i.putList(r)
	}
	return ""
}

var (
	shapeOfName     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	shapeOfTag      = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	shapeOfIdentity = regexp.MustCompile(`^arn:aws[a-z-]*:ses:[a-z0-9-]*:[0-9]{12}:identity/[^/\s]{1,320}$`)
)

func set(to *string, value string, shape *regexp.Regexp, wanted string) (fault string) {
	if !shape.MatchString(value) {
		return wanted
	}
	*to = value
	return ""
}

// putTags reads "name=value, name=value". They replace the route's tags (SES
// developer guide, "Specify event publishing").
func (i instruction) putTags(r *authz.Route) (fault string) {
	const wanted = "a list such as name=value, name=value, each of at most 256 letters, digits, - and _"
	var tags []authz.Tag
	for pair := range strings.SplitSeq(i.value, ",") {
		name, value, _ := strings.Cut(pair, "=")
		tag := authz.Tag{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)}
		if !shapeOfTag.MatchString(tag.Name) || !shapeOfTag.MatchString(tag.Value) {
			return wanted
		}
		tags = append(tags, tag)
	}
	r.Tags = tags
	return ""
}

// putList reads "list; topic=name", where the list may be contactListName=list and
// the topic topicName=name.
func (i instruction) putList(r *authz.Route) (fault string) {
	list, topic, _ := strings.Cut(i.value, ";")
	if name, value, ok := strings.Cut(list, "="); ok && strings.EqualFold(strings.TrimSpace(name), "contactListName") {
		list = value
	}
	name, value, named := strings.Cut(topic, "=")
	name, list, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(list), strings.TrimSpace(value)
	wellFormed := name == "" && !named || (name == "topic" || name == "topicname") && shapeOfName.MatchString(value)
	if !shapeOfName.MatchString(list) || !wellFormed {
		return "a list and its topic, such as list; topic=name"
	}
	r.ContactList, r.Topic = list, value
	return ""
}

func (i instruction) finding(wanted string) diagnosis.Finding {
	code := diagnosis.MsgXSES
	if i.name == "X-SES-CONFIGURATION-SET" {
		code = diagnosis.CSBadName
	}
	f := diagnosis.New(code)
	f.Title = fmt.Sprintf("the header %s on line %d of the message is not %s", i.name, i.line, wanted)
	f.Source = i.name
	return f
}

// steerable reports whether a message's header may change what it is judged by.
func (s *Server) steerable() bool {
	return slices.ContainsFunc(s.AllowHeaders, func(name string) bool { return !strings.EqualFold(name, "X-SES-MESSAGE-TAGS") })
}
