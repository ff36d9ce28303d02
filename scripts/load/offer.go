package main

import (
	"encoding/json"
	"net/http"
)

// offers is what a server says it can do (RFC 7643 §5, RFC 9865 §3).
type offers struct {
	Pagination struct {
		Cursor bool `json:"cursor"`
	} `json:"pagination"`
	Bulk struct {
		Supported     bool `json:"supported"`
		MaxOperations int  `json:"maxOperations"`
	} `json:"bulk"`
}

// read asks the server what it offers.
func (w *world) read() error {
	_, err := w.crowd(1, func(k *worker) error {
		a, err := k.ask(http.MethodGet, "/ServiceProviderConfig", nil)
		if err := a.expect(http.StatusOK, err); err != nil {
			return err
		}
		return json.Unmarshal(a.body, &w.offers)
	})
	return err
}
