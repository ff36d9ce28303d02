package scim_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

// TestScripts runs testdata/*.txt, each a conversation with a server, on both engines; those in vendors are what the
// provisioning systems of others send, after their documentation.
//
// A line is a comment (#), a command (clock, enter, block, confirm, sweep, as), a request (METHOD path, header lines, a body) or
// an expected answer (=> status, header lines, a body). Of an expected object only the members named are compared; "*"
// stands for any value, "!" for none, "~x" for a text with x in it; "{{x=}}" remembers a string that {{x}} stands for from then on.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	vendors, err2 := filepath.Glob("testdata/vendors/*.txt")
	if files = append(files, vendors...); err != nil || err2 != nil || len(vendors) == 0 {
		t.Fatal("no scripts", err, err2)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".txt"), func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) { runScript(t, newWorld(t, s), file) })
		})
	}
}

// step is one line of a script with what belongs to it.
type step struct {
	line   int
	words  []string
	header http.Header
	body   string
}

func readScript(t *testing.T, file string) []step {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var steps []step
	scanner := bufio.NewScanner(f)
	for n := 1; scanner.Scan(); n++ {
		line := scanner.Text()
		var last *step
		if len(steps) > 0 {
			last = &steps[len(steps)-1]
		}
		name, value, isHeader := strings.Cut(line, ": ")
		switch {
		case strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "":
		case strings.HasPrefix(line, "{") || strings.HasPrefix(line, " ") || strings.HasPrefix(line, "}") || strings.HasPrefix(line, "\t"):
			last.body += line + "\n"
		case isHeader && !strings.Contains(name, " "):
			last.header.Add(name, value)
		default:
			steps = append(steps, step{line: n, words: strings.SplitN(line, " ", 2), header: http.Header{}})
		}
	}
	return steps
}

func runScript(t *testing.T, w *world, file string) {
	client := "hr"
	var answer *http.Response
	for _, s := range readScript(t, file) {
		arg := ""
		if len(s.words) > 1 {
			arg = w.expand(s.words[1])
		}
		switch s.words[0] {
		case "as":
			client = arg
		case "clock":
			w.setClock(arg)
		case "enter":
			w.enter(arg)
		case "block":
			w.must(w.reg.Block(context.Background(), registry.Officer("officer1", "r"), registry.FiscalCode(arg)))
		case "confirm":
			_, err := w.reg.ConfirmHeld(context.Background(), registry.SystemOperator, registry.CompanyID(w.vars["mecc"]))
			w.must(err)
		case "sweep":
			_, err := w.reg.Sweep(context.Background())
			w.must(err)
		case "=>":
			w.compare(t, fmt.Sprintf("%s:%d", file, s.line), answer, s, arg)
		default:
			for name := range s.header {
				s.header.Set(name, w.expand(s.header.Get(name)))
			}
			path := strings.ReplaceAll(strings.ReplaceAll(arg, " ", "%20"), `"`, "%22")
			answer = w.do(client, s.words[0], path, w.expandJSON(s.body), s.header)
		}
		if t.Failed() {
			t.Fatalf("%s:%d: stopped", file, s.line)
		}
	}
	if w.log.Len() > 0 {
		t.Errorf("faults were logged: %s", w.log.String())
	}
}

func (w *world) setClock(s string) {
	w.t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	w.must(err)
	if at.Before(w.now) {
		w.t.Fatalf("clock goes back to %s", s)
	}
	w.now = at
}

func (w *world) expand(s string) string {
	for name, value := range w.vars {
		s = strings.ReplaceAll(s, "{{"+name+"}}", value)
	}
	return s
}

// expandJSON is expand inside of JSON texts.
func (w *world) expandJSON(s string) string {
	for name, value := range w.vars {
		s = strings.ReplaceAll(s, "{{"+name+"}}", strings.ReplaceAll(value, `"`, `\"`))
	}
	return s
}

func (w *world) compare(t *testing.T, where string, answer *http.Response, s step, status string) {
	t.Helper()
	body, err := io.ReadAll(answer.Body)
	w.must(err)
	if strconv.Itoa(answer.StatusCode) != status {
		t.Errorf("%s: status %d, want %s: %s", where, answer.StatusCode, status, body)
		return
	}
	for name := range s.header {
		w.remember(answer.Header.Get(name), s.header.Get(name))
		w.equal(t, where+": "+name, answer.Header.Get(name), s.header.Get(name))
	}
	if s.body == "" {
		return
	}
	var want, got any
	if err := json.Unmarshal([]byte(s.body), &want); err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("%s: %v: %s", where, err, body)
	}
	mustConform(t, where, got)
	w.remember(got, want)
	w.equal(t, where+": body", got, want)
	if t.Failed() {
		t.Logf("%s: %s", where, body)
	}
}

// remember keeps the strings that stand where {{name=}} is written.
func (w *world) remember(got, want any) {
	switch want := want.(type) {
	case map[string]any:
		object, _ := got.(map[string]any)
		for name, v := range want {
			w.remember(object[name], v)
		}
	case []any:
		list, _ := got.([]any)
		for i := range min(len(list), len(want)) {
			w.remember(list[i], want[i])
		}
	case string:
		if name, ok := strings.CutSuffix(want, "=}}"); ok {
			w.vars[strings.TrimPrefix(name, "{{")], _ = got.(string)
		}
	}
}

func (w *world) equal(t *testing.T, where string, got, want any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		object, _ := got.(map[string]any)
		for name, v := range want {
			w.equal(t, where+"."+name, object[name], v)
		}
		return
	case []any:
		list, _ := got.([]any)
		if len(list) != len(want) || got == nil {
			t.Errorf("%s: got %v, want %d elements", where, got, len(want))
			return
		}
		for i, v := range want {
			w.equal(t, fmt.Sprintf("%s[%d]", where, i), list[i], v)
		}
		return
	case string:
		w.equalText(t, where, got, w.expand(want))
		return
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", where, got, want)
	}
}

// equalText compares with a text or with one of the marks that stand for more than themselves; "~x" is a part.
func (w *world) equalText(t *testing.T, where string, got any, want string) {
	t.Helper()
	text, _ := got.(string)
	part, partial := strings.CutPrefix(want, "~")
	ok := got == want
	switch {
	case want == "*", strings.HasSuffix(want, "=}}"):
		ok = got != nil && got != ""
	case want == "!":
		ok = got == nil || got == ""
	case partial:
		ok = strings.Contains(text, part)
	}
	if !ok {
		t.Errorf("%s: got %v, want %s", where, got, want)
	}
}
