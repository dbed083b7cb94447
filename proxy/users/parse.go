package users

import (
	"errors"
	"fmt"
	"strings"

	"sesgate/proxy"
)

// maxName is how long a user's name may be, in octets.
const maxName = 255

// parse reads the words of a line.
func parse(words []string) (*user, error) {
	name, text, ok := strings.Cut(words[0], ":")
	if !ok {
		return nil, errors.New("a line begins with name:hash, as sesgate hash or htpasswd -nB print it")
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	hash, err := parseHash(text)
	if err != nil {
		return nil, fmt.Errorf("the user %q: %w", name, err)
	}
	u := &user{User: proxy.User{Name: name, Hash: text}, hash: hash}
	var senders []string
	for _, word := range words[1:] {
		route, isRoute := strings.CutPrefix(word, "route=")
		switch {
		case !isRoute:
			senders = append(senders, word)
		case route == "" || u.Route != "":
			return nil, fmt.Errorf("the user %q: route= takes one name, once", name)
		default:
			u.Route = route
		}
	}
	if u.Senders, err = proxy.ParseSenders(senders...); err != nil {
		return nil, fmt.Errorf("the user %q: the sender %w", name, err)
	}
	u.Restricted = len(senders) > 0
	return u, nil
}

func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("no name stands before the colon")
	case len(name) > maxName:
		return fmt.Errorf("the name has %d octets, %d are the most", len(name), maxName)
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\ufffd' }):
		return fmt.Errorf("the name %q has a control character in it", name)
	}
	return nil
}
