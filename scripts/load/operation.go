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
	name    string
	step    func(*worker) error // one timed request and what undoes it
	mark    float64             // the least share of the floor's rate on PostgreSQL
	adds    bool                // it makes the world larger
	lanes   int                 // connections, where they are not the bench's
	engine  string              // the only one to measure on, where there is one
	cursors bool                // it needs cursors (RFC 9865)
}

var operations = []operation{
	{name: "GET /Users/{id}", step: (*worker).get, mark: 0.5},
	{name: "filter userName eq", step: (*worker).findUserName, mark: 0.45},
	{name: "filter externalId eq", step: (*worker).findExternalID, mark: 0.45},
	{name: "filter fiscalCode eq", step: (*worker).findFiscalCode, mark: 0.45},
	{name: firstPage, step: (*worker).listFirst, mark: 0.6, cursors: true},
	{name: lastPage, step: (*worker).listLast, mark: 0.6, cursors: true},
	{name: addToSmall, step: (*worker).joinSmall, mark: 0.4},
	{name: addToLarge, step: (*worker).joinLarge, mark: 0.4},
	{name: "GET the group of all", step: (*worker).getLarge, mark: 0.6},
	{name: "PATCH active", step: (*worker).endAndReturn, mark: 0.3},
	{name: "POST /Users", step: (*worker).post, mark: 0.3, adds: true},
	{name: "POST /Users, one entitlement", step: (*worker).postEntitled, mark: 0.3, adds: true},
	{name: "POST /Users, 32 connections", step: (*worker).post, mark: 1, adds: true, lanes: 32, engine: "sqlite"},
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

// pick takes one whom no other worker picks.
func (k *worker) pick(from []employee) employee {
	return from[rand.IntN(len(from)/k.lanes)*k.lanes+k.lane]
}

func (k *worker) somebody() employee { return k.pick(k.world.staff) }

func (k *worker) get() error {
	e := k.somebody()
	a, err := k.timed(http.MethodGet, "/Users/"+e.id, nil, http.StatusOK)
	if err == nil && k.checks() {
		return e.is(a.body, true)
	}
	return a.names(e, err)
}

func (k *worker) findUserName() error {
	return k.find(func(h hire) string { return fmt.Sprintf("userName eq %q", h.userName()) })
}

func (k *worker) findExternalID() error {
	return k.find(func(h hire) string { return fmt.Sprintf("externalId eq %q", h.externalID()) })
}

func (k *worker) findFiscalCode() error {
	return k.find(func(h hire) string { return fmt.Sprintf("%s:fiscalCode eq %q", varcoSchema, h.fiscalCode()) })
}

// find searches for somebody by a filter that no other meets.
func (k *worker) find(filter func(hire) string) error {
	e := k.somebody()
	a, err := k.timed(http.MethodGet, filterPath(filter(e.hire)), nil, http.StatusOK)
	if err == nil && k.checks() {
		u, err := only(a.body)
		if err != nil {
			return err
		}
		return e.is(encode(u), true)
	}
	return a.names(e, err)
}

func findPath(h hire) string { return filterPath(fmt.Sprintf("userName eq %q", h.userName())) }

func filterPath(filter string) string {
	return "/Users?filter=" + strings.ReplaceAll(url.QueryEscape(filter), "+", "%20")
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

func (k *worker) post() error { return k.hire(k.world.nextHire(), "", "") }

func (k *worker) postEntitled() error {
	h := k.world.nextHire()
	return k.hire(h, k.world.unit(h), "")
}

func (k *worker) hire(h hire, unit, department string) error {
	a, err := k.timed(http.MethodPost, "/Users", h.document(unit, department), http.StatusCreated)
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
