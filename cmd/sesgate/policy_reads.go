package main

import (
	"slices"
	"strings"

	"sesgate/authz"
	"sesgate/authz/facts"
)

// reads adds what the pre-flight asks AWS: of SES the account, identities and
// configuration sets of each region, and what routes and configuration name
// besides; of IAM the principal's own policies. The resources are as narrow as IAM
// has them.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func (w *policyWriter) reads() {
	if checker := w.readBy(); checker != "" {
		w.note("facts are read by another role: sesgate policy --preflight --role %s prints its policy", checker)
		return
	}
	w.readRegions()
	w.principal(w.known[0])
	w.organization(w.known[0])
}

// readBy is the role that reads facts about the principal; "": it does itself.
func (w *policyWriter) readBy() string {
	i := slices.IndexFunc(w.ways.all, func(way *way) bool { return way.role == w.role })
	return w.ways.all[i].checker
}

// isChecker reports whether the policy is for the role that only reads.
func (w *policyWriter) isChecker() bool {
	return w.role != "" && w.role == w.cfg.Facts.Role && !slices.ContainsFunc(w.ways.all, func(way *way) bool { return way.role == w.role })
}

// ofChecker is what the role needs to read about everybody whom it reads about.
func (w *policyWriter) ofChecker() *policyWriter {
	checker := w.role
	w.role = ""
	w.about(checker, defaultRoute(w.cfg))
	for _, rule := range routes(w.cfg) {
		w.about(checker, rule.Route)
	}
	w.readRegions()
	return w
}

// about adds the reading of who sends by a route, if the checker does that.
func (w *policyWriter) about(checker string, r authz.Route) {
	way := w.ways.of(r)
	if way.checker != checker {
		return
	}
	snap := way.known.Snapshot(w.ctx, facts.Query{Region: way.region})
	w.known, w.routes = append(w.known, snap), append(w.routes, r)
	w.principal(snap)
	w.organization(snap)
}

// readRegions adds the reading of SES in each region.
func (w *policyWriter) readRegions() {
	w.allow("ReadAccount", []string{"ses:GetAccount", "ses:ListEmailIdentities"}, "*")
	for _, snap := range w.known {
		w.allow("ReadIdentities", []string{"ses:GetEmailIdentity"}, arnOf(snap, "ses", snap.Region, "identity/*"))
		w.allow("ReadConfigurationSets", []string{"ses:GetConfigurationSet"}, arnOf(snap, "ses", snap.Region, "configuration-set/*"))
	}
	w.special()
}

// special adds the reading of tenants, multi-region endpoints and the suppression
// list, where they are used.
func (w *policyWriter) special() {
	for i, snap := range w.known {
		if tenant := w.routes[i].Tenant; tenant != "" {
			w.allow("ReadTenants", []string{"ses:GetTenant", "ses:ListTenantResources"}, arnOf(snap, "ses", snap.Region, "tenant/"+tenant+"/*"))
		}
		if w.routes[i].EndpointID != "" {
			w.allow("ReadEndpoints", []string{"ses:ListMultiRegionEndpoints"}, "*")
		}
		if w.cfg.Facts.Suppression != "off" {
			w.allow("ReadSuppressionList", []string{"ses:GetSuppressedDestination"}, "*")
		}
	}
}

// principal adds the reading of the principal's own policies.
func (w *policyWriter) principal(snap *facts.Snapshot) {
	switch p := snap.Principal.Value; {
	case p.Kind == "root":
		return // it has none
	case p.Kind == "user":
		w.allow("ReadOwnUser", []string{"iam:GetUser", "iam:ListAttachedUserPolicies", "iam:ListUserPolicies", "iam:GetUserPolicy", "iam:ListGroupsForUser"}, p.ARN)
		w.allow("ReadOwnGroups", []string{"iam:ListAttachedGroupPolicies", "iam:ListGroupPolicies", "iam:GetGroupPolicy"}, arnOf(snap, "iam", "", "group/*"))
	case p.Kind == "role":
		w.allow("ReadOwnRole", []string{"iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:GetRolePolicy"}, w.roleARN(snap))
	default:
		w.note("whose policies are to be read is not known: put the role in the place of ROLE; a user needs iam:GetUser and the like on itself and its groups")
		w.allow("ReadOwnRole", []string{"iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:GetRolePolicy"}, arnOf(snap, "iam", "", "role/ROLE"))
	}
	managed := []string{arnOf(snap, "iam", "", "policy/*"), strings.Replace(arnOf(snap, "iam", "", "policy/*"), accountOf(snap), "aws", 1)}
	w.allow("ReadManagedPolicies", []string{"iam:GetPolicy", "iam:GetPolicyVersion"}, managed...)
}

// roleARN is the ARN of the role behind the session. Its path only iam:GetRole
// shows; until that is allowed the ARN takes any.
func (w *policyWriter) roleARN(snap *facts.Snapshot) string {
	if w.role != "" {
		return w.role
	}
	p := snap.Principal.Value
	if p.ARN != "" {
		return p.ARN
	}
	w.note("the path of role %s is not known yet: the policy takes any; print it again once iam:GetRole is allowed", p.Name)
	return arnOf(snap, "iam", "", "role/*"+p.Name)
}

// organization adds what tells whether service control policies apply, and where
// they do what they say: to those who may read them, else by IAM's simulator.
func (w *policyWriter) organization(snap *facts.Snapshot) {
	w.allow("ReadOrganization", []string{"organizations:DescribeOrganization"}, "*")
	o := snap.Organization
	if !o.Known() || !o.Value.Restricts() {
		return
	}
	if len(o.Value.Levels) > 0 {
		w.allow("ReadServiceControlPolicies", []string{"organizations:ListRoots", "organizations:ListParents", "organizations:ListPoliciesForTarget",
			"organizations:DescribePolicy", "organizations:DescribeOrganizationalUnit"}, "*")
		return
	}
	if w.cfg.Facts.Simulator && snap.Principal.Value.ARN != "" {
		w.note("service control policies apply, which only the management account and delegated administrators may read: IAM's simulator is asked what they say")
		w.allow("AskSimulator", []string{"iam:SimulatePrincipalPolicy"}, snap.Principal.Value.ARN)
	}
}

func accountOf(snap *facts.Snapshot) string {
	if snap.Caller.Known() {
		return snap.Caller.Value.Account
	}
	return "ACCOUNT"
}
