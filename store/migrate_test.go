package store_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"varco/registry"
	"varco/store"
	"varco/store/migrations"
	"varco/store/storetest"
)

// eachBare runs a test on an empty database of each engine, not yet migrated.
func eachBare(t *testing.T, test func(t *testing.T, url string)) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		if strings.HasPrefix(url, "sqlite:") {
			url = "sqlite:" + filepath.Join(t.TempDir(), "a b?c#d%e.db")
		} else {
			url = storetest.Bare(t)
		}
		test(t, url)
	})
}

func TestOpenRefusesADatabaseThatIsBehind(t *testing.T) {
	eachBare(t, func(t *testing.T, url string) {
		if s, err := store.Open(context.Background(), url); err == nil {
			_ = s.Close()
			t.Fatal("opened an empty database")
		}
		reopen(t, url, store.Migrating())
		v, err := store.Status(context.Background(), url)
		if err != nil || v.Database != v.Program || v.Program == 0 {
			t.Errorf("got %+v and error %v, want the program's version", v, err)
		}
	})
}

func TestADatabaseThatIsNewerIsRefused(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		if _, err := raw(t, url).Exec("UPDATE schema_version SET version = 4711"); err != nil {
			t.Fatal(err)
		}
		_, openErr := store.Open(context.Background(), url)
		for _, err := range []error{openErr, store.Migrate(context.Background(), url)} {
			if err == nil || !strings.Contains(err.Error(), "4711") || !strings.Contains(err.Error(), "this program knows") {
				t.Errorf("got %v, want an error that names both versions", err)
			}
		}
	})
}

func TestMigrateKeepsWhatIsThere(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newWorld(t, reopen(t, url))
		if err := store.Migrate(context.Background(), url); err != nil {
			t.Fatal(err)
		}
		w.find(w.collaborator.ID)
	})
}

// released is a database of the first release with a collaborator and a client,
// whose token has the hash.
const released = `
CREATE TABLE schema_version (id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1), version BIGINT NOT NULL);
INSERT INTO schema_version (id, version) VALUES (1, 1);
INSERT INTO company (id, fiscal_code, name, types, qualifications, state, created_at, updated_at, version)
  VALUES ('company-a', '12345678903', 'Alfa', '["DATORE_PRIVATO"]', '[]', 'ACTIVE', 1, 1, 1);
INSERT INTO unit (id, company_id, code, name, created_at, updated_at, version) VALUES ('unit-a', 'company-a', 'HQ', 'Sede', 1, 1, 1);
INSERT INTO collaborator (id, company_id, user_name, user_name_key, card, home_unit_id, opened_at, stable, processing_authorised,
    processing_scopes, created_at, updated_at, version, waiting)
  VALUES ('collaborator-a', 'company-a', 'Anna', 'anna', '{"nickName":"Ànna","emails":[{"value":"Anna@Example.com"},{"value":"b@example.com"}]}',
    'unit-a', 1, FALSE, TRUE, '[]', 1, 1, 7, FALSE);
INSERT INTO entitlement_grant (id, collaborator_id, profile, unit_id, granted_at, granted_by)
  VALUES ('grant-a', 'collaborator-a', 'co-sare-gestione', 'unit-a', 1, 'CLIENT:client');
INSERT INTO client (id, company_id, name, scopes, token_hash, attestation, created_at, created_by, expires_at)
  VALUES ('CLIENT', 'company-a', 'hr', '["read"]', '{{hash}}', 'contract', 1, 'SYSTEM:operator', 4102444800000000)`

// A database of the first release keeps all it has, and what is there is found by
// all that newer rows are found by.
func TestMigrateFromTheFirstRelease(t *testing.T) {
	eachBare(t, func(t *testing.T, url string) {
		if strings.HasPrefix(url, "sqlite:") {
			url = "sqlite:" + filepath.Join(t.TempDir(), "released.db") // a name that raw can open too
		}
		ctx, secret := context.Background(), []byte(strings.Repeat("k", 32))
		first, err := migrations.Files.ReadFile("0001_registry.sql")
		if err != nil {
			t.Fatal(err)
		}
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte("client\x00SECRET"))
		old := strings.Replace(released, "{{hash}}", hex.EncodeToString(mac.Sum(nil)), 1)
		if _, err := raw(t, url).Exec(string(first) + old); err != nil {
			t.Fatal(err)
		}
		reg := registry.New(reopen(t, url, store.Migrating()), func() time.Time { return noon }, secret)
		client, err := reg.Authenticate(ctx, "varco_CLIENT_SECRET")
		if err != nil || client.CompanyID != "company-a" || client.Agency || len(client.Scopes) != 1 {
			t.Fatalf("the old token: %+v, %v", client, err)
		}
		if _, token, err := reg.RotateClient(ctx, registry.SystemOperator, "CLIENT", time.Hour, 2*time.Hour); err != nil {
			t.Error(err)
		} else if _, err := reg.Authenticate(ctx, token); err != nil {
			t.Error(err)
		}
		email := func(address string) registry.Filter {
			return registry.Some{Of: registry.Part{Pointer: "/emails", Kind: registry.List},
				Where: registry.Compare{Field: registry.Part{Pointer: "/value", Kind: registry.FoldedText}, Op: registry.Equal, Value: address}}
		}
		for name, f := range map[string]registry.Filter{
			"nobody asked for": nil,
			"first address":    email("anna@example.com"),
			"second address":   email("b@example.com"),
			"folded text":      registry.Compare{Field: registry.Part{Pointer: "/nickName", Kind: registry.FoldedText}, Op: registry.Equal, Value: "ànna"},
		} {
			page, err := reg.Collaborators(ctx, client.Actor(""), registry.Query{Company: "company-a", Where: f, Limit: 2})
			if err != nil || len(page.Items) != 1 || page.Items[0].Version != 7 || page.Items[0].HomeUnitCode != "HQ" || len(page.Items[0].Grants) != 1 {
				t.Errorf("%s: %+v, %v", name, page, err)
			}
		}
	})
}

func TestReplicasMigrateAtOnce(t *testing.T) {
	eachBare(t, func(t *testing.T, url string) {
		var replicas sync.WaitGroup
		for range 6 {
			replicas.Go(func() {
				if err := store.Migrate(context.Background(), url); err != nil {
					t.Error(err)
				}
			})
		}
		replicas.Wait()
		reopen(t, url)
	})
}

func TestURLsThatAreRefused(t *testing.T) {
	for _, url := range []string{"", "mysql://x", "varco.db", "postgres://%zz", "sqlite:" + filepath.Join(t.TempDir(), "none", "varco.db")} {
		if s, err := store.Open(context.Background(), url, store.Migrating()); err == nil {
			_ = s.Close()
			t.Errorf("%q was opened", url)
		}
	}
}
