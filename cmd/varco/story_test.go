package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"varco/cmd/varco/demo"
	"varco/registry"
	"varco/store/storetest"
)

// TestStories runs every story of testdata/stories against the whole program, on
// each engine. A story is a txtar archive: its comment holds one step a line, its
// files are the bodies that the steps send. See (*story).step for the steps.
func TestStories(t *testing.T) {
	paths, err := filepath.Glob("testdata/stories/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			storetest.EachURL(t, func(t *testing.T, database string) { tell(t, path, database) })
		})
	}
}

func tell(t *testing.T, path, database string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &story{t: t, database: database, dir: t.TempDir(), files: map[string]string{}, known: map[string]string{}}
	for _, f := range archive.Files {
		s.files[f.Name] = string(f.Data)
	}
	defer func() { s.stop() }()
	for n, line := range strings.Split(string(archive.Comment), "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		s.line = fmt.Sprintf("%s:%d: %s", path, n+1, line)
		s.step(strings.Fields(s.expand(line)))
	}
}

// story is the state of one story being told.
type story struct {
	t        *testing.T
	line     string
	database string
	dir      string
	files    map[string]string
	known    map[string]string // what ${name} stands for
	ready    demo.Ready
	end      func() // stops the program
	browser  *browser

	status int // of the last SCIM answer
	answer []byte
}

// step does one line:
//
//	start [demo flags]          starts the program; ${p1}.. are people with a first access, ${n1}.. without
//	stop                        stops it; the world is kept
//	scim METHOD PATH [FILE]     one request with the company's token
//	other METHOD PATH [FILE]    the same with the other company's token
//	status N                    of the last SCIM answer
//	answer PATH VALUE           one value of it, by names and indexes joined with dots; "-" means absent
//	keep NAME PATH              remembers a value of it as ${NAME}
//	enter CODE                  a fresh browser proves to be the person and reaches the choice
//	offered VALUE / unoffered VALUE
//	act VALUE                   chooses and goes to the application
//	whoami STATUS [TEXT...]     asks the application; each TEXT must be in the answer
//	clock DURATION              moves the clock
//	audit ACT ACTOR [TARGET]    the trail holds an entry like this (ACTOR is a prefix); waits for the sweep
func (s *story) step(words []string) {
	s.t.Helper()
	rest := words[1:]
	switch words[0] {
	case "start":
		s.start(rest)
	case "stop":
		s.stop()
	case "scim":
		s.scim(s.ready.SCIMToken, rest)
	case "other":
		s.scim(s.ready.SCIMTokenOtherCompany, rest)
	case "status":
		if got := fmt.Sprint(s.status); got != rest[0] {
			s.fail("status %s: %s", got, s.answer)
		}
	case "answer":
		if got, want := s.value(rest[0]), strings.Join(rest[1:], " "); got != want {
			s.fail("%s is %q in %s", rest[0], got, s.answer)
		}
	case "keep":
		s.known[rest[0]] = s.value(rest[1])
	case "enter":
		s.browser = newBrowser(s.t)
		s.browser.enter(s.ready.AppURL, rest[0])
	case "offered", "unoffered":
		if offered := s.browser.offered(); slices.Contains(offered, rest[0]) != (words[0] == "offered") {
			s.fail("the choice is %v", offered)
		}
	case "act":
		s.browser.actFor(rest[0])
	case "whoami":
		s.whoami(rest)
	case "clock":
		s.post(s.ready.ClockURL, `{"advance":"`+rest[0]+`"}`)
	case "audit":
		s.audit(rest)
	default:
		s.fail("no such step")
	}
}

func (s *story) fail(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("%s\n%s", s.line, fmt.Sprintf(format, args...))
}

func (s *story) expand(line string) string {
	return os.Expand(line, func(name string) string {
		if name == "$" { // "$$ref" is "$ref"
			return name
		}
		var days int
		if _, err := fmt.Sscanf(name, "today+%d", &days); err == nil { // a legal day, as of the start
			return registry.DayOf(time.Now()).Add(days).String()
		}
		v, ok := s.known[name]
		if !ok {
			s.t.Fatalf("%s: nothing is known as ${%s}", s.line, name)
		}
		return v
	})
}

