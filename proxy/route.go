package proxy

import (
	"cmp"
	"iter"

	"sesgate/authz"
)

// Rule says how the messages of some senders are handed to SES.
type Rule struct {
	Senders Senders
	Route   authz.Route
}

// Routes are the rules for senders, in order: the first that has the sender
// counts.
type Routes []Rule

// For returns the route of a sender, and whether there is a rule for it.
func (rules Routes) For(sender string) (authz.Route, bool) {
	for _, rule := range rules {
		if rule.Senders.Has(sender) {
			return rule.Route, true
		}
	}
	return authz.Route{}, false
}

// Named returns the route of that name, and whether there is one.
func (rules Routes) Named(name string) (authz.Route, bool) {
	for _, rule := range rules {
		if rule.Route.Name == name {
			return rule.Route, true
		}
	}
	return authz.Route{}, false
}

// route is how a message is handed to SES: as the user's entry says, else by the
// sender. That is the header's From, whose identity SES authorises; until the
// header has come, as a guess, the reverse-path.
func (s *Server) route(user *User, sender string) authz.Route {
	r, ok := s.Routes.For(sender)
	if !ok {
		r = s.Route
	}
	if user != nil && user.Route != "" {
		if named, ok := s.Routes.Named(user.Route); ok {
			r = named
		}
	}
	r.Region = cmp.Or(r.Region, s.Region)
	return r
}

// others are the routes that a message may take once its header has come, other
// than the one that was guessed.
func (s *Server) others(tx *transaction) iter.Seq[authz.Route] {
	return func(yield func(authz.Route) bool) {
		if tx.user != nil && tx.user.Route != "" {
			return // whatever the header says
		}
		if tx.route.Name != s.Route.Name && !yield(s.Route) {
			return
		}
		for _, rule := range s.Routes {
			if rule.Route.Name != tx.route.Name && !yield(rule.Route) {
				return
			}
		}
	}
}
