package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"varco/config"
)

func TestSecretsAreNotPrinted(t *testing.T) {
	c := config.Default()
	c.SecretKey = "hidden-key"
	c.Database = "postgres://varco:hidden-password@db.example/varco?password=hidden-too"

	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("x", "config", c, "key", c.SecretKey, "database", c.Database)
	}
	marshalled, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	printed := log.String() + string(marshalled)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		printed += fmt.Sprintf(verb+verb+verb+verb, c, &c, c.SecretKey, c.Database)
	}
	printed += fmt.Sprint(c.Validate())
	if i := strings.Index(printed, "hidden"); i >= 0 {
		t.Errorf("a secret is shown: ...%s", printed[max(0, i-80):i+20])
	}
	if i := strings.Index(printed, fmt.Sprintf("%x", "hidden")); i >= 0 {
		t.Error("a secret is shown in hexadecimal")
	}
	if !strings.Contains(printed, "postgres://varco@db.example/varco") {
		t.Error("the database's address is not shown at all")
	}
	if c.SecretKey.Reveal() != "hidden-key" || !strings.Contains(c.Database.Reveal(), "hidden-too") {
		t.Error("the secret cannot be had back")
	}
}

func TestUnreadableDatabaseAddressIsNotPrinted(t *testing.T) {
	if got := fmt.Sprint(config.Database("postgres://varco:hidden%@db.example")); strings.Contains(got, "hidden") {
		t.Errorf("shown: %s", got)
	}
}
