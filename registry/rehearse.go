package registry

import "context"

// Rehearse runs fn with a registry on which everything happens and nothing
// remains: every rule and every constraint is tested, what is read shows what was
// done before, and at the end no change, no entry in the trail and no notice is
// left. fn may run again.
func (r *Registry) Rehearse(ctx context.Context, fn func(*Registry) error) error {
	return r.store.Rehearse(ctx, func(s Store) error {
		rehearsed := New(s, r.now, r.secret)
		rehearsed.SetGuard(r.guard)
		return fn(rehearsed)
	})
}
