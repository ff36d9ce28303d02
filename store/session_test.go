package store_test

import (
	"reflect"
	"testing"
	"time"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

func (w *world) login() registry.Login {
	return registry.Login{
		ID: "login-a", CookieHash: []byte{1, 2, 255}, PersonID: w.person.ID, Scheme: "SPID", IdP: "https://idp.example", SpidCode: "S1",
		Level: 2, Class: "https://www.spid.gov.it/SpidL2", CreatedAt: noon, ExpiresAt: noon.Add(8 * time.Hour),
	}
}

func (w *world) session(id registry.SessionID) registry.Session {
	return registry.Session{
		ID: id, LoginID: "login-a", PersonID: w.person.ID, Application: "https://app.example", CompanyID: w.company.ID,
		CollaboratorID: w.collaborator.ID, Grants: []registry.GrantID{w.grant.ID}, CreatedAt: noon, NotOnOrAfter: noon.Add(8 * time.Hour),
	}
}

func findSession(id registry.SessionID) func(registry.Reader) (registry.Session, error) {
	return func(rd registry.Reader) (registry.Session, error) { return rd.Session(id) }
}

func TestSession(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		company, citizen := w.session("session-a"), w.session("session-b")
		company.Grants = []registry.GrantID{"g1", w.grant.ID}
		citizen.CompanyID, citizen.CollaboratorID, citizen.Grants = "", "", nil
		w.must(func(tx registry.Tx) error {
			return first(tx.InsertGrants([]registry.Grant{w.open("g1", "zeta", "")}), tx.InsertLogin(w.login()),
				tx.InsertSession(company), tx.InsertSession(citizen))
		})
		for _, want := range []registry.Session{company, citizen} {
			if got := read(w, findSession(want.ID)); !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
		}
		missing(w, findSession("none"))
	})
}

func TestEndSessions(t *testing.T) {
	cases := map[string]struct {
		match registry.SessionMatch
		ended bool
	}{
		"collaborator":       {registry.SessionMatch{Collaborator: "collaborator-a"}, true},
		"other collaborator": {registry.SessionMatch{Collaborator: "x"}, false},
		"person":             {registry.SessionMatch{Person: "person-a"}, true},
		"other person":       {registry.SessionMatch{Person: "x"}, false},
		"company":            {registry.SessionMatch{Company: "company-a"}, true},
		"other company":      {registry.SessionMatch{Company: "x"}, false},
		"login":              {registry.SessionMatch{Login: "login-a"}, true},
		"other login":        {registry.SessionMatch{Login: "x"}, false},
		"unit":               {registry.SessionMatch{Unit: "unit-a"}, true},
		"other unit":         {registry.SessionMatch{Unit: "x"}, false},
		"grant":              {registry.SessionMatch{Grants: []registry.GrantID{"x", "grant-a"}}, true},
		"other grant":        {registry.SessionMatch{Grants: []registry.GrantID{"x"}}, false},
		"nothing":            {registry.SessionMatch{}, false},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		before := w.session("session-a")
		w.must(func(tx registry.Tx) error { return first(tx.InsertLogin(w.login()), tx.InsertSession(before)) })
		at := noon.Add(time.Hour)
		after := before
		after.EndedAt, after.EndReason = at, registry.EndRevoked
		notice := registry.Notice{
			ID: "session-a", Kind: registry.NoticeSessionEnded, Recipient: "https://app.example", Subject: "session-a", CreatedAt: at, Attempts: 1,
		}
		for name, tc := range cases {
			want, notices := before, []registry.Notice(nil)
			if tc.ended {
				want, notices = after, []registry.Notice{notice}
			}
			w.trial(func(tx registry.Tx) {
				err := tx.EndSessions(tc.match, at, registry.EndRevoked)
				got, readErr := tx.Session("session-a")
				if err != nil || readErr != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%s: got %+v and errors %v, %v\nwant %+v", name, got, err, readErr, want)
				}
				told, err := tx.LeaseNotices(at, at, 10)
				if err != nil || !reflect.DeepEqual(told, notices) {
					t.Errorf("%s: notices %+v and error %v, want %+v", name, told, err, notices)
				}
			})
		}
	})
}

// What has ended or run out is not ended again, and nobody is told again.
func TestOnlyOpenSessionsEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		runOut := w.session("session-a")
		runOut.NotOnOrAfter = noon.Add(time.Hour)
		all := registry.SessionMatch{Person: w.person.ID}
		w.must(func(tx registry.Tx) error {
			return first(tx.InsertLogin(w.login()), tx.InsertSession(runOut), tx.InsertSession(w.session("session-b")),
				tx.EndSessions(all, noon.Add(time.Hour), registry.EndLogout), tx.EndSessions(all, noon.Add(2*time.Hour), registry.EndRevoked))
		})
		if got := read(w, findSession("session-a")); !got.EndedAt.IsZero() {
			t.Errorf("a session that had run out was ended: %+v", got)
		}
		if got := read(w, findSession("session-b")); got.EndReason != registry.EndLogout {
			t.Errorf("ended again: %+v", got)
		}
		if got := w.lease(noon.AddDate(0, 0, 1), noon, 10); len(got) != 1 {
			t.Errorf("%d notices, want 1: %+v", len(got), got)
		}
	})
}
