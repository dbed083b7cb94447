package diagnosis

// Credentials: whether AWS knows who is asking.
const (
	CredNone      Code = "cred-none"      // no credentials in the chain
	CredExpired   Code = "cred-expired"   // the session token is over
	CredInvalid   Code = "cred-invalid"   // key unknown, or the secret does not belong to it
	CredSkew      Code = "cred-skew"      // the clock is wrong
	CredWrongAcct Code = "cred-wrongacct" // the identity lives in another account
	CredPrincipal Code = "cred-principal" // another principal than the expected one sends
	CredRole      Code = "cred-role"      // the role cannot be assumed
)

// Region and account.
const (
	RegNone       Code = "reg-none"       // no region is configured
	RegNoSES      Code = "reg-noses"      // the region has no SES, or is not enabled
	RegWrong      Code = "reg-wrong"      // the identity is verified in another region
	AcctNotSub    Code = "acct-notsub"    // the account is not signed up for SES
	AcctShutdown  Code = "acct-shutdown"  // SES has stopped the account
	AcctPaused    Code = "acct-paused"    // sending is switched off for the account
	AcctProbation Code = "acct-probation" // SES is reviewing the account
)

// AccessDenied is a refusal of which SES does not say why.
const AccessDenied Code = "access-denied"

// Identity policies: the action and the resource.
const (
	IAMNoAllow    Code = "iam-noallow"     // no identity policy allows the action
	IAMAction     Code = "iam-action"      // another action is allowed instead
	IAMResKind    Code = "iam-res-kind"    // domain identity named, address identity used, or vice versa
	IAMResRegion  Code = "iam-res-region"  // ARN of another region, account or partition
	IAMResCase    Code = "iam-res-case"    // ARN differs by letter case or +label
	IAMResConfSet Code = "iam-res-confset" // configuration set not in Resource
	IAMResDefCS   Code = "iam-res-defcs"   // the identity's default configuration set not in Resource
	IAMResSandbox Code = "iam-res-sandbox" // sandbox: recipient identity not in Resource
	IAMResRetPath Code = "iam-res-retpath" // return-path identity not in Resource
	IAMVar        Code = "iam-var"         // a policy variable that never resolves
	IAMDeny       Code = "iam-deny"        // explicit deny in an identity policy
	IAMDenyGroup  Code = "iam-deny-group"  // explicit deny, or the only allow, in a group
)

// Identity policies: conditions.
const (
	IAMCondFrom       Code = "iam-c-from"       // ses:FromAddress
	IAMCondFromCase   Code = "iam-c-fromcase"   // ses:FromAddress, by letter case only
	IAMCondName       Code = "iam-c-name"       // ses:FromDisplayName
	IAMCondFeedback   Code = "iam-c-feedback"   // ses:FeedbackAddress
	IAMCondRcpt       Code = "iam-c-rcpt"       // ses:Recipients
	IAMCondRcptSet    Code = "iam-c-rcptset"    // ses:Recipients without the right set operator
	IAMCondAPIVer     Code = "iam-c-apiver"     // ses:ApiVersion
	IAMCondTenant     Code = "iam-c-tenant"     // ses:TenantName, ses:MultiRegionEndpointId
	IAMCondTime       Code = "iam-c-time"       // dates, aws:TokenIssueTime
	IAMCondTimeOver   Code = "iam-c-time-over"  // a window that has closed for good
	IAMCondIP         Code = "iam-c-ip"         // aws:SourceIp
	IAMCondIPVPCE     Code = "iam-c-ipvpce"     // aws:SourceIp through a VPC endpoint
	IAMCondVPCE       Code = "iam-c-vpce"       // aws:SourceVpce, aws:SourceVpc
	IAMCondTLS        Code = "iam-c-tls"        // aws:SecureTransport
	IAMCondUA         Code = "iam-c-ua"         // aws:UserAgent
	IAMCondTag        Code = "iam-c-tag"        // aws:PrincipalTag
	IAMCondMFA        Code = "iam-c-mfa"        // aws:MultiFactorAuthPresent
	IAMCondUnknownKey Code = "iam-c-unknownkey" // a key that SES never supplies
)

// The other layers of policy.
const (
	IAMBoundImpl         Code = "iam-bound-impl"         // permissions boundary does not allow
	IAMBoundExpl         Code = "iam-bound-expl"         // permissions boundary denies
	IAMBoundNotPrincipal Code = "iam-bound-notprincipal" // NotPrincipal meets a boundary
	SCPImpl              Code = "scp-impl"               // no service control policy allows
	SCPExpl              Code = "scp-expl"               // a service control policy denies
	SCPRegion            Code = "scp-region"             // a service control policy denies the region
	RCPExpl              Code = "rcp-expl"               // a resource control policy denies
	Session              Code = "session"                // the session policy
	VPCEPolicy           Code = "vpce-policy"            // the VPC endpoint's policy
	ResDeny              Code = "res-deny"               // the identity's own policy denies
	ResAddrOverDomain    Code = "res-addr-over-domain"   // the address identity's policy replaces the domain's
)

