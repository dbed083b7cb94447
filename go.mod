module sesgate

go 1.26.0

require (
	github.com/alecthomas/kong v1.17.0 // commands and flags from structs, no dependencies of its own
	github.com/aws/aws-sdk-go-v2 v1.47.7 // core v1.47.8 does not download: keep these eight together
	github.com/aws/aws-sdk-go-v2/config v1.33.15 // credentials and region as every AWS program finds them
	github.com/aws/aws-sdk-go-v2/credentials v1.20.15 // fixed ones, for the simulator
	github.com/aws/aws-sdk-go-v2/service/iam v1.64.8 // policies
	github.com/aws/aws-sdk-go-v2/service/organizations v1.62.6 // whether service control policies apply
	github.com/aws/aws-sdk-go-v2/service/sesv2 v1.79.7 // sending, and the state of account and identities
	github.com/aws/aws-sdk-go-v2/service/sts v1.51.8 // who sends
	github.com/aws/smithy-go v1.28.8 // the errors of the above
	github.com/coreos/go-systemd/v22 v22.7.0 // sockets from systemd, and telling it how the service is
	github.com/emersion/go-sasl v0.0.0-20241020182733-b788ff22d5a6 // how go-smtp takes the mechanisms of AUTH
	github.com/emersion/go-smtp v0.25.1 // the SMTP server; below 0.25.1 a rejected BDAT becomes commands
	github.com/fsnotify/fsnotify v1.10.1 // configuration, users and certificates that change
	github.com/google/go-cmp v0.7.0 // tests: what differs
	github.com/hashicorp/golang-lru/v2 v2.0.7 // the cache's list; its expirable variant leaks goroutines
	github.com/oklog/ulid/v2 v2.1.2 // references that sort by time
	github.com/pires/go-proxyproto v0.15.0 // PROXY headers; v0.16.0 wants a newer Go
	github.com/rogpeppe/go-internal v1.16.0 // tests: scripts of commands
	go.uber.org/goleak v1.3.0 // tests: no goroutine outlives its owner
	go.uber.org/zap v1.28.0 // the log
	go.yaml.in/yaml/v3 v3.0.6 // the configuration file, with lines; gopkg.in/yaml.v3 is archived
	golang.org/x/crypto v0.58.0 // bcrypt and argon2id, in the users file
	golang.org/x/net v0.62.0 // idna and publicsuffix
	golang.org/x/time v0.16.0 // one read a second
	golang.org/x/tools v0.51.0 // txtar: worlds and scenarios in one file
	pgregory.net/rapid v1.3.0 // tests: properties
)

require (
	github.com/aws/aws-sdk-go-v2/feature/ec2/imds v1.20.7 // indirect
	github.com/aws/aws-sdk-go-v2/internal/configsources v1.5.10 // indirect
	github.com/aws/aws-sdk-go-v2/internal/endpoints/v2 v2.8.10 // indirect
	github.com/aws/aws-sdk-go-v2/internal/v4a v1.5.10 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/accept-encoding v1.13.24 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/presigned-url v1.14.10 // indirect
	github.com/aws/aws-sdk-go-v2/service/signin v1.12.3 // indirect
	github.com/aws/aws-sdk-go-v2/service/sso v1.39.3 // indirect
	github.com/aws/aws-sdk-go-v2/service/ssooidc v1.44.3 // indirect
	go.uber.org/multierr v1.10.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)
