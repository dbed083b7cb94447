// Package awssim is AWS in the process: an [http.Handler] that answers the calls
// of the real AWS SDK clients for STS, IAM, Organizations and SES (API v2) from a
// world of plain files. Nothing is ever sent; what SES would have sent is kept and
// can be looked at: [World.Messages].
//
// The simulator evaluates no policies. It hands out the policies of its world, and
// it refuses what the world states that IAM refuses, so that it can bear witness
// against an evaluator. What it decides itself are the rules of SES's own state:
// which identity a sender resolves to, what is verified, the sandbox, pauses,
// quotas, and what makes a message unacceptable.
//
// That it is a simulator shows in every answer: the Server header says so, and the
// MessageIds end in -sim.
//
// # A world
//
// A world is a tree of files. All of them may be missing; an unknown file and an
// unknown key are mistakes. Policies are IAM's JSON as the console shows it.
//
//	world.json
//	iam/roles/NAME/role.json                   also users/NAME/user.json, groups/NAME/group.json
//	iam/roles/NAME/attached.json               ARNs of managed policies: ["arn:…"]
//	iam/roles/NAME/inline/POLICY.json          an inline policy
//	iam/users/NAME/groups.json                 names of groups: ["staff"]
//	iam/policies/PATH/NAME.json                a managed policy of the account
//	iam/policies/aws/PATH/NAME.json            a managed policy of AWS: arn:aws:iam::aws:policy/PATH/NAME
//	ses/REGION/account.json
//	ses/REGION/identities/NAME.json            an address or a domain
//	ses/REGION/identities/NAME/policies/POLICY.json   a sending authorization policy
//	ses/REGION/configuration-sets/NAME.json
//	ses/REGION/tenants/NAME.json
//	ses/REGION/endpoints/NAME.json             multi-region endpoints
//	ses/REGION/suppressed.json                 {"gone@example.org": "BOUNCE"}
//	organizations/organization.json            without it the account is in no organization
//	organizations/policies/NAME.json           service control policies, as the console shows them
//	iam/simulations.json                       what IAM's policy simulator says
//	refusals.json                              what IAM refuses
//	faults.json                                what goes wrong on the wire
//	README.md                                  for people
//
// The keys, with what they are if left out:
//
//	world.json
//	  region              home region: eu-west-1
//	  caller              arn:aws:sts::111122223333:assumed-role/app/i-0abc; its account owns the world
//	  user_id             the role's or user's ID, with the session's name
//	  credentials         valid; or expired, invalid, mismatched (a wrong secret key)
//	  access_keys         {"AKIA…": "expired"}: as credentials, for single access keys
//	  callers             {"AKIA…": "arn:aws:iam::…:user/audit"}: whose other access keys are
//	  max_clock_skew      no limit; "5m": a signature more than that off is refused
//	  clock_ahead         "0s"; how much the world's clock is ahead of the client's, may be negative
//	  control_plane_rate  no limit; 1: one SES call a second and region, sending excepted
//	  iam_page_size       2; the most entries on a page of IAM, whatever is asked for
//	  ses_page_size       1000
//	role.json, user.json, group.json
//	  path "/", id (made up), boundary (ARN; none), tags {}
//	account.json
//	  sandbox             false; a region without any file is in the sandbox
//	  sending             true
//	  enforcement         HEALTHY; or PROBATION, SHUTDOWN
//	  max_24_hour_send    50000, in the sandbox 200; -1: no limit
//	  max_send_rate       14, in the sandbox 1
//	  sent_last_24_hours  0; what was sent before the simulator began to count
//	  suppressed_reasons  []
//	  shared_identities   []; ARNs of identities of other accounts whose owners let the caller send
//	identities/NAME.json
//	  verified            false
//	  status              SUCCESS if verified, else PENDING; or FAILED, TEMPORARY_FAILURE, NOT_STARTED
//	  sending             as verified
//	  error_type          of the verification, such as DNS_SERVER_ERROR
//	  configuration_set   the default one: none
//	  mail_from, mail_from_status (SUCCESS), mail_from_reject (false), dkim_tokens [], tags {}
//	configuration-sets/NAME.json
//	  sending true, tls_policy OPTIONAL, tags {}
//	organization.json
//	  id, management_account, feature_set (ALL; or CONSOLIDATED_BILLING), scps_off (false)
//	  delegated_administrators  []; accounts that may read the organization, as the management account may
//	  levels              root first, the world's account last; each an id (none for the account), a name and
//	                      scps, a list of names of files of policies, or FullAWSAccess. Without, the root
//	                      and the account have FullAWSAccess
//	tenants/NAME.json
//	  status (ENABLED; or REINSTATED, DISABLED), resources ["identity/NAME", "configuration-set/NAME"]
//	endpoints/NAME.json
//	  id, status (READY; or CREATING, FAILED, DELETING), regions, the primary one first
//	simulations.json
//	  a list of which the first entry counts whose globs principal, action and resource hold; it states
//	  decision (allowed; or explicitDeny, implicitDeny), organizations, boundary (not said; or true, false)
//	  and missing, a list of condition keys. What no entry is about is refused
//
// # Refusals
//
// refusals.json is a list. For every resource of a call the first entry whose
// criteria all hold decides; without one, IAM agrees. A criterion is a glob or a
// list of globs of which one has to match; a glob that begins with ! matches what
// the rest of it does not.
//
//	action             the IAM action, which for raw mail is ses:SendRawEmail; required
//	region, resource   resource is an ARN, or * where IAM has none
//	from, to           the address in the From header; at least one recipient
//	configuration_set  the one that applies
//	caller             ARN of whose call it is
//	permit             true: IAM agrees, and later entries do not count
//	because            the end of IAM's message: "with an explicit deny in a service control policy"
//	error, status, message   AccessDeniedException, 403, as AWS words it; a message may
//	                         hold ${action}, ${resource} and ${caller}
//
// # Faults
//
// faults.json is a list; the first entry that is due strikes.
//
//	call    the API operation, a glob or a list: ses:SendEmail, iam:*; required
//	region  a glob
//	every   1; 3: each third call
//	times   no limit; how often in all
//	fault   500, 503, throttle, daily, limit, reject, expired: that error, and nothing happens
//	        reset, close, hang: the connection, and nothing happens
//	        any of these with -after-accept: once the call has been carried out
//	        truncate, html: a bad answer to a call that was carried out
//	        slow:2s: a late answer to it
//
// # What is left out
//
// Signatures are not verified. Of SES there are no templates and events, and no look
// at MIME parts, attachments and viruses; recipients on the suppression list are
// taken as any other. Trust policies of roles are not evaluated. Of IAM and Organizations there is what a reader of one principal's
// policies calls. Other operations are answered as AWS answers unknown ones.
package awssim
