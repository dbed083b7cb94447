package awssim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// sendInput is SendEmail's request.
// Source: Amazon SES API v2 Reference, "SendEmail".
type sendInput struct {
	Content struct {
		Raw      *struct{ Data []byte }
		Simple   *simpleContent
		Template *struct{ TemplateName string }
	}
	Destination *struct {
		ToAddresses, CcAddresses, BccAddresses []string
	}
	FromEmailAddress                          string
	FromEmailAddressIdentityArn               string
	ReplyToAddresses                          []string
	FeedbackForwardingEmailAddress            string
	FeedbackForwardingEmailAddressIdentityArn string
	ConfigurationSetName                      string
	EmailTags                                 []Tag
	ListManagementOptions                     struct{ ContactListName, TopicName string }
	TenantName                                string
	EndpointId                                string
}

// sending is a message on its way through SES's checks.
type sending struct {
	*call
	input      sendInput
	permission string // the action IAM is asked for
	data       []byte
	header     header
	from       []mailbox
	feedback   []mailbox // where bounces go: the parameter or the Return-Path header
	replyTo    []mailbox
	recipients []mailbox
	identity   *identity // of the first From address; nil if there is none
	set        string    // configuration set that applies
	named      bool      // the set was named, not an identity's default
}

// sendEmail takes a message through SES's checks in the order that users see:
// IAM before everything that SES knows, content last.
func (c *call) sendEmail() (any, error) {
	s := &sending{call: c}
	for _, step := range []func() error{
		s.decode, s.checkEndpoint, s.address, s.authorize, s.checkTenant, s.checkPaused, s.checkVerified, s.checkQuota, s.checkContent,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return map[string]string{"MessageId": s.take()}, nil
}

// decode reads the request and settles what the message is.
func (s *sending) decode() error {
	if err := json.Unmarshal(s.body, &s.input); err != nil {
		return refuse(400, "SerializationException", "the request is not JSON as it should be")
	}
	content := s.input.Content
	switch {
	case content.Raw != nil && content.Simple == nil && content.Template == nil:
		s.permission, s.data = "ses:SendRawEmail", content.Raw.Data
	case content.Simple != nil && content.Raw == nil && content.Template == nil:
		s.permission, s.data = "ses:SendEmail", s.input.compose()
	case content.Template != nil && content.Raw == nil && content.Simple == nil:
		return refuse(404, "NotFoundException", "Template "+content.Template.TemplateName+" does not exist.")
	default:
		return badRequest("Exactly one of Raw, Simple and Template must be given as Content.")
	}
	s.header = parseHeader(s.data)
	if s.input.FromEmailAddress != "" && content.Raw != nil {
		s.data = s.header.replaceFrom(s.data, s.input.FromEmailAddress)
		s.header = parseHeader(s.data)
	}
	return nil
}

// address works out who is concerned.
func (s *sending) address() error {
	s.from = s.header.mailboxes("From")
	if len(s.from) == 0 {
		return badRequest("Missing required header 'From'.")
	}
	s.resource = s.from[0].address
	// What SES makes of an empty Return-Path, as bounces carry it, is not on record;
	// it names nobody whom SES could verify.
	s.feedback = slices.DeleteFunc(s.header.mailboxes("Return-Path"), func(m mailbox) bool { return m.address == "" })
	if s.input.FeedbackForwardingEmailAddress != "" {
		s.feedback = parseMailboxes(s.input.FeedbackForwardingEmailAddress)
	}
	s.replyTo = mailboxes(s.input.ReplyToAddresses)
	if d := s.input.Destination; d != nil && len(d.ToAddresses)+len(d.CcAddresses)+len(d.BccAddresses) > 0 {
		s.recipients = mailboxes(slices.Concat(d.ToAddresses, d.CcAddresses, d.BccAddresses))
	} else {
		s.recipients = slices.Concat(s.header.mailboxes("To"), s.header.mailboxes("Cc"), s.header.mailboxes("Bcc"))
	}
	s.identity = s.region(s.regionID).resolve(s.from[0].address)
	s.set, s.named = s.configurationSet()
	return s.checkAddresses()
}

// checkAddresses comes before IAM, which is asked for what addresses resolve to.
func (s *sending) checkAddresses() error {
	for _, m := range slices.Concat(s.senders(), s.replyTo, s.recipients) {
		if fault := addressFault(m.address); fault != "" {
			return badRequest("%s", fault)
		}
	}
	return nil
}

func mailboxes(texts []string) []mailbox {
	all := make([]mailbox, 0, len(texts))
	for _, text := range texts {
		all = append(all, newMailbox(text))
	}
	return all
}

// configurationSet returns the set that applies and whether the call or the
// message named it.
func (s *sending) configurationSet() (name string, named bool) {
	if s.input.ConfigurationSetName != "" {
		return s.input.ConfigurationSetName, true
	}
	if name := s.header.get("X-SES-CONFIGURATION-SET"); name != "" {
		return name, true
	}
	if s.identity != nil {
		return s.identity.ConfigurationSet, false
	}
	return "", false
}

// authorize asks for every resource of the message in turn: the identities of
// From and of the feedback address, the configuration set and, in the sandbox,
// the recipients' identities.
func (s *sending) authorize() error {
	for _, resource := range s.resources() {
		err := s.refusedToSend(question{
			action: s.permission, region: s.regionID, resource: resource,
			from: s.from[0].address, recipients: addresses(s.recipients), configurationSet: s.set, caller: s.caller,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *sending) resources() []string {
	var all []string
	for i, m := range s.from {
		if arn := s.sourceARN(); i == 0 && arn != "" {
			all = append(all, arn)
			continue
		}
		all = append(all, s.resourceOf(m))
	}
	for _, m := range s.feedback {
		if arn := s.feedbackARN(); arn != "" {
			all = append(all, arn)
			continue
		}
		all = append(all, s.resourceOf(m))
	}
	if s.set != "" {
		all = append(all, s.configurationSetARN(s.set))
	}
	if s.region(s.regionID).account.Sandbox {
		for _, m := range s.recipients {
			if !mailboxSimulator(m.address) {
				all = append(all, s.resourceOf(m))
			}
		}
	}
	return all
}

// resourceOf is the identity that an address resolves to or, if there is none,
// the address as if it were one.
func (s *sending) resourceOf(m mailbox) string {
	if id := s.region(s.regionID).resolve(m.address); id != nil {
		return s.identityARN(id.name)
	}
	return s.identityARN(m.address)
}

// sourceARN is the identity that the call or the message names for From.
func (s *sending) sourceARN() string {
	return firstOf(s.input.FromEmailAddressIdentityArn, s.header.get("X-SES-FROM-ARN"), s.header.get("X-SES-SOURCE-ARN"))
}

func (s *sending) feedbackARN() string {
	return firstOf(s.input.FeedbackForwardingEmailAddressIdentityArn, s.header.get("X-SES-RETURN-PATH-ARN"))
}

func firstOf(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}

func addresses(all []mailbox) []string {
	out := make([]string, 0, len(all))
	for _, m := range all {
		out = append(out, m.address)
	}
	return out
}

// checkPaused refuses what is switched off or missing.
func (s *sending) checkPaused() error {
	region := s.region(s.regionID)
	switch {
	case region.account.Enforcement == "SHUTDOWN":
		return refuse(400, "MessageRejected", "Sending paused for this account. For more information, "+
			"please check the inbox of the email address associated with your AWS account.")
	case !region.account.Sending:
		return refuse(400, "SendingPausedException", "Email sending is disabled for your entire Amazon SES account.")
	case s.set == "":
		return nil
	}
	set := region.configurationSets[s.set]
	switch {
	case set == nil && s.named:
		return refuse(404, "NotFoundException", missingSet(s.set))
	case set == nil: // an identity's default that has been deleted: Developer Guide, "Default configuration sets"
		return badRequest("%s", missingSet(s.set))
	case !set.Sending:
		return refuse(400, "SendingPausedException", "Sending is paused for configuration set "+s.set)
	}
	return nil
}

func (s *sending) checkQuota() error {
	return s.world.admitSend(s.call, s.region(s.regionID).account, float64(len(s.recipients)))
}

// take keeps the message and returns its ID, which looks like one of SES's but
// for its end.
func (s *sending) take() string {
	id := fmt.Sprintf("0102%012x-%s-sim", s.time.UnixMilli(), s.id)
	m := Message{
		ID: id, Time: s.time, Region: s.regionID,
		From: s.header.get("From"), Destination: addresses(s.recipients), ConfigurationSet: s.set, Data: s.data,
		FromEmailAddress:                          s.input.FromEmailAddress,
		FromEmailAddressIdentityArn:               s.input.FromEmailAddressIdentityArn,
		ReplyToAddresses:                          s.input.ReplyToAddresses,
		FeedbackForwardingEmailAddress:            s.input.FeedbackForwardingEmailAddress,
		FeedbackForwardingEmailAddressIdentityArn: s.input.FeedbackForwardingEmailAddressIdentityArn,
		ConfigurationSetName:                      s.input.ConfigurationSetName,
		EmailTags:                                 s.input.EmailTags,
		ContactListName:                           s.input.ListManagementOptions.ContactListName,
		TopicName:                                 s.input.ListManagementOptions.TopicName,
		TenantName:                                s.input.TenantName,
		EndpointID:                                s.input.EndpointId,
	}
	if s.identity != nil {
		m.Identity = s.identity.name
	}
	if d := s.input.Destination; d != nil {
		m.To, m.Cc, m.Bcc = d.ToAddresses, d.CcAddresses, d.BccAddresses
	}
	s.world.take(s.call, m)
	return id
}

func (w *World) take(c *call, m Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trafficOf(c.regionID).count(c.time, float64(len(m.Destination)))
	w.journal.take(m)
}

// mailboxSimulator reports whether an address is one of SES's mailbox simulator,
// to which the sandbox may send.
func mailboxSimulator(address string) bool {
	_, domain := splitAddress(address)
	return strings.EqualFold(domain, "simulator.amazonses.com")
}
