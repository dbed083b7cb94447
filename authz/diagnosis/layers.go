package diagnosis

// layersEntries are the reasons that lie in policies beside the identity policies:
// boundary, organization, session, endpoint, and the policy of the SES identity.
var layersEntries = []Entry{
	{
		Code:     IAMBoundImpl,
		Title:    "the permissions boundary does not allow the action",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "the user or role has a permissions boundary, and an action must be allowed there as well as " +
			"in an identity policy",
		Tell: "aws iam get-role or get-user shows PermissionsBoundary; IAM says: because no permissions " +
			"boundary allows the action",
		Fix: "add ses:SendRawEmail on the resource to the policy that serves as boundary; it grants " +
			"nothing by itself",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
		Evidence: Documented,
		AWS: []string{
			"User: arn:aws:sts::111122223333:assumed-role/app/i-0abc is not authorized to perform: " +
				"ses:SendRawEmail on resource: arn:aws:ses:us-east-1:111122223333:identity/example.com " +
				"because no permissions boundary allows the ses:SendRawEmail action",
		},
	},
	{
		Code:     IAMBoundExpl,
		Title:    "the permissions boundary denies the action",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "a statement with \"Effect\": \"Deny\" in the permissions boundary applies",
		Tell:     "IAM says: with an explicit deny in a permissions boundary, and may name the policy",
		Fix:      "exempt ses:SendRawEmail on the resource in that statement, or attach another boundary",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
		Evidence: Documented,
		AWS: []string{
			"User: arn:aws:sts::111122223333:assumed-role/app/i-0abc is not authorized to perform: " +
				"ses:SendRawEmail on resource: arn:aws:ses:us-east-1:111122223333:identity/example.com with " +
				"an explicit deny in a permissions boundary: arn:aws:iam::111122223333:policy/Boundary",
		},
	},
	{
		Code:     IAMBoundNotPrincipal,
		Title:    "a policy of the identity with NotPrincipal refuses callers that have a boundary",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "Deny with NotPrincipal in a resource-based policy denies every caller with a permissions " +
			"boundary, even one that it lists",
		Tell:     "the policy of the SES identity has NotPrincipal, and the role or user a PermissionsBoundary",
		Fix:      "replace NotPrincipal by Principal \"*\" with the condition ArnNotEquals on aws:PrincipalArn",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html",
		Evidence: Documented,
	},
	{
		Code:     SCPImpl,
		Title:    "no service control policy allows the action",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "the organization uses allow lists, and at the root, an organizational unit or the account " +
			"none of them allows SES",
		Tell: "IAM says: because no service control policy allows the action; aws organizations " +
			"list-policies-for-target shows them level by level, in the management account",
		Fix: "ask the organization's administrators to allow ses:SendRawEmail at every level; nothing in " +
			"this account can mend it",
		Source:   "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
		Evidence: Documented,
		AWS: []string{
			"User: arn:aws:sts::111122223333:assumed-role/app/i-0abc is not authorized to perform: " +
				"ses:SendRawEmail on resource: arn:aws:ses:us-east-1:111122223333:identity/example.com " +
				"because no service control policy allows the ses:SendRawEmail action",
		},
	},
	{
		Code:     SCPExpl,
		Title:    "a service control policy denies the action",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "a statement with \"Effect\": \"Deny\" in a service control policy of the organization applies; " +
			"some services word a missing allow like this too",
		Tell: "IAM says: with an explicit deny in a service control policy, and may name the policy",
		Fix: "ask the organization's administrators to exempt this role or account in that statement; " +
			"nothing in this account can mend it",
		Source:   "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
		Evidence: Documented,
		AWS: []string{
			"User: arn:aws:sts::111122223333:assumed-role/app/i-0abc is not authorized to perform: " +
				"ses:SendRawEmail on resource: arn:aws:ses:us-east-1:111122223333:identity/example.com with " +
				"an explicit deny in a service control policy: " +
				"arn:aws:organizations::999988887777:policy/o-abcdef1234/service_control_policy/p-1a2b3c4d",
			"AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/app/i-0abc is not " +
				"authorized to perform: ses:SendRawEmail on resource: " +
				"arn:aws:ses:us-east-1:111122223333:identity/example.com due to an explicit deny in a Service " +
				"Control Policy",
		},
	},
	{
		Code:     SCPRegion,
		Title:    "a service control policy denies this region",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "the organization forbids regions by a deny with aws:RequestedRegion, and SES is a regional " +
			"service",
		Tell:     "the statement that denies has aws:RequestedRegion in its Condition",
		Fix:      "use a region that the organization allows, or ask its administrators to exempt SES",
		Source:   "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html",
		Evidence: Documented,
	},
	{
		Code:     RCPExpl,
		Title:    "a resource control policy denies the action",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "a resource control policy of the organization that owns the resource applies; SES was not " +
			"among the services with such policies when this was written",
		Tell:     "IAM says: with an explicit deny in a resource control policy",
		Fix:      "ask the administrators of the owner's organization to exempt this principal in that statement",
		Source:   "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html",
		Evidence: Documented,
		AWS: []string{
			"User: arn:aws:sts::111122223333:assumed-role/app/i-0abc is not authorized to perform: " +
				"ses:SendRawEmail on resource: arn:aws:ses:us-east-1:111122223333:identity/example.com with " +
				"an explicit deny in a resource control policy",
		},
	},
	{
		Code:     Session,
		Title:    "the session policy does not allow the action",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "whoever assumed the role passed a session policy that limits it; no AWS API shows it afterwards",
		Tell: "IAM says: session policy; look at the code or service that calls AssumeRole, or at the Pod " +
			"Identity association",
		Fix:      "allow ses:SendRawEmail in the session policy, or assume the role without one",
		Source:   "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html",
		Evidence: Documented,
		AWS: []string{
			"User: arn:aws:sts::111122223333:assumed-role/app/i-0abc is not authorized to perform: " +
				"ses:SendRawEmail on resource: arn:aws:ses:us-east-1:111122223333:identity/example.com " +
				"because no session policy allows the ses:SendRawEmail action",
			"User: arn:aws:sts::111122223333:assumed-role/app/i-0abc is not authorized to perform: " +
				"ses:SendRawEmail on resource: arn:aws:ses:us-east-1:111122223333:identity/example.com with " +
				"an explicit deny in a sessions policy",
		},
	},
	{
		Code:     VPCEPolicy,
		Title:    "the policy of the VPC endpoint does not allow the action",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "SES is reached through a VPC endpoint whose own policy does not allow the call, or denies it",
		Tell:     "IAM says: VPC endpoint policy; aws ec2 describe-vpc-endpoints shows it",
		Fix:      "allow ses:SendRawEmail for this principal and resource in the policy of the endpoint",
		Source:   "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
		Evidence: Documented,
		AWS: []string{
			"User: arn:aws:sts::111122223333:assumed-role/app/i-0abc is not authorized to perform: " +
				"ses:SendRawEmail on resource: arn:aws:ses:us-east-1:111122223333:identity/example.com " +
				"because no VPC endpoint policy allows the ses:SendRawEmail action",
			"User: arn:aws:sts::111122223333:assumed-role/app/i-0abc is not authorized to perform: " +
				"ses:SendRawEmail on resource: arn:aws:ses:us-east-1:111122223333:identity/example.com with " +
				"an explicit deny in a VPC endpoint policy transitively through a service control policy",
		},
	},
	{
		Code:     ResDeny,
		Title:    "the sending authorization policy of the identity denies the action",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "the SES identity has a policy of its own with a deny that applies",
		Tell:     "aws sesv2 get-email-identity-policies --email-identity IDENTITY",
		Fix:      "change the statement: aws sesv2 update-email-identity-policy",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/sending-authorization-policies.html",
		Evidence: Documented,
		AWS: []string{
			"User: arn:aws:sts::111122223333:assumed-role/app/i-0abc is not authorized to perform: " +
				"ses:SendRawEmail on resource: arn:aws:ses:us-east-1:111122223333:identity/example.com with " +
				"an explicit deny in a resource-based policy",
		},
	},
	{
		Code:     ResAddrOverDomain,
		Title:    "the address identity's policies replace those of its domain",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause: "policies of an email address identity take precedence over those of its domain, which then " +
			"do not count",
		Tell:     "aws sesv2 get-email-identity-policies for the address and for the domain",
		Fix:      "copy the statement that allows the send to the address identity, or delete that identity",
		Source:   "https://docs.aws.amazon.com/ses/latest/dg/sending-authorization-identity-owner-tasks-policy.html",
		Evidence: Documented,
	},
}
