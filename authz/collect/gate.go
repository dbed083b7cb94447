package collect

import (
	"context"
	"errors"
)

// gate lets calls pass when it is their turn. Every enter without error is
// followed by a leave when the call is over.
type gate interface {
	enter(context.Context) error
	leave()
}

// ask makes one call when the gate lets it pass.
func ask[In, Out, Opts any](ctx context.Context, g gate, call func(context.Context, In, ...func(*Opts)) (Out, error), in In) (Out, error) {
	if err := g.enter(ctx); err != nil {
		var none Out
		return none, err
	}
	defer g.leave()
	return call(ctx, in)
}

// paginator is one of the SDK's.
type paginator[Page, Opts any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*Opts)) (Page, error)
}

// maxPages bounds a list. Those of IAM and SES end long before.
const maxPages = 200

var errEndless = errors.New("the list has no end")

// pages has take see each page of a list. What it saw before an error is good.
func pages[Page, Opts any](ctx context.Context, g gate, list paginator[Page, Opts], take func(Page) error) error {
	for range maxPages {
		if !list.HasMorePages() {
			return nil
		}
		page, err := ask(ctx, g, func(ctx context.Context, _ struct{}, opts ...func(*Opts)) (Page, error) {
			return list.NextPage(ctx, opts...)
		}, struct{}{})
		if err != nil {
			return err
		}
		if err := take(page); err != nil {
			return err
		}
	}
	return errEndless
}

// slots bounds the calls under way: each holds a place in the channel.
type slots chan struct{}

func (s slots) enter(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s slots) leave() { <-s }
