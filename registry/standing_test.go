package registry_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"varco/registry"
)

// A client is let in on what is remembered of it, and changes nothing once it was
// dismissed at another replica.
func TestTheDismissedChangeNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		elsewhere := registry.New(w.store, w.clock.Now, secret)
		for name, dismiss := range map[string]func(registry.Client) error{
			"revoked": func(c registry.Client) error {
				return elsewhere.RevokeClient(ctx, registry.SystemOperator, c.ID)
			},
			"its company frozen": func(registry.Client) error {
				return elsewhere.FreezeCompany(ctx, w.officer, w.company.ID)
			},
			"narrowed": func(c registry.Client) error {
				c.Scopes = c.Scopes[:1]
				return w.store.Update(ctx, func(tx registry.Tx) error { return tx.UpdateClient(c) })
			},
			"tied to a certificate": func(c registry.Client) error {
				c.Proof.Certificate = []byte("another")
				return w.store.Update(ctx, func(tx registry.Tx) error { return tx.UpdateClient(c) })
			},
		} {
			n := newClient(w.company)
			n.Scopes = []registry.Scope{registry.ScopeRead, registry.ScopeUsers}
			client, token, err := w.CreateClient(ctx, registry.SystemOperator, n)
			w.needs(err)
			w.needs(second(w.AuthenticateReader(ctx, token)))
			w.needs(dismiss(client))
			known, err := w.AuthenticateReader(ctx, token)
			w.needs(err)
			before := w.state()
			refused(t, second(w.Hire(ctx, known.Actor("r"), w.company.ID, draft(collaudini))), registry.Forbidden, "credentials are no longer valid")
			if w.state() != before {
				t.Errorf("%s: a collaborator was hired", name)
			}
			if known, err := w.AuthenticateReader(ctx, token); err == nil && len(known.Scopes) > 1 && known.Proof.Certificate == nil {
				t.Errorf("%s: still remembered as it was", name)
			}
			w.needs(elsewhere.UnfreezeCompany(ctx, w.officer, w.company.ID))
		}
	})
}

// Whatever goes on at the same time, what begins after a client was dismissed is
// refused, and leaves nothing.
func TestTheDismissedChangeNothingUnderRaces(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		elsewhere := registry.New(w.store, w.clock.Now, secret)
		for name, dismiss := range map[string]func(registry.ClientID) error{
			"revoked": func(id registry.ClientID) error {
				return elsewhere.RevokeClient(ctx, registry.SystemOperator, id)
			},
			"rotated": func(id registry.ClientID) error {
				_, _, err := elsewhere.RotateClient(ctx, registry.SystemOperator, id, 0, time.Hour)
				return err
			},
			"frozen": func(registry.ClientID) error { return elsewhere.FreezeCompany(ctx, w.officer, w.company.ID) },
		} {
			n := newClient(w.company)
			n.Scopes = []registry.Scope{registry.ScopeRead, registry.ScopeUsers}
			client, token, err := w.CreateClient(ctx, registry.SystemOperator, n)
			w.needs(err)
			known, err := w.AuthenticateReader(ctx, token)
			w.needs(err)
			var answered atomic.Bool
			var before atomic.Int32
			var all sync.WaitGroup
			for range 12 {
				all.Go(func() {
					for late := 0; late < 3; {
						began := answered.Load()
						err := second(w.Hire(ctx, known.Actor("r"), w.company.ID, draft(personCode())))
						switch {
						case began && err == nil:
							t.Errorf("%s: hired nevertheless", name)
						case err == nil:
							before.Add(1)
						}
						if began {
							late++
						}
					}
				})
			}
			for before.Load() < 20 {
				time.Sleep(time.Millisecond)
			}
			w.needs(dismiss(client.ID))
			answered.Store(true)
			all.Wait()
			w.needs(elsewhere.UnfreezeCompany(ctx, w.officer, w.company.ID))
		}
	})
}

// Of an access token the secret counts that it was got with; a client whose secret
// was rotated elsewhere goes on with it while the overlap lasts.
func TestTheSecretThatLetTheClientIn(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		elsewhere := registry.New(w.store, w.clock.Now, secret)
		n := newClient(w.company)
		n.Scopes = []registry.Scope{registry.ScopeUsers}
		client, token, err := w.CreateClient(ctx, registry.SystemOperator, n)
		w.needs(err)
		byToken, err := w.Authenticate(ctx, token)
		w.needs(err)
		access, _, err := w.OpenAccess(ctx, byToken, nil, registry.Evidence{}, "r")
		w.needs(err)
		byAccess, err := w.AuthenticateReader(ctx, access)
		w.needs(err)
		hires := func() []error {
			var errs []error
			for _, c := range []registry.Client{byToken, byAccess} {
				errs = append(errs, second(w.Hire(ctx, c.Actor("r"), w.company.ID, draft(personCode()))))
			}
			return errs
		}
		rotate := func(overlap time.Duration) {
			_, _, err := elsewhere.RotateClient(ctx, registry.SystemOperator, client.ID, overlap, time.Hour)
			w.needs(err)
		}
		rotate(time.Minute)
		for _, err := range hires() {
			w.needs(err)
		}
		rotate(0)
		for _, err := range hires() {
			refused(t, err, registry.Forbidden, "credentials are no longer valid")
		}
	})
}

// What a client was given since does not dismiss it.
func TestANewSecretDismissesNobody(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		n := newClient(w.company)
		n.Scopes = []registry.Scope{registry.ScopeUsers}
		client, token, err := w.CreateClient(ctx, registry.SystemOperator, n)
		w.needs(err)
		known, err := w.AuthenticateReader(ctx, token)
		w.needs(err)
		more := client.Secrets[0]
		more.ID = "another"
		more.Hash = []byte("another")
		w.needs(w.store.Update(ctx, func(tx registry.Tx) error { return tx.InsertSecret(more) }))
		w.needs(second(w.Hire(ctx, known.Actor("r"), w.company.ID, draft(collaudini))))
	})
}
