package proxy

import (
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"sesgate/authz/diagnosis"
)

// Limits of what one line of the log says of findings. Texts are bounded in octets.
const (
	maxLoggedFindings = 16
	maxLoggedText     = 1500
)

// findings is why a message was refused, or would have been: a list of objects
// with the fields of [diagnosis.Finding], less those that a reply does not need.
func findings(e Event) zap.Field {
	if len(e.Findings) == 0 {
		return zap.Skip()
	}
	list := make(findingList, 0, min(len(e.Findings), maxLoggedFindings))
	for _, f := range e.Findings[:cap(list)] {
		list = append(list, loggedFinding(f))
	}
	return zap.Array("findings", list)
}

type findingList []loggedFinding

// MarshalLogArray implements [zapcore.ArrayMarshaler].
func (l findingList) MarshalLogArray(enc zapcore.ArrayEncoder) error {
	for _, f := range l {
		if err := enc.AppendObject(f); err != nil {
			return err
		}
	}
	return nil
}

type loggedFinding diagnosis.Finding

// MarshalLogObject implements [zapcore.ObjectMarshaler].
func (f loggedFinding) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	for _, field := range []struct{ key, text string }{
		{"code", string(f.Code)},
		{"title", f.Title},
		{"detail", f.Detail},
		{"fix", f.Fix},
		{"layer", f.Layer},
		{"source", f.Source},
		{"sid", f.Sid},
	} {
		if text := diagnosis.Clean(field.text, maxLoggedText); text != "" {
			enc.AddString(field.key, text)
		}
	}
	if f.Suspected {
		enc.AddBool("suspected", true)
	}
	return nil
}
