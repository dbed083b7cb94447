package authz

import (
	"time"

	"sesgate/authz/facts"
)

// olderThan returns those of kinds of which a fact in snap is older than maxAge.
// What is not known has no age.
func olderThan(snap *facts.Snapshot, maxAge time.Duration, kinds facts.Kinds) facts.Kinds {
	limit := time.Now().Add(-maxAge)
	var old facts.Kinds
	note := func(kind facts.Kinds, known bool, at time.Time) {
		if kinds&kind != 0 && known && at.Before(limit) {
			old |= kind
		}
	}
	note(facts.KindCaller, snap.Caller.Known(), snap.Caller.At)
	note(facts.KindPrincipal, snap.Principal.Known(), snap.Principal.At)
	note(facts.KindOrganization, snap.Organization.Known(), snap.Organization.At)
	note(facts.KindEndpoint, snap.Endpoint.Known(), snap.Endpoint.At)
	note(facts.KindAccount, snap.Account.Known(), snap.Account.At)
	note(facts.KindIndex, snap.Index.Known(), snap.Index.At)
	note(facts.KindTenant, snap.Tenant.Known(), snap.Tenant.At)
	note(facts.KindGlobalEndpoint, snap.GlobalEndpoint.Known(), snap.GlobalEndpoint.At)
	note(facts.KindOpinion, snap.Opinion.Known(), snap.Opinion.At)
	for _, f := range snap.Suppressed {
		note(facts.KindSuppression, f.Known(), f.At)
	}
	for _, f := range snap.Identities {
		note(facts.KindIdentity, f.Known(), f.At)
	}
	for _, f := range snap.ConfigurationSets {
		note(facts.KindConfigurationSet, f.Known(), f.At)
	}
	return old
}
