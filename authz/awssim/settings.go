package awssim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// credentialStates are what world.json may say of credentials.
var credentialStates = []string{"valid", "expired", "invalid", "mismatched"}

func (s *state) readSettings(_ []string, data []byte) error {
	return decodeStrict(data, &s.settings)
}

// checkSettings checks world.json and works out what follows from it.
func (s *state) checkSettings() error {
	var errs []error
	arn, ok := splitCaller(s.Caller)
	if !ok {
		errs = append(errs, fmt.Errorf(`key "caller": %q is not the ARN of a user or role session`, s.Caller))
	} else {
		s.partition, s.account, s.member = arn[1], arn[4], arn[4]
	}
	for _, key := range slices.Sorted(maps.Keys(s.Callers)) {
		if _, ok := splitCaller(s.Callers[key]); !ok {
			errs = append(errs, fmt.Errorf(`key "callers": %s is %q, not the ARN of a user or role session`, key, s.Callers[key]))
		}
	}
	if !regionName(s.Region) {
		errs = append(errs, fmt.Errorf(`key "region": %q is not the name of a region`, s.Region))
	}
	for _, key := range slices.Sorted(maps.Keys(s.AccessKeys)) {
		if state := s.AccessKeys[key]; !slices.Contains(credentialStates, state) {
			errs = append(errs, fmt.Errorf(`key "access_keys": %s is %q, not one of %s`, key, state, strings.Join(credentialStates, ", ")))
		}
	}
	if !slices.Contains(credentialStates, s.Credentials) {
		errs = append(errs, fmt.Errorf(`key "credentials": %q is not one of %s`, s.Credentials, strings.Join(credentialStates, ", ")))
	}
	if s.MaxClockSkew < 0 || s.ControlPlaneRate < 0 || s.IAMPageSize < 0 || s.SESPageSize < 0 {
		errs = append(errs, errors.New("a number below zero where it has no meaning"))
	}
	return errors.Join(errs...)
}

// regionName reports whether name looks like eu-west-1.
func regionName(name string) bool {
	parts := strings.Split(name, "-")
	if len(parts) < 3 {
		return false
	}
	for _, part := range parts {
		if part == "" || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return false
		}
	}
	return true
}
