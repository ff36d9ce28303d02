package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	bulkSchema = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	bulkRounds = 3
	bulkMark   = 3.0 // how many times faster than one by one
)

// bulkRequest is RFC 7644 §3.7.
type bulkRequest struct {
	Schemas    []string        `json:"schemas"`
	Operations []bulkOperation `json:"Operations"`
}

type bulkOperation struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	BulkID string          `json:"bulkId"`
	Data   json.RawMessage `json:"data"`
}

type bulkResponse struct {
	Operations []struct {
		Status string `json:"status"`
	} `json:"Operations"`
}

// compareBulk hires as many one by one and in one Bulk, in turn, on one connection.
func compareBulk(out io.Writer, w *world) error {
	if !w.offers.Bulk.Supported {
		fmt.Fprintln(out, "\nBulk: not offered.")
		return nil
	}
	size := min(w.offers.Bulk.MaxOperations, 1_000)
	var shares []float64
	_, err := w.crowd(1, func(k *worker) error {
		for range bulkRounds {
			single, err := k.clock(func() error { return k.oneByOne(size) })
			if err != nil {
				return err
			}
			together, err := k.clock(func() error { return k.bulk(size) })
			if err != nil {
				return err
			}
			shares = append(shares, single.Seconds()/together.Seconds())
		}
		return nil
	})
	if err == nil {
		fmt.Fprintf(out, "\nBulk of %d POSTs, beside as many one by one, one connection each: %.1f times as fast (mark %.0f: %s).\n",
			size, median(shares), bulkMark, met(median(shares) >= bulkMark))
	}
	return err
}

func (k *worker) clock(do func() error) (time.Duration, error) {
	begun := time.Now()
	err := do()
	return time.Since(begun), err
}

func (k *worker) oneByOne(n int) error {
	for range n {
		a, err := k.ask(http.MethodPost, "/Users", k.world.nextHire().document("", ""))
		if err := a.expect(http.StatusCreated, err); err != nil {
			return err
		}
	}
	return nil
}

func (k *worker) bulk(n int) error {
	request := bulkRequest{Schemas: []string{bulkSchema}}
	for i := range n {
		document := k.world.nextHire().document("", "")
		request.Operations = append(request.Operations, bulkOperation{http.MethodPost, "/Users", fmt.Sprint("b", i), document})
	}
	a, err := k.ask(http.MethodPost, "/Bulk", encode(request))
	if err := a.expect(http.StatusOK, err); err != nil {
		return err
	}
	var done bulkResponse
	if err := json.Unmarshal(a.body, &done); err != nil {
		return err
	}
	made := 0
	for _, op := range done.Operations {
		if op.Status == "201" {
			made++
		}
	}
	if made != n {
		return fmt.Errorf("bulk: %d of %d were created: %.300s", made, n, a.body)
	}
	return nil
}
