package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// ready is what the load needs of the file that varco demo writes once it listens.
type ready struct {
	SCIMURL   string `json:"scim_url"`
	SCIMToken string `json:"scim_token"`
	Company   struct {
		Units []string `json:"units"`
	} `json:"company"`
}

// site is where a server keeps its data: a folder, and a PostgreSQL database unless
// it keeps them on SQLite in the folder.
type site struct {
	dir      string
	database string
}

// newSite makes an empty site on the engine.
func newSite(ctx context.Context, engine string) (site, error) {
	dir, err := os.MkdirTemp("", "varco-load-")
	if err != nil || engine == "sqlite" {
		return site{dir: dir}, err
	}
	if engine != "postgres" {
		return site{dir: dir}, fmt.Errorf("engine %q: expected sqlite or postgres", engine)
	}
	server, err := url.Parse(os.Getenv("VARCO_TEST_POSTGRES"))
	if err != nil || server.Host == "" {
		return site{dir: dir}, errors.New("VARCO_TEST_POSTGRES names no PostgreSQL server")
	}
	server.Path = "/load_" + newID()
	s := site{dir: dir, database: server.String()}
	return s, s.onServer(ctx, "CREATE DATABASE ")
}

// remove leaves nothing of the site.
func (s site) remove() error {
	err := os.RemoveAll(s.dir)
	if s.database != "" {
		err = errors.Join(err, s.onServer(context.Background(), "DROP DATABASE IF EXISTS "))
	}
	return err
}

// onServer runs a statement about the site's database.
func (s site) onServer(ctx context.Context, statement string) error {
	db, err := sql.Open("postgres", os.Getenv("VARCO_TEST_POSTGRES"))
	if err != nil {
		return err
	}
	defer db.Close()
	u, err := url.Parse(s.database)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, statement+u.Path[1:])
	return err
}

// process is a running server.
type process struct {
	command *exec.Cmd
	log     string
	ready   ready
	ended   chan struct{} // closed then
}

// start runs a server that takes the flags of varco demo, and waits until it listens.
func start(ctx context.Context, site site, program, subcommand string) (*process, error) {
	readyFile := filepath.Join(site.dir, "ready")
	if err := os.Remove(readyFile); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	args := []string{subcommand, "-addr", "127.0.0.1:0", "-data", site.dir, "-ready", readyFile}
	if site.database != "" {
		args = append(args, "-database", site.database)
	}
	log, err := os.OpenFile(filepath.Join(site.dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &process{command: exec.CommandContext(ctx, program, args...), log: log.Name(), ended: make(chan struct{})}
	p.command.Stdout, p.command.Stderr = log, log
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.command.Wait() // the state is kept in the command
		close(p.ended)
	}()
	return p, p.await(readyFile)
}

func (p *process) await(readyFile string) error {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		if content, err := os.ReadFile(readyFile); err == nil {
			return json.Unmarshal(content, &p.ready)
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended at once: %v\n%s", p.command, p.command.ProcessState, p.lastWords())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return errors.Join(fmt.Errorf("%s: no ready file after 30 s\n%s", p.command, p.lastWords()), p.kill())
}

// lastWords is the end of the server's log.
func (p *process) lastWords() string {
	content, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(content[max(0, len(content)-2000):])
}

// resident is the memory of the process, in MiB: now, and at most so far (proc(5)).
func (p *process) resident() (now, most int, err error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(content)) {
		for name, into := range map[string]*int{"VmRSS:": &now, "VmHWM:": &most} {
			if rest, ok := strings.CutPrefix(line, name); ok {
				_, err = fmt.Sscan(rest, into)
				*into /= 1024 // from kB
			}
		}
	}
	return now, most, err
}

// kill ends the process at once, as kill -9 does.
func (p *process) kill() error { return p.end(syscall.SIGKILL) }

// stop asks the process to end, and insists after a while.
func (p *process) stop() error { return p.end(syscall.SIGTERM) }

func (p *process) end(signal os.Signal) error {
	if err := p.command.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(10 * time.Second):
		return p.command.Process.Kill()
	}
}

func newID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
