package relay

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"sesgate/proxy"
)

// newInput is the request for msg. The envelope goes into Destination, which SES
// then delivers to instead of the header's To, Cc and Bcc. It goes there as
// ToAddresses, which adds nothing to the header of a raw message: Symfony's
// transport for SES v2 sends all its envelopes so. FromEmailAddress stays unset:
// SES would put it in the place of the From header and lose the display name
// (laravel/framework#37881).
func newInput(msg proxy.Message) *sesv2.SendEmailInput {
	r := msg.Route
	in := &sesv2.SendEmailInput{
		Content:                                   &types.EmailContent{Raw: &types.RawMessage{Data: msg.Data}},
		Destination:                               &types.Destination{ToAddresses: msg.Recipients},
		ConfigurationSetName:                      given(r.ConfigurationSet),
		FromEmailAddressIdentityArn:               given(r.IdentityARN),
		FeedbackForwardingEmailAddress:            given(r.FeedbackAddress),
		FeedbackForwardingEmailAddressIdentityArn: given(r.ReturnPathARN),
		TenantName:                                given(r.Tenant),
		EndpointId:                                given(r.EndpointID),
	}
	if r.ContactList != "" {
		in.ListManagementOptions = &types.ListManagementOptions{ContactListName: &r.ContactList, TopicName: given(r.Topic)}
	}
	for _, tag := range r.Tags {
		in.EmailTags = append(in.EmailTags, types.MessageTag{Name: aws.String(tag.Name), Value: aws.String(tag.Value)})
	}
	return in
}

// given leaves out what is empty: to SES an empty name is a wrong one.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
