// Package config reads the one file that varco serve is run with, and the
// environment variables that override it.
//
// Reading is strict: an unknown key, a key written twice, a value of the wrong
// type and anything after the closing brace are faults, and every fault names the
// file (or the variable) and the key. Secrets are never printed.
//
// It imports the standard library only, and is imported by cmd only.
//
// Start reading at [Config] (what can be set), then [Load] and validate.go.
package config

import (
	"time"
)

// Config is everything that can be set. Keys in the file are the names in the
// tags; the variable of the key spid.entity_id is VARCO_SPID_ENTITY_ID (see
// [Variables]). Durations are Go strings such as "1s" or "2m30s". Relative paths
// in the file are taken from the file's own folder, in variables from the
// working directory.
type Config struct {
	Listen      string `json:"listen"`       // host:port; default 127.0.0.1:8080
	BaseURL     string `json:"base_url"`     // what people's browsers see: https://host, without a path; http on loopback only
	ServiceName string `json:"service_name"` // at the head of every page; default Varco

	// Database is sqlite:PATH (the default, varco.db) or a postgres:// URL. Towards
	// a host that is not this one sslmode must be verify-full, unless
	// DatabaseUnverified says that something else protects the connection.
	Database           Database `json:"database"`
	DatabaseUnverified bool     `json:"database_unverified"`

	// SecretKey or SecretKeyFile holds 32 bytes or more in base64. Tokens, cookies
	// and pairwise ids depend on it: changing it ends all sessions and tokens.
	SecretKey     Secret `json:"secret_key"`
	SecretKeyFile File   `json:"secret_key_file"`

	Log           Log           `json:"log"`
	SweepInterval Duration      `json:"sweep_interval"` // between two looks for deadlines passed: 1s (default) to 1m, or 0s for never
	Limits        Limits        `json:"limits"`
	TLS           TLS           `json:"tls"`
	Proxies       Proxies       `json:"proxies"`
	SCIM          SCIM          `json:"scim"`
	SPID          SPID          `json:"spid"`
	Applications  []Application `json:"applications"`

	file      string            // where it was read from, for faults
	variables map[string]string // key to the variable that set it
}

// Log says what is logged and how; it goes to standard error.
type Log struct {
	Level  string `json:"level"`  // debug, info (default), warn, error
	Format string `json:"format"` // json (default) or text
}

// Limits bounds what one request may cost.
type Limits struct {
	BodyBytes   int      `json:"body_bytes"`   // default 1 MiB; 512 KiB to 16 MiB
	HeaderBytes int      `json:"header_bytes"` // default 64 KiB; 32 KiB to 1 MiB
	ReadHeader  Duration `json:"read_header"`  // default 5s; each from 1s to 5m
	Read        Duration `json:"read"`         // default 15s
	Write       Duration `json:"write"`        // default 30s
	Idle        Duration `json:"idle"`         // default 60s
}

// TLS makes Varco speak https itself; without it something in front of it does.
type TLS struct {
	CertificateFile File `json:"certificate_file"` // PEM, leaf first
	KeyFile         File `json:"key_file"`         // PEM
	// ClientCertificates asks SCIM clients for a certificate, so that they can be bound to it.
	ClientCertificates bool `json:"client_certificates"`
}

// Proxies are what stands in front of Varco and is believed about whom a request comes from.
type Proxies struct {
	Addresses []string `json:"addresses"` // networks such as 10.0.0.0/24; their X-Forwarded-For is believed
	// CertificateHeader is where they put the SHA-256, in hexadecimal, of the TLS certificate that a SCIM client
	// showed them. They must drop it from what clients send.
	CertificateHeader string `json:"certificate_header"`
}

// SPID is Varco as a service provider of the Italian digital identity.
type SPID struct {
	EntityID        string       `json:"entity_id"`        // default base_url; never changes once registered
	CertificateFile File         `json:"certificate_file"` // PEM; SPID Avviso 29
	KeyFile         File         `json:"key_file"`         // PEM, RSA of 2048 bits or more
	Organization    Organization `json:"organization"`
	Contact         Contact      `json:"contact"`
	IdPs            []File       `json:"idps"` // metadata of the identity providers
}

// Organization is the body that runs the service, as its metadata tell.
type Organization struct {
	Name        string `json:"name"`
	DisplayName string `json:"display_name"`
	URL         string `json:"url"`
}

// Contact is whom identity providers write to: an office, never a person.
type Contact struct {
	IPACode    string `json:"ipa_code"`    // code in the index of public administrations
	FiscalCode string `json:"fiscal_code"` // optional
	Email      string `json:"email"`
	Telephone  string `json:"telephone"` // optional; +39 and digits
}

// Application is a portal that people reach through Varco.
type Application struct {
	Metadata File   `json:"metadata"` // its SAML metadata
	Name     string `json:"name"`     // shown to people
	// Profiles are the codes of the profiles it may learn of, or "*" for all.
	Profiles []string `json:"profiles"`
}

// Default is the configuration that a file and the environment change.
func Default() Config {
	return Config{
		Listen:        "127.0.0.1:8080",
		ServiceName:   "Varco",
		Database:      "sqlite:varco.db",
		Log:           Log{Level: "info", Format: "json"},
		SweepInterval: Duration(time.Second),
		Limits: Limits{
			BodyBytes:   1 << 20,
			HeaderBytes: 64 << 10,
			ReadHeader:  Duration(5 * time.Second),
			Read:        Duration(15 * time.Second),
			Write:       Duration(30 * time.Second),
			Idle:        Duration(60 * time.Second),
		},
		SCIM: SCIM{PerSecond: 100, Burst: 1000, Guard: Guard{Percent: 20, Minimum: 5}},
	}
}
