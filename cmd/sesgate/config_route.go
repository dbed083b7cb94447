package main

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"sesgate/authz"
	"sesgate/proxy"
)

// Route says how the messages of some senders are handed to SES.
type Route struct {
	Name             string   `yaml:"name"`
	Senders          []string `yaml:"senders"`
	Region           string   `yaml:"region"`
	Role             string   `yaml:"role"`
	IdentityARN      string   `yaml:"identity_arn"`
	ReturnPathARN    string   `yaml:"return_path_arn"`
	FeedbackAddress  string   `yaml:"feedback_address"`
	ConfigurationSet string   `yaml:"configuration_set"`
	Tenant           string   `yaml:"tenant"`
	EndpointID       string   `yaml:"endpoint_id"`
	ContactList      string   `yaml:"contact_list"`
	Topic            string   `yaml:"topic"`
	Tags             []string `yaml:"tags"`
}

// Principal says who should send.
type Principal struct {
	Expected string `yaml:"expected"`
}

// Facts says what is known of AWS without asking it, and what more it is asked.
type Facts struct {
	Egress      []string `yaml:"egress"`
	Simulator   bool     `yaml:"simulator"`
	Suppression string   `yaml:"suppression"`
	Snapshot    string   `yaml:"snapshot"`
	File        string   `yaml:"file"`
	Role        string   `yaml:"role"`
}

