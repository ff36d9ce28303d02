package store

import (
	"context"
	"database/sql"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

var postgresDialect = dialect{placeholder: sqlx.DOLLAR, position: "strpos", byteOrder: ` COLLATE "C"`, together: true}

// How long a server may keep silent. lib/pq does not look at a context while it
// waits for an answer, so the connection itself must give up.
const (
	silence = 2 * time.Second
	// silenceAfterStall holds from one such silence until the server speaks again:
	// whoever waited for a connection behind it must not wait as long once more.
	silenceAfterStall = 250 * time.Millisecond
)

func isPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

func connectPostgres(url string, connections int) (*Store, error) {
	db, err := openPostgres(url, silence)
	if err != nil {
		return nil, err
	}
	p := newPool(db, postgresDialect, connections)
	return &Store{read: p, write: p}, nil
}

// openPostgres opens connections that bear a silence of the server of so long.
func openPostgres(url string, silence time.Duration) (*sqlx.DB, error) {
	cfg, err := postgresConfig(url)
	if err != nil {
		return nil, err
	}
	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, err
	}
	connector.Dialer(&watchfulDialer{silence: silence})
	return sqlx.NewDb(sql.OpenDB(connector), "postgres"), nil
}

// postgresConfig adds to the URL what the store relies on.
func postgresConfig(url string) (pq.Config, error) {
	cfg, err := pq.NewConfig(url)
	if err != nil {
		return pq.Config{}, err
	}
	cfg.BinaryParameters = true // a statement with arguments is one round trip, not two
	if cfg.Runtime == nil {
		cfg.Runtime = map[string]string{}
	}
	// A sequential scan of a small table would make every transaction conflict with
	// every other: a serializable one is held to all that it has read.
	cfg.Runtime["enable_seqscan"] = "off"
	// The plan of a prepared statement does not depend on its arguments here, and
	// making it anew costs several times what running it does.
	cfg.Runtime["plan_cache_mode"] = "force_generic_plan"
	cfg.Runtime["jit"] = "off"
	return cfg, nil
}

// watchfulDialer opens connections that do not wait for ever.
type watchfulDialer struct {
	silence time.Duration
	stalled atomic.Bool
	dialer  net.Dialer
}

func (d *watchfulDialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

func (d *watchfulDialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

func (d *watchfulDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.limit())
	defer cancel()
	c, err := d.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &watchfulConn{Conn: c, dialer: d}, nil
}

func (d *watchfulDialer) limit() time.Duration {
	if d.stalled.Load() {
		return silenceAfterStall
	}
	return d.silence
}

// watchfulConn fails a Read or a Write that takes longer than the limit.
type watchfulConn struct {
	net.Conn
	dialer *watchfulDialer
}

func (c *watchfulConn) Read(b []byte) (int, error) {
	stop := c.watch()
	n, err := c.Conn.Read(b)
	stop()
	if err == nil {
		c.dialer.stalled.Store(false)
	}
	return n, err
}

func (c *watchfulConn) Write(b []byte) (int, error) {
	defer c.watch()()
	return c.Conn.Write(b)
}

// watch puts the connection's deadline into the past when the limit is over.
func (c *watchfulConn) watch() (stop func() bool) {
	return time.AfterFunc(c.dialer.limit(), func() {
		c.dialer.stalled.Store(true)
		// An error means that the connection is closed, which wakes it as well.
		_ = c.SetDeadline(time.Unix(1, 0))
	}).Stop
}
