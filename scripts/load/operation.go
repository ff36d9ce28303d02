package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// operation is something that is measured.
type operation struct {
	name string
	step func(*worker) error // one request, or two that undo each other
	mark float64             // the least share of the floor's rate on PostgreSQL
	adds bool                // it makes the world larger
}

var operations = []operation{
	{name: "GET /Users/{id}", step: (*worker).get, mark: 0.4},
	{name: "GET /Users?filter=userName eq", step: (*worker).find, mark: 0.4},
	{name: "PATCH active", step: (*worker).endAndReturn, mark: 0.2},
	{name: "POST /Users", step: (*worker).post, mark: 0.2, adds: true},
	{name: "POST /Users, one entitlement", step: (*worker).postEntitled, mark: 0.2, adds: true},
}

// checkEvery is how often an answer is read in full and an effect is read back;
// status and id are checked in all.
const checkEvery = 25

// worker is one connection's work on a world.
type worker struct {
	*client
	world *world
	lane  int // which of the lanes this is
	lanes int
	took  []time.Duration // by each timed request
	made  []employee
}

// timed sends a request whose time counts, and expects a status.
func (k *worker) timed(method, path string, body []byte, status int) (answer, error) {
	begun := time.Now()
	a, err := k.ask(method, path, body)
	k.took = append(k.took, time.Since(begun))
	return a, a.expect(status, err)
}

func (k *worker) checks() bool { return len(k.took)%checkEvery == 0 }

// somebody is an employee whom no other worker picks.
func (k *worker) somebody() employee {
	own := len(k.world.staff) / k.lanes
	return k.world.staff[rand.IntN(own)*k.lanes+k.lane]
}

func (k *worker) get() error {
	e := k.somebody()
	a, err := k.timed(http.MethodGet, "/Users/"+e.id, nil, http.StatusOK)
	if err == nil && k.checks() {
		return e.is(a.body, true)
	}
	return a.names(e, err)
}

func (k *worker) find() error {
	e := k.somebody()
	a, err := k.timed(http.MethodGet, findPath(e.hire), nil, http.StatusOK)
	if err == nil && k.checks() {
		u, err := only(a.body)
		if err != nil {
			return err
		}
		return e.is(encode(u), true)
	}
	return a.names(e, err)
}

func findPath(h hire) string {
	return "/Users?filter=" + strings.ReplaceAll(url.QueryEscape(fmt.Sprintf("userName eq %q", h.userName())), "+", "%20")
}

// endAndReturn ends an employment and opens it again.
func (k *worker) endAndReturn() error {
	e := k.somebody()
	for _, active := range []bool{false, true} {
		_, err := k.timed(http.MethodPatch, "/Users/"+e.id, setActive(active), http.StatusOK)
		if err == nil && k.checks() {
			err = k.readBack(e, active)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (k *worker) post() error { return k.hire(k.world.nextHire(), "") }

func (k *worker) postEntitled() error {
	h := k.world.nextHire()
	return k.hire(h, k.world.unit(h))
}

func (k *worker) hire(h hire, unit string) error {
	a, err := k.timed(http.MethodPost, "/Users", h.document(unit), http.StatusCreated)
	if err != nil {
		return err
	}
	e, err := acknowledged(a, h)
	if err != nil {
		return err
	}
	k.made = append(k.made, e)
	if k.checks() {
		return k.readBack(e, true)
	}
	return nil
}

// readBack asks, off the clock, whether the employee is there and as expected.
func (k *worker) readBack(e employee, active bool) error {
	a, err := k.ask(http.MethodGet, "/Users/"+e.id, nil)
	if err := a.expect(http.StatusOK, err); err != nil {
		return err
	}
	return e.is(a.body, active)
}

// employee is somebody whom a server acknowledged to have hired.
type employee struct {
	hire hire
	id   string
}

// acknowledged reads the answer to a POST.
func acknowledged(a answer, h hire) (employee, error) {
	var u user
	if err := json.Unmarshal(a.body, &u); err != nil {
		return employee{}, err
	}
	e := employee{h, u.ID}
	return e, e.is(a.body, true)
}

// is tells what of the employee a document gets wrong.
func (e employee) is(document []byte, active bool) error {
	var u user
	if err := json.Unmarshal(document, &u); err != nil {
		return err
	}
	if u.ID == "" || u.ID != e.id || u.UserName != e.hire.userName() || u.Varco.FiscalCode != e.hire.fiscalCode() || u.Active != active {
		return fmt.Errorf("expected %q, %s, active %t; read %.600s", e.id, e.hire.userName(), active, document)
	}
	return nil
}

// only reads the one user of a list.
func only(document []byte) (user, error) {
	var found userList
	if err := json.Unmarshal(document, &found); err != nil {
		return user{}, err
	}
	if found.TotalResults != 1 || len(found.Resources) != 1 {
		return user{}, fmt.Errorf("expected one user, found %.600s", document)
	}
	return found.Resources[0], nil
}
