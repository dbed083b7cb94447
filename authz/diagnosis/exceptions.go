package diagnosis

import "strings"

// exceptions are the error codes of SES (both versions of its API), STS, IAM and
// the SDK, without a trailing "Exception"
// (https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html).
// They decide only where the text says nothing that is known.
var exceptions = map[string]Code{
	"AccessDenied":  AccessDenied,
	"NotAuthorized": AccessDenied,

	"AccountSuspended":              AcctShutdown,
	"AccountSendingPaused":          AcctPaused,
	"SendingPaused":                 AcctPaused,
	"ConfigurationSetSendingPaused": CSPaused,
	"ConfigurationSetDoesNotExist":  CSNone,
	"MailFromDomainNotVerified":     MFMX,

	"TooManyRequests": Throttle,
	"Throttling":      Throttle,
	"Throttled":       Throttle,
	"LimitExceeded":   Throttle,

	"ExpiredToken":          CredExpired,
	"RequestExpired":        CredSkew,
	"RequestTimeTooSkewed":  CredSkew,
	"UnrecognizedClient":    CredInvalid,
	"InvalidClientTokenId":  CredInvalid,
	"InvalidAccessKeyId":    CredInvalid,
	"SignatureDoesNotMatch": CredInvalid,
	"InvalidSignature":      CredInvalid,
	"IncompleteSignature":   CredInvalid,
	"InvalidIdentityToken":  CredRole,
	"IDPRejectedClaim":      CredRole,
	"IDPCommunicationError": CredRole,
	"OptInRequired":         AcctNotSub,
	"SubscriptionRequired":  AcctNotSub,
	"NoCredentialProviders": CredNone,
	"MissingRegion":         RegNone,
	"RequestEntityTooLarge": MsgSize,
	"MessageRejected":       MsgBad,
	"BadRequest":            MsgBad,
	"InvalidParameterValue": MsgBad,
	"ValidationError":       MsgBad,
	"Validation":            MsgBad,
	"InternalFailure":       Svc,
	"InternalError":         Svc,
	"InternalServerError":   Svc,
	"InternalServiceError":  Svc,
	"ServiceUnavailable":    Svc,
	"RequestTimeout":        Svc,
	"RequestTimeoutFailure": Svc,
}

// exceptionCode returns the code of an exception's name, which may carry a
// namespace before # and a suffix after : as in AWS's JSON protocols.
func exceptionCode(name string) (Code, bool) {
	_, after, found := strings.Cut(name, "#")
	if found {
		name = after
	}
	name, _, _ = strings.Cut(name, ":")
	code, ok := exceptions[strings.TrimSuffix(name, "Exception")]
	return code, ok
}

// statusCode returns the code of an HTTP status that says enough by itself.
func statusCode(status int) (Code, bool) {
	switch {
	case status == 408, status >= 500 && status <= 599:
		return Svc, true
	case status == 413:
		return MsgSize, true
	case status == 429:
		return Throttle, true
	}
	return "", false
}
