package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

const (
	firstPage = "list of 100, first page"
	lastPage  = "list of 100, last page"
	pageSize  = 100
)

// walk goes to the last full page and keeps the cursor that leads there.
func (w *world) walk() error {
	_, err := w.crowd(1, func(k *worker) error {
		for cursor := ""; ; {
			page, err := k.page(cursor, false)
			if err != nil {
				return err
			}
			if len(page.Resources) == pageSize {
				w.last = cursor
			}
			if cursor = page.NextCursor; cursor == "" {
				return nil
			}
		}
	})
	return err
}

func (k *worker) listFirst() error { return k.list("") }

func (k *worker) listLast() error { return k.list(k.world.last) }

func (k *worker) list(cursor string) error {
	page, err := k.page(cursor, true)
	if err == nil && k.checks() && len(page.Resources) != pageSize {
		err = fmt.Errorf("%d users on a page, expected %d", len(page.Resources), pageSize)
	}
	return err
}

// page asks for a page (RFC 9865 §2); an empty cursor is the first. A timed one is
// read in full now and then only.
func (k *worker) page(cursor string, timed bool) (page userList, err error) {
	path := fmt.Sprintf("/Users?count=%d&cursor=%s", pageSize, url.QueryEscape(cursor))
	var a answer
	if timed {
		a, err = k.timed(http.MethodGet, path, nil, http.StatusOK)
	} else {
		a, err = k.ask(http.MethodGet, path, nil)
		err = a.expect(http.StatusOK, err)
	}
	if err == nil && (!timed || k.checks()) {
		err = json.Unmarshal(a.body, &page)
	}
	return page, err
}
