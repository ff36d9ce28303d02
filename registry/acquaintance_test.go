package registry_test

import (
	"testing"
	"time"

	"varco/registry"
)

// reader makes a client that may read.
func (w *world) reader() (registry.Client, string) {
	c, token, err := w.CreateClient(ctx, registry.SystemOperator, newClient(w.company))
	w.needs(err)
	return c, token
}

// A reader may be let in on what was read half a second ago; a revocation here ends
// that at once, one elsewhere within that time; whoever writes is read anew.
func TestReadersAreRemembered(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		client, token := w.reader()
		elsewhere := registry.New(w.store, w.clock.Now, secret)
		w.needs(second(w.AuthenticateReader(ctx, token)))
		w.needs(elsewhere.RevokeClient(ctx, registry.SystemOperator, client.ID))
		if _, err := w.Authenticate(ctx, token); err == nil {
			t.Error("a writer is let in on what is remembered")
		}
		if _, err := w.AuthenticateReader(ctx, token); err == nil {
			t.Error("what a writer read is not remembered for readers")
		}

		client, token = w.reader()
		w.needs(second(w.AuthenticateReader(ctx, token)))
		w.needs(elsewhere.RevokeClient(ctx, registry.SystemOperator, client.ID))
		w.clock.advance(499 * time.Millisecond)
		w.needs(second(w.AuthenticateReader(ctx, token)))
		w.clock.advance(time.Millisecond)
		if _, err := w.AuthenticateReader(ctx, token); err == nil {
			t.Error("a client revoked elsewhere reads on")
		}

		client, token = w.reader()
		w.needs(second(w.AuthenticateReader(ctx, token)))
		w.needs(w.RevokeClient(ctx, registry.SystemOperator, client.ID))
		if _, err := w.AuthenticateReader(ctx, token); err == nil {
			t.Error("a client revoked here reads on")
		}
	})
}

// Nobody is let in with another secret because the client is remembered.
func TestRememberedClientsProveThemselves(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		_, token := w.reader()
		w.needs(second(w.AuthenticateReader(ctx, token)))
		wrong := token[:len(token)-1] + "0"
		if _, err := w.AuthenticateReader(ctx, wrong); err == nil {
			t.Error("let in with a wrong secret")
		}
	})
}
