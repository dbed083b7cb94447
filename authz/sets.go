package authz

import (
	"fmt"

	"sesgate/authz/diagnosis"
	"sesgate/authz/facts"
)

// setInUse is the configuration set the message goes through: the one that the
// route names, else the identity's default. known is false if it depends
// on what has not been said or read.
func (j *judgement) setInUse() (name string, byDefault, known bool) {
	switch {
	case j.req.Route.ConfigurationSet != "":
		return j.req.Route.ConfigurationSet, false, true
	case j.ofOther(j.named()): // whether the default of its owner counts is not documented
		return "", true, false
	case !j.fromKnown() || j.sender.name == "":
		return "", true, false
	}
	return j.sender.fact.ConfigurationSet, true, true
}

func (j *judgement) configurationSet() {
	name, byDefault, known := j.setInUse()
	if !known || name == "" {
		return
	}
	fact := j.snap.ConfigurationSets[name]
	if !fact.Known() {
		j.unsure = true
		return
	}
	if fact.Value.Exists && fact.Value.SendingEnabled {
		return
	}
	why := "named by the configuration, or by a header of the message"
	if byDefault {
		why = "the default of identity " + j.sender.name
	}
	f := diagnosis.Finding{Layer: layerSES, Source: "configuration set " + name, Resource: j.setARN(name)}
	switch {
	case !fact.Value.Exists:
		f.Code = diagnosis.CSNone
		f.Title = fmt.Sprintf("configuration set %s does not exist in %s", name, j.snap.Region)
		f.Detail = "it is " + why
		f.Fix = fmt.Sprintf("aws sesv2 create-configuration-set --configuration-set-name %s --region %s, or name another", name, j.snap.Region)
		j.block(facts.KindConfigurationSet|facts.KindIdentity, f)
	default:
		f.Code = diagnosis.CSPaused
		f.Title = fmt.Sprintf("sending is paused for configuration set %s in %s", name, j.snap.Region)
		f.Detail = fmt.Sprintf("GetConfigurationSet: SendingEnabled is false; it is %s", why)
		f.Fix = fmt.Sprintf("aws sesv2 put-configuration-set-sending-options --configuration-set-name %s --sending-enabled --region %s", name, j.snap.Region)
		j.block(facts.KindConfigurationSet|facts.KindIdentity, f)
	}
}
