package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Config is the whole configuration. config.example.yaml describes every key.
type Config struct {
	Hostname  string     `yaml:"hostname"`
	Listeners []Listener `yaml:"listeners"`
	AWS       AWS        `yaml:"aws"`
	Routes    []Route    `yaml:"routes"`
	Principal Principal  `yaml:"principal"`
	Facts     Facts      `yaml:"facts"`
	Preflight Preflight  `yaml:"preflight"`
	Relay     Relay      `yaml:"relay"`
	Limits    Limits     `yaml:"limits"`
	Status    Status     `yaml:"status"`
	Log       Log        `yaml:"log"`
	Shutdown  Shutdown   `yaml:"shutdown"`
}

// AWS says which AWS is used, real or simulated.
type AWS struct {
	Region           string   `yaml:"region"`
	OtherRegions     []string `yaml:"other_regions"`
	ConfigurationSet string   `yaml:"configuration_set"`
	Simulate         string   `yaml:"simulate"`
}

// Preflight says whether and how long mail is checked before it is sent.
type Preflight struct {
	Mode  string        `yaml:"mode"`
	Wait  time.Duration `yaml:"wait"`
	Fresh time.Duration `yaml:"fresh"`
	Keep  time.Duration `yaml:"keep"`
}

// Relay bounds the call to SES.
type Relay struct {
	Timeout time.Duration `yaml:"timeout"`
}

// Status is the page for people and probes; Address "off" turns it off.
type Status struct {
	Address   string   `yaml:"address"`
	TokenFile string   `yaml:"token_file"`
	Hosts     []string `yaml:"hosts"`
}

// Log says what is logged and how.
type Log struct {
	Level     string `yaml:"level"`
	Format    string `yaml:"format"`
	Addresses string `yaml:"addresses"`
}

// Shutdown bounds the end: how long busy clients may go on.
type Shutdown struct {
	Grace time.Duration `yaml:"grace"`
}

const megabyte = 1 << 20

// Default is the configuration of an empty file.
func Default() Config {
	return Config{
		Listeners: []Listener{DefaultListener()},
		Facts:     Facts{Simulator: true, Suppression: "off"},
		Preflight: Preflight{Mode: "enforce", Wait: 4 * time.Second, Fresh: 5 * time.Minute, Keep: time.Hour},
		Relay:     Relay{Timeout: 30 * time.Second},
		Status:    Status{Address: "127.0.0.1:8025"},
		Log:       Log{Level: "info", Format: "json", Addresses: "full"},
		Shutdown:  Shutdown{Grace: 25 * time.Second},
	}
}

// Load reads the file, then SESGATE_ variables of the environment, then flags,
// and checks the whole. path "" means no file. Every mistake is in the error, a line each,
// with the place it was made. Warnings are for the log: they concern variables
// that only look like ours.
func Load(path string, environ []string, flags ...override) (cfg Config, warnings []string, err error) {
	d := decoder{origin: map[string]string{}}
	cfg = Default()
	if path != "" {
		src, err := os.ReadFile(path)
		if err != nil {
			return cfg, nil, fmt.Errorf("read configuration: %w", err)
		}
		d.file(path, src, &cfg)
	}
	warnings = d.environment(environ, &cfg)
	d.overrides(flags, &cfg)
	d.check(&cfg)
	return cfg, warnings, d.err()
}

var (
	shapeOfRegion = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	shapeOfName   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// check collects what is wrong with the values, one by one and together.
func (d *decoder) check(cfg *Config) {
	if len(cfg.Listeners) == 0 {
		d.wrong("listeners", "there is none: sesgate would take no mail")
	}
	seen := map[string]int{}
	for i, l := range cfg.Listeners {
		path := fmt.Sprintf("listeners[%d]", i)
		d.checkListener(path, l)
		if j, ok := seen[l.Address]; ok {
			d.wrong(path+".address", "%q is the address of listeners[%d], too", l.Address, j)
		}
		seen[l.Address] = i
	}
	if r := cfg.AWS.Region; r != "" && !shapeOfRegion.MatchString(r) {
		d.wrong("aws.region", "%q is not an AWS region such as eu-west-1", r)
	}
	for i, r := range cfg.AWS.OtherRegions {
		if !shapeOfRegion.MatchString(r) {
			d.wrong(fmt.Sprintf("aws.other_regions[%d]", i), "%q is not an AWS region such as us-east-1", r)
		}
	}
	d.named("aws.configuration_set", "configuration set", cfg.AWS.ConfigurationSet)
	d.checkRoutes(cfg)
	d.checkFacts(cfg)
	d.oneOf("preflight.mode", cfg.Preflight.Mode, "enforce", "warn", "off")
	d.between("preflight.wait", cfg.Preflight.Wait, 10*time.Millisecond, 5*time.Minute)
	d.between("preflight.fresh", cfg.Preflight.Fresh, 10*time.Second, 24*time.Hour)
	d.between("preflight.keep", cfg.Preflight.Keep, 10*time.Second, 7*24*time.Hour)
	if cfg.Preflight.Keep < cfg.Preflight.Fresh {
		d.wrong("preflight.keep", "%s is shorter than preflight.fresh, %s", cfg.Preflight.Keep, cfg.Preflight.Fresh)
	}
	d.between("relay.timeout", cfg.Relay.Timeout, time.Second, 10*time.Minute)
	d.checkLimits(cfg)
	d.checkStatus(cfg.Status)
	d.oneOf("log.level", cfg.Log.Level, "debug", "info", "warn", "error")
	d.oneOf("log.format", cfg.Log.Format, "json", "console")
	d.oneOf("log.addresses", cfg.Log.Addresses, "full", "hash", "none")
	d.between("shutdown.grace", cfg.Shutdown.Grace, 10*time.Millisecond, time.Hour)
	if cfg.AWS.Simulate != "" {
		d.checkSimulated(cfg)
	}
}

func (d *decoder) checkStatus(s Status) {
	address := s.Address
	if address == "off" {
		return
	}
	local, err := isLocal(address)
	switch {
	case err != nil:
		d.wrong("status.address", "%v, or off", err)
	case strings.HasPrefix(address, "unix:"):
		d.wrong("status.address", "%q: the page is served on host:port only", address)
	case !local && s.TokenFile == "":
		d.wrong("status.address", "%q can be reached from other machines, and the page shows who sends mail to whom: "+
			"listen on 127.0.0.1 (let probes run sesgate health, and forward the port to look at the page), or set status.token_file", address)
	}
	for i, host := range s.Hosts {
		if host == "" || strings.ContainsAny(host, "/:* ") {
			d.wrong(fmt.Sprintf("status.hosts[%d]", i), "%q is not the name of a machine, without port, such as mail.internal", host)
		}
	}
}

// checkSimulated keeps a simulation from being mistaken for the real thing.
func (d *decoder) checkSimulated(cfg *Config) {
	for i, l := range cfg.Listeners {
		if local, err := isLocal(l.Address); err == nil && !local {
			d.wrong(fmt.Sprintf("listeners[%d].address", i), "%q: with aws.simulate nothing is really sent, so only loopback is served", l.Address)
		}
	}
}

func (d *decoder) oneOf(path, value string, allowed ...string) {
	if slices.Contains(allowed, value) {
		return
	}
	d.wrong(path, "%q is not one of %s%s", value, strings.Join(allowed, ", "), didYouMean(value, allowed))
}

func (d *decoder) between(path string, value, least, most time.Duration) {
	if value < least || value > most {
		d.wrong(path, "%s is not between %s and %s", value, least, most)
	}
}
