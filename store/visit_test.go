package store_test

import (
	"reflect"
	"testing"
	"time"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

func aVisit() registry.Visit {
	return registry.Visit{
		ID: "visit-a", CookieHash: []byte{9, 0, 9}, Application: "https://app.example", AppRequestID: "r1", ReplyTo: "https://app.example/acs",
		RelayState: "rs", MinLevel: 2, ForceLogin: true, CreatedAt: noon, ExpiresAt: noon.Add(time.Hour),
	}
}

func aLoginRequest() registry.LoginRequest {
	return registry.LoginRequest{ID: "_request", VisitID: "visit-a", IdP: "https://idp.example", Level: 2, IssuedAt: noon, ExpiresAt: noon.Add(10 * time.Minute)}
}

func visitOf(cookie []byte) func(registry.Reader) (registry.Visit, error) {
	return func(rd registry.Reader) (registry.Visit, error) { return rd.VisitByCookie(cookie) }
}

func findRequest(rd registry.Reader) (registry.LoginRequest, error) {
	return rd.LoginRequest(aLoginRequest().ID)
}

func TestVisit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		v := aVisit()
		w.must(func(tx registry.Tx) error { return first(tx.InsertVisit(v), tx.InsertLogin(w.login())) })
		if got := read(w, visitOf(v.CookieHash)); !reflect.DeepEqual(got, v) {
			t.Errorf("got %+v, want %+v", got, v)
		}
		v.LoginID, v.ForceLogin = "login-a", false
		w.must(func(tx registry.Tx) error { return tx.UpdateVisit(v) })
		if got := read(w, visitOf(v.CookieHash)); !reflect.DeepEqual(got, v) {
			t.Errorf("got %+v, want %+v", got, v)
		}
		missing(w, visitOf([]byte{9}))
		missing(w, visitOf(nil))
		w.must(func(tx registry.Tx) error { return first(tx.InsertLoginRequest(aLoginRequest()), tx.DeleteVisit(v.ID)) })
		missing(w, visitOf(v.CookieHash))
		missing(w, findRequest)
	})
}

func TestLoginRequestIsTakenOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.must(func(tx registry.Tx) error {
			return first(tx.InsertVisit(aVisit()), tx.InsertLoginRequest(aLoginRequest()))
		})
		if got := read(w, findRequest); got != aLoginRequest() {
			t.Errorf("got %+v, want %+v", got, aLoginRequest())
		}
		take := func(tx registry.Tx) error {
			got, err := tx.TakeLoginRequest(aLoginRequest().ID)
			if err == nil && got != aLoginRequest() {
				t.Errorf("took %+v, want %+v", got, aLoginRequest())
			}
			return err
		}
		w.must(take)
		w.refused(registry.NotFound, "not found", take)
		missing(w, findRequest)
	})
}

func TestUsedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		use := func(issuer, id string) func(registry.Tx) error {
			return func(tx registry.Tx) error { return tx.InsertUsed(issuer, id, noon) }
		}
		w.must(use("idp-a", "_1"))
		w.refused(registry.Conflict, "id: already used", use("idp-a", "_1"))
		w.must(use("idp-b", "_1"))
		w.must(use("idp-a", "_2"))
	})
}

func TestForget(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		v, q := aVisit(), aLoginRequest()
		q.ExpiresAt = v.ExpiresAt
		w.must(func(tx registry.Tx) error {
			return first(tx.InsertVisit(v), tx.InsertLoginRequest(q), tx.InsertUsed("i", "x", v.ExpiresAt), tx.Forget(v.ExpiresAt))
		})
		read(w, visitOf(v.CookieHash))
		read(w, findRequest)
		use := func(tx registry.Tx) error { return tx.InsertUsed("i", "x", v.ExpiresAt) }
		w.refused(registry.Conflict, "already used", use)
		w.must(func(tx registry.Tx) error { return tx.Forget(v.ExpiresAt.Add(time.Microsecond)) })
		missing(w, visitOf(v.CookieHash))
		missing(w, findRequest)
		w.must(use)
	})
}

func TestLogin(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		l := w.login()
		byID := func(rd registry.Reader) (registry.Login, error) { return rd.Login(l.ID) }
		byCookie := func(rd registry.Reader) (registry.Login, error) { return rd.LoginByCookie(l.CookieHash) }
		w.must(func(tx registry.Tx) error { return tx.InsertLogin(l) })
		for _, find := range []func(registry.Reader) (registry.Login, error){byID, byCookie} {
			if got := read(w, find); !reflect.DeepEqual(got, l) {
				t.Errorf("got %+v, want %+v", got, l)
			}
		}
		l.ExpiresAt, l.EndedAt, l.EndReason = noon, noon, registry.EndLogout
		w.must(func(tx registry.Tx) error {
			return first(tx.UpdateLogin(l), tx.EndLogins(w.person.ID, noon.Add(time.Hour), registry.EndPersonBlocked))
		})
		if got := read(w, byID); !reflect.DeepEqual(got, l) {
			t.Errorf("got %+v, want %+v", got, l)
		}
	})
}

func TestEndLogins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		l := w.login()
		w.must(func(tx registry.Tx) error {
			return first(tx.InsertLogin(l), tx.EndLogins("person-b", noon, registry.EndPersonBlocked))
		})
		byID := func(rd registry.Reader) (registry.Login, error) { return rd.Login(l.ID) }
		if got := read(w, byID); !got.EndedAt.IsZero() {
			t.Errorf("another person's login ended: %+v", got)
		}
		w.must(func(tx registry.Tx) error { return tx.EndLogins(w.person.ID, noon, registry.EndPersonBlocked) })
		if got := read(w, byID); !got.EndedAt.Equal(noon) || got.EndReason != registry.EndPersonBlocked {
			t.Errorf("not ended: %+v", got)
		}
	})
}
