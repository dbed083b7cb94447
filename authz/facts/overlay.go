package facts

import (
	"context"
	"strings"
	"sync/atomic"
)

// Overlay returns a Source that answers from file what it holds, and asks live for
// the rest. Who sends is always asked of live: what the file holds for another
// account or principal is not used. What the file knows in part, as a principal of
// which some policy could not be read, is asked of live, too, and stands where that
// knows no more.
func Overlay(file, live Source) Source { return &overlay{file: file, live: live} }

type overlay struct {
	file, live Source
	account    atomic.Pointer[string] // of the caller, once it is known
}

// Caller implements [Source].
func (o *overlay) Caller(ctx context.Context) (Caller, error) {
	caller, err := o.live.Caller(ctx)
	if err == nil {
		o.account.Store(&caller.Account)
	}
	return caller, err
}

// Principal implements [Source].
func (o *overlay) Principal(ctx context.Context, caller Caller) (Principal, error) {
	held, err := o.file.Principal(ctx, caller)
	if err == nil && len(held.Gaps) == 0 {
		return held, nil
	}
	asked, liveErr := o.live.Principal(ctx, caller)
	if err == nil && (liveErr != nil || len(asked.Gaps) >= len(held.Gaps)) {
		return held, nil
	}
	return asked, liveErr
}

// Organization implements [Source].
func (o *overlay) Organization(ctx context.Context, caller Caller) (Organization, error) {
	held, err := o.file.Organization(ctx, caller)
	if err == nil && held.LevelsGap == nil {
		return held, nil
	}
	asked, liveErr := o.live.Organization(ctx, caller)
	if err == nil && (liveErr != nil || asked.LevelsGap != nil) {
		return held, nil
	}
	return asked, liveErr
}

// Endpoint implements [Source]: where this machine finds SES is not for a file to
// say.
func (o *overlay) Endpoint(ctx context.Context, region string) (Endpoint, error) {
	return o.live.Endpoint(ctx, region)
}

// Account implements [Source].
func (o *overlay) Account(ctx context.Context, region string) (Account, error) {
	return first(ctx, o, func(s Source) (Account, error) { return s.Account(ctx, region) })
}

// Index implements [Source].
func (o *overlay) Index(ctx context.Context, region string) (Index, error) {
	return first(ctx, o, func(s Source) (Index, error) { return s.Index(ctx, region) })
}

// Identity implements [Source]. An ARN says itself whose it is.
func (o *overlay) Identity(ctx context.Context, region, name string) (Identity, error) {
	if strings.HasPrefix(name, "arn:") {
		if held, err := o.file.Identity(ctx, region, name); err == nil {
			return held, nil
		}
	}
	return first(ctx, o, func(s Source) (Identity, error) { return s.Identity(ctx, region, name) })
}

// ConfigurationSet implements [Source].
func (o *overlay) ConfigurationSet(ctx context.Context, region, name string) (ConfigurationSet, error) {
	return first(ctx, o, func(s Source) (ConfigurationSet, error) { return s.ConfigurationSet(ctx, region, name) })
}

// Tenant implements [Source].
func (o *overlay) Tenant(ctx context.Context, region, name string) (Tenant, error) {
	return first(ctx, o, func(s Source) (Tenant, error) { return s.Tenant(ctx, region, name) })
}

// GlobalEndpoint implements [Source].
func (o *overlay) GlobalEndpoint(ctx context.Context, region, id string) (GlobalEndpoint, error) {
	return first(ctx, o, func(s Source) (GlobalEndpoint, error) { return s.GlobalEndpoint(ctx, region, id) })
}

// Suppression implements [Source].
func (o *overlay) Suppression(ctx context.Context, region, address string) (Suppression, error) {
	return o.live.Suppression(ctx, region, address)
}

// Opinion implements [Source].
func (o *overlay) Opinion(ctx context.Context, question Simulation) (Opinion, error) {
	return o.live.Opinion(ctx, question)
}

// first asks the file, if it is about the caller's account, then live.
func first[T any](ctx context.Context, o *overlay, ask func(Source) (T, error)) (T, error) {
	if o.isOurs(ctx) {
		if held, err := ask(o.file); err == nil {
			return held, nil
		}
	}
	return ask(o.live)
}

// isOurs reports whether the file is about the account of who sends. One that does
// not say whose account it is about is meant for whoever uses it.
func (o *overlay) isOurs(ctx context.Context) bool {
	of, err := o.file.Caller(ctx)
	if err != nil {
		return true
	}
	if account := o.account.Load(); account != nil {
		return *account == of.Account
	}
	caller, err := o.Caller(ctx)
	return err == nil && caller.Account == of.Account
}