// Identities of another account (sending authorization).
const (
	XAccNoARN    Code = "xacc-noarn"    // the identity's ARN was not passed
	XAccNoPolicy Code = "xacc-nopolicy" // the owner's policy does not admit the caller
	XAccRegion   Code = "xacc-region"   // the ARN names another region
	XAccSandbox  Code = "xacc-sandbox"  // the sending account is in the sandbox
)

// Identities of this account, and the sandbox.
const (
	IDNone     Code = "id-none"     // no identity covers the sender
	IDPending  Code = "id-pending"  // verification has not finished
	IDFailed   Code = "id-failed"   // verification has failed
	IDShadow   Code = "id-shadow"   // an unverified address identity hides the verified domain
	IDCase     Code = "id-case"     // the address identity is stored in other letter case
	IDDisabled Code = "id-disabled" // verified, but SES has switched it off
	IDRetPath  Code = "id-retpath"  // the return-path address is not verified
	IDSender   Code = "id-sender"   // the Sender header is not verified
	SbxRcpt    Code = "sbx-rcpt"    // sandbox: the recipient is not verified
)

// Configuration set, MAIL FROM domain, quota.
const (
	CSNone    Code = "cs-none"    // the configuration set does not exist here
	CSPaused  Code = "cs-paused"  // sending is switched off for the configuration set
	CSBadName Code = "cs-badname" // not a name that a configuration set can have
	MFMX      Code = "mf-mx"      // the custom MAIL FROM domain has no MX record
	QDaily    Code = "q-daily"    // the quota of 24 hours is used up
	QRate     Code = "q-rate"     // faster than the account may send
	Throttle  Code = "throttle"   // throttled, of which AWS does not say why
)

// Tenants and multi-region endpoints.
const (
	TenNone     Code = "ten-none"     // the tenant does not exist
	TenDisabled Code = "ten-disabled" // the tenant may not send
	TenAssoc    Code = "ten-assoc"    // identity or configuration set not the tenant's
	TenNoCS     Code = "ten-nocs"     // a tenant without a configuration set
	MRENotReady Code = "mre-notready" // the multi-region endpoint is not ready
	MRENone     Code = "mre-none"     // the multi-region endpoint does not exist here
	MREIdent    Code = "mre-ident"    // something is missing in the second region
)

// The message itself.
const (
	MsgRcpt50    Code = "msg-rcpt50"    // more than 50 recipients
	MsgSize      Code = "msg-size"      // too large
	MsgParts     Code = "msg-parts"     // more than 500 MIME parts
	MsgLine      Code = "msg-line"      // a line too long
	MsgDupHdr    Code = "msg-duphdr"    // a header twice that may occur once
	MsgNoFrom    Code = "msg-nofrom"    // no From header
	MsgNoRcpt    Code = "msg-norcpt"    // no recipient
	MsgMultiFrom Code = "msg-multifrom" // several From mailboxes
	MsgFrom      Code = "msg-from"      // From header that cannot be read
	MsgHeader    Code = "msg-header"    // header section that SES does not take
	MsgMIME      Code = "msg-mime"      // MIME structure that SES cannot read
	MsgAddr      Code = "msg-addr"      // an address that SES does not take
	MsgUTF8      Code = "msg-utf8"      // an address that is not ASCII
	MsgXSES      Code = "msg-xses"      // an X-SES- header with a value that SES does not take
	MsgLoop      Code = "msg-loop"      // too many Received headers
	MsgNUL       Code = "msg-nul"       // a NUL octet
	MsgAttach    Code = "msg-attach"    // an attachment type that SES refuses
	MsgNull      Code = "msg-null"      // MAIL FROM:<>
	MsgVirus     Code = "msg-virus"     // malware, found after acceptance
	MsgBad       Code = "msg-bad"       // SES calls the message invalid, for a reason that is not known here
)

// sesgate's own users.
const (
	AuthFailed Code = "auth-failed" // user name or password is wrong
	AuthSender Code = "auth-sender" // the user may not send as this sender
)

// Accepted, but not delivered.
const (
	Supp    Code = "supp"     // the recipient is on the suppression list
	LMUnsub Code = "lm-unsub" // the contact has unsubscribed
)

// Facts, network, service.
const (
	FactThrottle Code = "fact-throttle" // reading a fact was throttled
	FactDenied   Code = "fact-denied"   // reading a fact was denied
	Net          Code = "net"           // SES cannot be reached
	NetTLS       Code = "net-tls"       // the TLS handshake with SES fails
	SMTPNoAuth   Code = "smtp-noauth"   // SES's own SMTP endpoint: not authenticated yet
	SMTPConns    Code = "smtp-conns"    // SES's own SMTP endpoint: too many connections
	SMTPTimeout  Code = "smtp-timeout"  // SES's own SMTP endpoint: the client was silent
	Svc          Code = "svc"           // SES fails or does not answer
	SvcUnknown   Code = "svc-unknown"   // an answer that is not known here
)
