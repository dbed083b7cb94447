package main

import (
	"cmp"
	"net/url"
	"strings"
)

// thisMachine is the section of what has nothing to do with AWS.
const thisMachine = "this machine"

// configuration says which file was read.
func (d *doctor) configuration() {
	title := "configuration: " + d.file
	if d.file == "" {
		title = "configuration: no file; defaults, SESGATE_ variables and flags"
	}
	d.add(check{ID: "configuration", Section: thisMachine, Status: healthy, Title: title})
}

// proxies names the variables that decide how HTTP leaves this machine, as net/http
// reads them. A password in one is not shown.
func (d *doctor) proxies() {
	for _, name := range []string{"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"} {
		value := cmp.Or(lookup(d.environ, name), lookup(d.environ, strings.ToLower(name)))
		if value == "" {
			continue
		}
		c := check{ID: "proxy", Section: thisMachine, Status: healthy, Title: "proxy: " + name + " is " + value}
		if name != "NO_PROXY" {
			c.Title = "proxy: " + name + " is " + withoutPassword(value)
		}
		d.add(c)
	}
}

// withoutPassword is a proxy's URL, whose scheme may be left out, to show to people.
func withoutPassword(proxy string) string {
	if !strings.Contains(proxy, "://") {
		proxy = "http://" + proxy
	}
	u, err := url.Parse(proxy)
	if err != nil {
		return "no URL"
	}
	return u.Redacted()
}
