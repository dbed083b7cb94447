package diagnosis

// credentialsEntries are the reasons for which AWS does not know who is asking. They
// are the relay's fault, not the message's, so mail waits where a repair lets it
// pass.
var credentialsEntries = []Entry{
	{
		Code:     CredNone,
		Title:    "no AWS credentials can be obtained",
		Reply:    454,
		Enhanced: Enhanced{4, 7, 0},
		Retry:    true,
		Cause: "none of the places where the AWS SDK looks (environment, profile, web identity, container, " +
			"instance metadata) gave credentials",
		Tell: "aws sts get-caller-identity fails in the same environment; the error names the provider that " +
			"was tried last",
		Fix: "attach a role to the task, pod or instance, or set AWS_PROFILE or the AWS_ACCESS_KEY_ID " +
			"variables for sesgate; in a container on EC2 the metadata hop limit must be 2",
		Source:   "https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html",
		Evidence: Documented,
		AWS: []string{
			"operation error SESv2: SendEmail, get identity: get credentials: failed to refresh cached " +
				"credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata, request canceled, " +
				"context deadline exceeded",
			"NoCredentialProviders: no valid providers in chain. Deprecated.",
			"Unable to locate credentials. You can configure credentials by running \"aws configure\".",
		},
	},
	{
		Code:     CredExpired,
		Title:    "the AWS session token has expired",
		Reply:    454,
		Enhanced: Enhanced{4, 7, 0},
		Retry:    true,
		Cause: "temporary credentials are past their end and were not renewed, as when they were copied into " +
			"the environment by hand",
		Tell: "aws sts get-caller-identity answers ExpiredToken",
		Fix: "let the SDK fetch credentials itself (role, profile, web identity) instead of copied keys; " +
			"for SSO run aws sso login; check the clock",
		Source:   "https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html",
		Evidence: Documented,
		AWS: []string{
			"ExpiredTokenException: The security token included in the request is expired",
			"the SSO session has expired or is invalid",
		},
	},
	{
		Code:     CredInvalid,
		Title:    "AWS does not accept the access key",
		Reply:    454,
		Enhanced: Enhanced{4, 7, 0},
		Retry:    true, // the mail is good: it passes once the operator has mended the key
		Cause: "the access key was deleted, deactivated or mistyped, its session token is missing, or the " +
			"secret does not belong to it; an SES SMTP password is not a secret access key. A region that " +
			"is not enabled for the account answers the same",
		Tell: "aws sts get-caller-identity answers InvalidClientTokenId or SignatureDoesNotMatch",
		Fix: "create a new access key or use a role; do not use the SMTP user name and password of SES as " +
			"an AWS key, nor the other way round; enable the region if it is an opt-in one",
		Source:   "https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html",
		Evidence: Documented,
		AWS: []string{
			"UnrecognizedClientException: The security token included in the request is invalid.",
			"InvalidSignatureException: The request signature we calculated does not match the signature " +
				"you provided. Check your AWS Secret Access Key and signing method. Consult the service " +
				"documentation for details.",
			"535 Authentication Credentials Invalid",
		},
	},
	{
		Code:     CredSkew,
		Title:    "the clock of this machine is wrong",
		Reply:    454,
		Enhanced: Enhanced{4, 7, 0},
		Retry:    true,
		Cause:    "AWS refuses requests whose time stamp is more than about five minutes off its own clock",
		Tell: "the error says that the signature expired or is not yet current; compare date -u with the " +
			"Date header of any AWS answer",
		Fix:      "synchronise the clock (NTP, chrony), also on the host of a virtual machine or container",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html",
		Evidence: Documented,
		AWS: []string{
			"InvalidSignatureException: Signature expired: 20261123T100000Z is now earlier than " +
				"20261123T101000Z (20261123T101500Z - 5 min.)",
			"Signature not yet current: 20261123T103000Z is still later than 20261123T102000Z",
			"RequestExpired: Request has expired.",
		},
	},
	{
		Code:     CredWrongAcct,
		Title:    "the sender identity is in another AWS account",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "the credentials belong to an account other than the one where the identity was verified",
		Tell: "aws sts get-caller-identity shows the account; compare it with the account in the ARN of the " +
			"identity",
		Fix: "use credentials of the identity's account, such as those of a role there, or verify the " +
			"identity in this account too",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/sending-authorization.html",
		Evidence: Documented,
	},
	{
		Code:     CredPrincipal,
		Title:    "the wrong principal sends",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "the credentials that were found are not those of the user or role that was meant to send: " +
			"those of the node instead of the pod's, of a profile or environment that comes first, or of a role " +
			"that was assumed from the right one",
		Tell: "aws sts get-caller-identity in the same environment; with principal.expected in the configuration " +
			"the two are compared",
		Fix: "take away the credentials that come first, or attach the right role: EKS Pod Identity or IRSA for a " +
			"pod, a task role for ECS, AWS_PROFILE elsewhere",
		Source:   "https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html",
		Evidence: Documented,
	},
	{
		Code:     CredRole,
		Title:    "the role for sending cannot be assumed",
		Reply:    454,
		Enhanced: Enhanced{4, 7, 0},
		Retry:    true,
		Cause: "the trust policy of the role does not admit the caller, the caller may not call " +
			"sts:AssumeRole, or the web identity's provider is not set up in the account",
		Tell: "the error names sts:AssumeRole or sts:AssumeRoleWithWebIdentity; aws iam get-role shows the " +
			"trust policy",
		Fix: "admit the caller in the trust policy of the role (for EKS: the OIDC provider, namespace and " +
			"service account), and allow sts:AssumeRole on the role where the caller needs it",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html",
		Evidence: Documented,
		AWS: []string{
			"User: arn:aws:iam::111122223333:user/ci is not authorized to perform: sts:AssumeRole on " +
				"resource: arn:aws:iam::111122223333:role/mailer",
			"AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity",
			"InvalidIdentityToken: No OpenIDConnect provider found in your account for " +
				"https://oidc.eks.eu-west-1.amazonaws.com/id/0123",
		},
	},
}