var (
	shapeOfIdentityARN = regexp.MustCompile(`^arn:aws[a-z-]*:ses:([a-z0-9-]+):[0-9]{12}:identity/([^/:*?\s]+)$`)
	shapeOfRoleARN     = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+$`)
	shapeOfPrincipal   = regexp.MustCompile(`^arn:[a-z*?-]+:(iam|sts|\*)::[0-9*?]+:[!-~]+$`)
	shapeOfTag         = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}=[A-Za-z0-9_.@-]{1,256}$`)
	shapeOfAccount     = regexp.MustCompile(`^[0-9]{12}$`)
	shapeOfEndpointID  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,99}$`)
)

// routes are the rules of the configuration, which its check has passed.
func routes(cfg Config) proxy.Routes {
	list := make(proxy.Routes, 0, len(cfg.Routes))
	for i, r := range cfg.Routes {
		senders, err := proxy.ParseSenders(r.Senders...)
		if err != nil {
			continue
		}
		list = append(list, proxy.Rule{Senders: senders, Route: r.route(i)})
	}
	return list
}

// routeNames are those that a user's entry may name.
func routeNames(cfg Config) []string {
	var names []string
	for _, rule := range routes(cfg) {
		names = append(names, rule.Route.Name)
	}
	return names
}

// defaultRoute is how messages are handed to SES that no rule is for.
func defaultRoute(cfg Config) authz.Route {
	return authz.Route{ConfigurationSet: cfg.AWS.ConfigurationSet}
}

// routeOf is how messages of a sender are handed to SES.
func routeOf(cfg Config, sender string) authz.Route {
	if r, ok := routes(cfg).For(sender); ok {
		return r
	}
	return defaultRoute(cfg)
}

// route is the i-th route, whose name is its place if it has no other.
func (r Route) route(i int) authz.Route {
	if r.Name == "" {
		r.Name = fmt.Sprintf("routes[%d]", i)
	}
	route := authz.Route{
		Name: r.Name, Region: r.Region, Role: r.Role, IdentityARN: r.IdentityARN, ReturnPathARN: r.ReturnPathARN,
		FeedbackAddress: r.FeedbackAddress, ConfigurationSet: r.ConfigurationSet, Tenant: r.Tenant,
		EndpointID: r.EndpointID, ContactList: r.ContactList, Topic: r.Topic,
	}
	for _, tag := range r.Tags {
		name, value, _ := strings.Cut(tag, "=")
		route.Tags = append(route.Tags, authz.Tag{Name: name, Value: value})
	}
	return route
}

// checkRoutes collects what is wrong with each route, and routes that no sender
// reaches.
func (d *decoder) checkRoutes(cfg *Config) {
	names := map[string]int{}
	var before []proxy.Senders
	for i, r := range cfg.Routes {
		path := fmt.Sprintf("routes[%d]", i)
		d.checkRoute(path, r, cfg.AWS.Region)
		before = append(before, d.checkSenders(path, r.Senders, before))
		if j, ok := names[r.Name]; ok && r.Name != "" {
			d.wrong(path+".name", "%q is the name of routes[%d], too", r.Name, j)
		}
		names[r.Name] = i
	}
}

// checkSenders returns the senders of a route. Earlier routes take theirs away.
func (d *decoder) checkSenders(path string, names []string, before []proxy.Senders) proxy.Senders {
	if len(names) == 0 {
		d.wrong(path+".senders", "there are none: no message would go this way; senders: [example.com] is everybody in that domain")
	}
	for k, name := range names {
		at := fmt.Sprintf("%s.senders[%d]", path, k)
		one, err := proxy.ParseSenders(name)
		if err != nil {
			d.wrong(at, "%v", err)
			continue
		}
		for j, earlier := range before {
			if earlier.Covers(one) {
				d.wrong(at, "%q is never reached: routes[%d] comes first and takes these senders; put this route before it", name, j)
				break
			}
		}
	}
	all, _ := proxy.ParseSenders(names...) // what is wrong with one of them has been said
	return all
}

func (d *decoder) checkRoute(path string, r Route, home string) {
	if r.Region != "" && !shapeOfRegion.MatchString(r.Region) {
		d.wrong(path+".region", "%q is not an AWS region such as eu-west-1", r.Region)
	}
	d.checkRole(path+".role", r.Role)
	if r.Region != "" {
		home = r.Region
	}
	d.checkIdentityARN(path+".identity_arn", r.IdentityARN, home)
	d.checkIdentityARN(path+".return_path_arn", r.ReturnPathARN, home)
	if r.ReturnPathARN != "" && r.FeedbackAddress == "" {
		d.wrong(path+".return_path_arn", "feedback_address is missing: the ARN is that of its identity")
	}
	if r.FeedbackAddress != "" {
		if err := proxy.CheckAddress(r.FeedbackAddress); err != nil {
			d.wrong(path+".feedback_address", "%v", err)
		}
	}
	d.named(path+".configuration_set", "configuration set", r.ConfigurationSet)
	d.named(path+".tenant", "tenant", r.Tenant)
	d.named(path+".contact_list", "contact list", r.ContactList)
	d.named(path+".topic", "topic", r.Topic)
	if r.Topic != "" && r.ContactList == "" {
		d.wrong(path+".topic", "contact_list is missing: %q is a topic of one", r.Topic)
	}
	if r.EndpointID != "" && !shapeOfEndpointID.MatchString(r.EndpointID) {
		d.wrong(path+".endpoint_id", "%q is not the id of a multi-region endpoint such as abcdef12.g3h", r.EndpointID)
	}
	for i, tag := range r.Tags {
		if !shapeOfTag.MatchString(tag) {
			d.wrong(fmt.Sprintf("%s.tags[%d]", path, i), "%q is not name=value with letters, digits, - and _ (. and @ in values)", tag)
		}
	}
}

func (d *decoder) checkRole(path, arn string) {
	if arn != "" && !shapeOfRoleARN.MatchString(arn) {
		d.wrong(path, "%q is not the ARN of a role such as arn:aws:iam::111122223333:role/mail", arn)
	}
}

// checkIdentityARN holds an identity's ARN to the region in which mail is handed
// over: SES knows no other there.
func (d *decoder) checkIdentityARN(path, arn, region string) {
	if arn == "" {
		return
	}
	parts := shapeOfIdentityARN.FindStringSubmatch(arn)
	switch {
	case parts == nil:
		d.wrong(path, "%q is not the ARN of an identity such as arn:aws:ses:eu-west-1:111122223333:identity/example.com", arn)
	case region != "" && parts[1] != region:
		d.wrong(path, "the identity is of region %s, the route hands over in %s: set the route's region, or use an identity of that region", parts[1], region)
	}
}

func (d *decoder) named(path, kind, name string) {
	if name != "" && !shapeOfName.MatchString(name) {
		d.wrong(path, "%q is not the name of a %s: letters, digits, - and _, 64 at most", name, kind)
	}
}

// checkFacts checks what is said of the principal and of this machine.
func (d *decoder) checkFacts(cfg *Config) {
	if p := cfg.Principal.Expected; p != "" && !shapeOfPrincipal.MatchString(p) {
		d.wrong("principal.expected", "%q is not the ARN of a role, user or session such as arn:aws:iam::111122223333:role/mail; * and ? stand for any characters and for one", p)
	}
	d.checkRole("facts.role", cfg.Facts.Role)
	d.oneOf("facts.suppression", cfg.Facts.Suppression, "off", "warn", "refuse")
	for i, text := range cfg.Facts.Egress {
		if _, err := netip.ParseAddr(text); err != nil {
			d.wrong(fmt.Sprintf("facts.egress[%d]", i), "%q is not an address such as 203.0.113.7", text)
		}
	}
}

// egress are the addresses under which AWS sees this machine; nil: not known.
func egress(cfg Config) []netip.Addr {
	var list []netip.Addr
	for _, text := range cfg.Facts.Egress {
		if a, err := netip.ParseAddr(text); err == nil {
			list = append(list, a)
		}
	}
	return list
}
