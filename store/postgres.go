package store

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

var postgresDialect = dialect{placeholder: sqlx.DOLLAR, position: "strpos", byteOrder: ` COLLATE "C"`,
	json: "::jsonb", member: "'%s'", listed: "jsonb_array_elements(%s) AS e(value)", scalar: "(e.value #>> '{}')",
	// An array, of which the planner supposes that it is short: of a function's rows it
	// supposes a hundred, and reads a whole table rather than find each.
	among: "= ANY (ARRAY(SELECT json_array_elements_text(?)))", together: true}

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
	reader, err := openPostgres(url, silence)
	if err != nil {
		return nil, err
	}
	writer, err := openPostgres(url, silence, serializable)
	if err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	return &Store{
		read:  newPool(reader, postgresDialect, connections),
		write: newPool(writer, postgresDialect, connections),
	}, nil
}

// serializable makes each statement that is no part of a transaction a serializable
// one by itself. Connections that only read stay as they are: a serializable
// transaction costs more, and others can conflict with it.
func serializable(cfg *pq.Config) { cfg.Runtime["default_transaction_isolation"] = "serializable" }

// openPostgres opens connections that bear a silence of the server of so long.
func openPostgres(url string, silence time.Duration, set ...func(*pq.Config)) (*sqlx.DB, error) {
	cfg, err := postgresConfig(url)
	if err != nil {
		return nil, err
	}
	for _, f := range set {
		f(&cfg)
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

// watchfulConn fails a Read or a Write that takes longer than the limit. It also
// tells database/sql, which sends a statement again when the connection turns out to
// be gone, whether that is safe: a statement may be a whole transaction.
type watchfulConn struct {
	net.Conn
	dialer *watchfulDialer
}

// Read never ends with io.EOF, which lib/pq takes for a connection that was dead
// before: the statement may have arrived.
func (c *watchfulConn) Read(b []byte) (int, error) {
	stop := c.watch()
	n, err := c.Conn.Read(b)
	stop()
	if errors.Is(err, io.EOF) {
		err = &net.OpError{Op: "read", Net: "tcp", Err: err}
	}
	if err == nil {
		c.dialer.stalled.Store(false)
	}
	return n, err
}

// Write sends nothing to a server that has closed the connection: what was not sent
// can be sent again.
func (c *watchfulConn) Write(b []byte) (int, error) {
	if c.closed() {
		return 0, io.ErrClosedPipe
	}
	defer c.watch()()
	return c.Conn.Write(b)
}

// closed looks whether the other side has closed, and takes nothing off the wire.
func (c *watchfulConn) closed() (gone bool) {
	socket, ok := c.Conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return true
	}
	err = raw.Control(func(fd uintptr) {
		var b [1]byte
		n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		gone = n == 0 && err == nil || errors.Is(err, syscall.ECONNRESET)
	})
	return gone || err != nil
}

// watch puts the connection's deadline into the past when the limit is over.
func (c *watchfulConn) watch() (stop func() bool) {
	return time.AfterFunc(c.dialer.limit(), func() {
		c.dialer.stalled.Store(true)
		// An error means that the connection is closed, which wakes it as well.
		_ = c.SetDeadline(time.Unix(1, 0))
	}).Stop
}