func (s *story) start(flags []string) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	readyFile := filepath.Join(s.dir, "ready")
	_ = os.Remove(readyFile)
	args := append([]string{"demo", "-addr", "127.0.0.1:0", "-data", s.dir, "-database", s.database, "-ready", readyFile}, flags...)
	var output transcript
	done := make(chan int, 1)
	go func() { done <- run(ctx, args, stdio{&output, &output, nil}) }()
	s.end = func() {
		cancel()
		if code := <-done; code != 0 {
			s.t.Errorf("%s: the program ended with %d: %s", s.line, code, &output)
		}
	}
	for range 600 {
		if content, err := os.ReadFile(readyFile); err == nil {
			if err := json.Unmarshal(content, &s.ready); err != nil {
				s.fail("ready file: %v", err)
			}
			s.learn()
			return
		}
		if len(done) > 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.fail("the program is not ready")
}

// transcript keeps what a program says, several of its parts at once.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(b)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// learn remembers what the ready file tells.
func (s *story) learn() {
	s.known["company"] = s.ready.Company.FiscalCode
	for i, u := range s.ready.Company.Units {
		s.known[fmt.Sprintf("unit%d", i+1)] = u
	}
	entered, strangers := 0, 0
	for _, p := range s.ready.People {
		if p.FirstAccess {
			entered++
			s.known[fmt.Sprintf("p%d", entered)] = p.FiscalCode
		} else {
			strangers++
			s.known[fmt.Sprintf("n%d", strangers)] = p.FiscalCode
		}
	}
}

func (s *story) stop() {
	if s.end != nil {
		s.end()
		s.end = nil
	}
}

func (s *story) scim(token string, words []string) {
	s.t.Helper()
	var body io.Reader
	if len(words) > 2 {
		content, ok := s.files[words[2]]
		if !ok {
			s.fail("the archive has no file %s", words[2])
		}
		body = strings.NewReader(s.expand(content))
	}
	path, query, _ := strings.Cut(words[1], "?")
	if query != "" { // a filter is written with "_" for its blanks
		path += "?" + url.PathEscape(strings.ReplaceAll(query, "_", " "))
	}
	req, err := http.NewRequest(words[0], s.ready.SCIMURL+path, body)
	if err != nil {
		s.fail("%v", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/scim+json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.fail("%v", err)
	}
	defer resp.Body.Close()
	s.status = resp.StatusCode
	if s.answer, err = io.ReadAll(resp.Body); err != nil {
		s.fail("%v", err)
	}
}

// value finds "Resources.0.userName" in the last answer; a "|" may stand for a dot
// where names hold dots themselves.
func (s *story) value(path string) string {
	var v any
	if err := json.Unmarshal(s.answer, &v); err != nil {
		s.fail("the answer is no JSON: %s", s.answer)
	}
	names := strings.Split(path, ".")
	if strings.Contains(path, "|") {
		names = strings.Split(path, "|")
	}
	for _, name := range names {
		switch node := v.(type) {
		case map[string]any:
			v = node[name]
		case []any:
			var i int
			if _, err := fmt.Sscan(name, &i); err != nil || i >= len(node) {
				return "-"
			}
			v = node[i]
		default:
			return "-"
		}
	}
	if v == nil {
		return "-"
	}
	return fmt.Sprint(v)
}

func (s *story) whoami(words []string) {
	s.t.Helper()
	s.browser.open(s.ready.AppURL + "/whoami")
	if got := fmt.Sprint(s.browser.status); got != words[0] {
		s.fail("whoami answers %s: %s", got, s.browser.page)
	}
	for _, text := range words[1:] {
		if !strings.Contains(s.browser.page, text) {
			s.fail("whoami does not show %s: %s", text, s.browser.page)
		}
	}
}

func (s *story) post(address, body string) {
	s.t.Helper()
	resp, err := http.Post(address, "application/json", strings.NewReader(body))
	if err != nil {
		s.fail("%v", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		s.fail("status %d", resp.StatusCode)
	}
}

// audit looks for an entry, for as long as a sweep may take to write it.
func (s *story) audit(words []string) {
	s.t.Helper()
	var trail bytes.Buffer
	for range 40 {
		trail.Reset()
		if code := run(context.Background(), []string{"audit", "-database", s.database}, stdio{&trail, &trail, nil}); code != 0 {
			s.fail("varco audit: %s", &trail)
		}
		for line := range strings.Lines(trail.String()) {
			if strings.Contains(line, `"act":"`+words[0]+`"`) && strings.Contains(line, `"actor":"`+words[1]) &&
				(len(words) < 3 || strings.Contains(line, words[2])) {
				return
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.fail("not in the trail:\n%s", &trail)
}
