package saml

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"varco/registry"
)

func TestEveryKindIsWorded(t *testing.T) {
	for _, kind := range registry.Kinds() {
		word := wordingOf(fmt.Errorf("wrapped: %w", &registry.Error{Kind: kind, Msg: "secret"}))
		if word.status < 400 || word.status > 599 || word.title == "" || word.text == "" {
			t.Errorf("kind %d: %+v", kind, word)
		}
		if want := kind == registry.Internal || kind == registry.Unavailable; (word.status >= 500) != want {
			t.Errorf("kind %d has status %d", kind, word.status)
		}
	}
	if len(kindWordings) != len(registry.Kinds()) {
		t.Errorf("%d wordings for %d kinds", len(kindWordings), len(registry.Kinds()))
	}
}

func TestRefusalsAreWorded(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		text   string
	}{
		{errors.New("unknown"), http.StatusInternalServerError, kindWordings[registry.Internal].text},
		{refuse(87, "Audience", "x"), http.StatusForbidden, wordRefused.text},
		{malformed("XML", "x"), http.StatusBadRequest, wordMalformed.text},
		{&registry.Error{Kind: registry.Forbidden, Rule: registry.RuleOtherBrowser}, http.StatusForbidden, wordElsewhere.text},
		{&registry.Error{Kind: registry.NotFound, Rule: ruleProvider}, http.StatusNotFound, wordProvider.text},
		{&Refusal{Anomaly: 25}, http.StatusForbidden, anomalyWordings[25]},
		{&Refusal{Anomaly: 24}, http.StatusForbidden, wordAnomaly.text},
		{&Refusal{Anomaly: 16}, http.StatusForbidden, wordOurFault.text},
	} {
		if got := wordingOf(c.err); got.status != c.status || got.text != c.text {
			t.Errorf("%v: got %+v", c.err, got)
		}
	}
}
