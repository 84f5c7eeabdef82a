package imapbox

import "context"

// Make makes a folder and subscribes to it, for set-up: the name is a person's.
func (b *Box) Make(ctx context.Context, name string) error {
	return b.with(ctx, b.work, false, func(s *session) error { return s.create(ctx, name) })
}
