package store_test

import (
	"bytes"
	"context"
	"net"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

// proxy stands between the store and PostgreSQL and can misbehave.
type proxy struct {
	listener net.Listener
	server   string
	stalled  atomic.Bool         // takes everything and passes nothing on
	cut      atomic.Pointer[cut] // what to break next

	mu    sync.Mutex
	conns []net.Conn
}

// cut breaks a connection at a statement, once: before the server sees it, or
// after the server has answered it.
type cut struct {
	at      string
	answers bool
}

// proxied gives the URL of an empty database behind a proxy.
func proxied(t *testing.T) (*proxy, string) {
	t.Helper()
	if os.Getenv("VARCO_TEST_ENGINES") == "sqlite" {
		t.Skip("a developer asked for SQLite alone")
	}
	u, err := url.Parse(storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, server: u.Host}
	var serving sync.WaitGroup
	serving.Go(p.serve)
	t.Cleanup(func() {
		_ = listener.Close()
		p.closeAll()
		serving.Wait()
	})
	u.Host = listener.Addr().String()
	return p, u.String()
}

func (p *proxy) serve() {
	var pipes sync.WaitGroup
	defer pipes.Wait()
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		var broken atomic.Bool
		pipes.Go(func() { p.pipe(client, server, &broken, true) })
		pipes.Go(func() { p.pipe(server, client, &broken, false) })
	}
}

// pipe passes on what comes from one side. broken is set when the next answer of
// the server must not arrive.
func (p *proxy) pipe(from, to net.Conn, broken *atomic.Bool, request bool) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil || !request && broken.Load() {
			return
		}
		for p.stalled.Load() {
			time.Sleep(5 * time.Millisecond)
		}
		c := p.cut.Load()
		if request && c != nil && bytes.Contains(buf[:n], []byte(c.at)) && p.cut.CompareAndSwap(c, nil) {
			if !c.answers {
				return
			}
			broken.Store(true)
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (p *proxy) closeAll() {
	p.stalled.Store(false)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

// within fails the test when something takes longer than a hung database may.
func within(t *testing.T, what string, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { do(); close(done) }()
	select {
	case <-done:
	case <-time.After(2500*time.Millisecond + slack):
		t.Errorf("%s: longer than 2.5 s", what)
		<-done
	}
}

// slack is for a machine that is busy with other tests.
const slack = 500 * time.Millisecond

// facts/security.md, finding 7: lib/pq alone would wait as long as the server does.
func TestAServerThatHangs(t *testing.T) {
	p, url := proxied(t)
	s := reopen(t, url, store.Connections(4))
	w := newWorld(t, s)
	p.stalled.Store(true)
	unavailable := func(what string, err error) {
		if registry.KindOf(err) != registry.Unavailable || err == nil {
			t.Errorf("%s: got %v, want Unavailable", what, err)
		}
	}
	within(t, "twelve callers for four connections", func() {
		parallel(12, func(i int) {
			if i%2 == 0 {
				unavailable("Update", w.update(func(tx registry.Tx) error { return tx.DeleteNotice("n") }))
				return
			}
			_, err := tryRead(w, registry.Reader.Companies)
			unavailable("View", err)
		})
	})
	within(t, "Ping", func() { unavailable("Ping", s.Ping(context.Background())) })
	p.stalled.Store(false)
	within(t, "recovery", func() {
		for {
			if _, err := tryRead(w, registry.Reader.Companies); err == nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
}

func TestAConnectionLostBeforeTheCommit(t *testing.T) {
	for _, at := range []string{"BEGIN", "SELECT", "DELETE FROM notice"} {
		p, url := proxied(t)
		w := newWorld(t, reopen(t, url))
		p.cut.Store(&cut{at: at})
		w.must(whole)
		if p.cut.Load() != nil {
			t.Errorf("%s: nothing was cut", at)
		}
	}
}

// A commit whose answer is lost may have happened. It is not tried again, and the
// caller is told that the store does not know. The same goes for a statement that is
// a whole update.
func TestACommitWithoutAnAnswer(t *testing.T) {
	for _, c := range []struct {
		at       string
		begin    func(registry.Tx) error
		answers  bool
		wantRuns int
	}{
		{"COMMIT", whole, false, 2}, // once as a sketch
		{"COMMIT", whole, true, 2},
		{"INTO collaborator", nil, false, 1},
		{"INTO collaborator", nil, true, 1},
	} {
		p, url := proxied(t)
		w := newWorld(t, reopen(t, url))
		p.cut.Store(&cut{at: c.at, answers: c.answers})
		runs := 0
		w.refused(registry.Unavailable, "the registry is not available", func(tx registry.Tx) error {
			runs++
			if c.begin != nil {
				if err := c.begin(tx); err != nil {
					return err
				}
			}
			return tx.InsertCollaborator(w.someone("c", "c"))
		})
		if runs != c.wantRuns {
			t.Errorf("%s: tried %d times, want %d", c.at, runs, c.wantRuns)
		}
		_, err := tryRead(w, func(rd registry.Reader) (registry.Collaborator, error) { return rd.Collaborator(w.company.ID, "c") })
		if kept := err == nil; kept != c.answers {
			t.Errorf("%s: kept %v, want %v", c.at, kept, c.answers)
		}
	}
}

func TestConnectionsThatDiedInThePool(t *testing.T) {
	p, url := proxied(t)
	w := newWorld(t, reopen(t, url))
	parallel(8, func(int) { read(w, registry.Reader.Companies) })
	p.closeAll()
	w.must(func(tx registry.Tx) error { return tx.DeleteNotice("n") })
	p.closeAll()
	read(w, registry.Reader.Companies)
}

func TestNothingIsLeftRunning(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		before := goleak.IgnoreCurrent()
		s, err := store.Open(context.Background(), url)
		if err != nil {
			t.Fatal(err)
		}
		newWorld(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		goleak.VerifyNone(t, before)
	})
}
