package authz

import (
	"fmt"
	"strings"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
	"sesgate/authz/policy"
)

// caller judges the credentials. Only an answer about the credentials themselves
// counts: that STS cannot be reached says nothing about SES.
func (j *judgement) caller() {
	gap := j.snap.Caller.Gap
	if gap == nil {
		return
	}
	j.unsure = true
	f := diagnosis.FromAPI(gap.Err)
	if !strings.HasPrefix(string(f.Code), "cred-") {
		return
	}
	j.block(facts.KindCaller, f)
}

// account applies what SES says of the account in the region.
func (j *judgement) account() {
	if !j.snap.Account.Known() {
		j.unsure = true
		j.sandbox = policy.Maybe
		return
	}
	account, region := j.snap.Account.Value, j.snap.Region
	j.sandbox = policy.No
	if account.Sandbox {
		j.sandbox = policy.Yes
	}
	overQuota := account.Max24HourSend >= 0 && account.SentLast24Hours+float64(len(j.req.Recipients)) > account.Max24HourSend
	if account.Enforcement == "HEALTHY" && account.SendingEnabled && !overQuota {
		return
	}
	f := diagnosis.Finding{Layer: layerSES, Source: fmt.Sprintf("SES of %s in %s", j.who.accountLabel(), region)}
	switch {
	case account.Enforcement == "SHUTDOWN":
		f.Code = diagnosis.AcctShutdown
		f.Title = fmt.Sprintf("SES has shut down sending for %s in %s", j.who.accountLabel(), region)
		f.Detail = "GetAccount: EnforcementStatus is SHUTDOWN"
		f.Fix = "answer the case that AWS opened in the support center; no setting here brings it back"
		j.block(facts.KindAccount, f)
	case !account.SendingEnabled:
		f.Code = diagnosis.AcctPaused
		f.Title = fmt.Sprintf("sending is paused for %s in %s", j.who.accountLabel(), region)
		f.Detail = "GetAccount: SendingEnabled is false"
		f.Fix = fmt.Sprintf("aws sesv2 put-account-sending-attributes --sending-enabled --region %s", region)
		j.block(facts.KindAccount, f)
	case account.Enforcement == "PROBATION":
		f.Code = diagnosis.AcctProbation
		f.Title = fmt.Sprintf("%s is on probation in %s", j.who.accountLabel(), region)
		f.Detail = "GetAccount: EnforcementStatus is PROBATION; SES still sends"
		f.Fix = "look at the bounce and complaint rates in the SES console before sending is paused"
		j.block(facts.KindAccount, f)
	}
	if overQuota {
		f.Code = diagnosis.QDaily
		f.Title = fmt.Sprintf("the daily sending quota in %s is used up", region)
		f.Detail = fmt.Sprintf("GetAccount: %.0f of %.0f recipients in the last 24 hours", account.SentLast24Hours, account.Max24HourSend)
		f.Fix = "wait: the window is a rolling 24 hours; or ask AWS for a higher quota in Service Quotas"
		j.suspect(facts.KindAccount, f)
	}
}
