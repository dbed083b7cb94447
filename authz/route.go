package authz

// Route is how a message is handed to SES: the parameters of SendEmail that its
// header does not hold, and with whose credentials. The zero value leaves
// everything to SES and to the Checker.
//
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
type Route struct {
	Name             string // as the configuration calls it; "" is the one that nothing else matches
	Region           string // where SES takes it; "" is the Checker's
	Role             string // ARN of a role to assume first; "" is none
	IdentityARN      string // FromEmailAddressIdentityArn: sending authorization of another account; "" is the own
	FeedbackAddress  string // FeedbackForwardingEmailAddress: where bounces go; "" leaves it to the message
	ReturnPathARN    string // FeedbackForwardingEmailAddressIdentityArn
	ConfigurationSet string // "" is the identity's default
	Tenant           string // TenantName; "" is none
	EndpointID       string // of a multi-region endpoint, for Region and a second one; "" is none
	ContactList      string // ListManagementOptions; "" is none
	Topic            string // of ContactList
	Tags             []Tag  // EmailTags, in order
}

// Tag is a name and value that SES's events carry.
type Tag struct{ Name, Value string }
