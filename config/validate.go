package config

import (
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	minSecret = 32   // bytes
	minRSA    = 2048 // bits
)

// Validate reports every fault of a configuration, however it was made; Load
// calls it. The error, if any, is [Faults].
func (c Config) Validate() error {
	faults := faultsOf{config: &c}
	faults.validate()
	return faults.err()
}

func (c *faultsOf) validate() {
	c.addresses()
	c.database()
	c.secret()
	c.logging()
	c.limits()
	c.guard()
	c.scim()
	c.tls()
	c.spid()
	c.applications()
}

func (c *faultsOf) addresses() {
	if _, port, err := net.SplitHostPort(c.config.Listen); err != nil {
		c.add("listen", "is not host:port")
	} else if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		c.add("listen", "port is not a number from 0 to 65535")
	}
	c.require("service_name", c.config.ServiceName)
	if c.siteURL("base_url", c.config.BaseURL) && strings.Count(c.config.BaseURL, "/") > 2 {
		c.add("base_url", "has a path, expected scheme and host only, without a slash at the end")
	}
}

// siteURL checks an address that browsers or identity providers are told: https,
// or http on this host for trials.
func (c *faultsOf) siteURL(key, text string) bool {
	u, err := url.Parse(text)
	switch {
	case text == "":
		c.add(key, "is missing")
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		c.add(key, "is not an address such as https://varco.example")
	case u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()):
		return true
	default:
		c.add(key, "scheme is %s, expected https (http on loopback only)", u.Scheme)
	}
	return false
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c *faultsOf) database() {
	path, isSQLite := c.config.Database.sqlite()
	u, err := url.Parse(c.config.Database.Reveal())
	switch {
	case isSQLite && path == "":
		c.add("database", "path is missing after sqlite:")
	case isSQLite:
	case err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql":
		c.add("database", "is neither sqlite:PATH nor postgres://USER:PASSWORD@HOST/NAME")
	case strings.Trim(u.Path, "/") == "":
		c.add("database", "names no database after the host")
	case !c.config.DatabaseUnverified && !staysHere(u) && u.Query().Get("sslmode") != "verify-full":
		c.add("database", "sslmode is %q, expected verify-full towards another host (or database_unverified: true)", u.Query().Get("sslmode"))
	}
}

// staysHere tells whether a PostgreSQL address leads to this host only. A host may
// also be given as a parameter, which then overrides the address, and a path is a
// Unix socket.
func staysHere(u *url.URL) bool {
	hosts := slices.Concat(u.Query()["host"], u.Query()["hostaddr"])
	if u.Hostname() != "" || len(hosts) == 0 {
		hosts = append(hosts, u.Hostname())
	}
	return !slices.ContainsFunc(hosts, func(host string) bool {
		return !isLoopback(host) && !strings.HasPrefix(host, "/") && host != ""
	})
}

func (c *faultsOf) secret() {
	key, file := c.config.SecretKey, c.config.SecretKeyFile
	switch {
	case key == "" && file == "":
		c.add("secret_key_file", "is missing, and so is secret_key")
	case key != "" && file != "":
		c.add("secret_key", "is set together with secret_key_file, expected one of them")
	case key != "":
		c.checkSecret("secret_key", key.Reveal())
	default:
		content, err := os.ReadFile(string(file))
		if err != nil {
			c.add("secret_key_file", "%s: %v", file, plain(err))
			return
		}
		c.checkSecret("secret_key_file", string(content))
	}
}

func (c *faultsOf) checkSecret(key, text string) {
	switch secret, err := decodeSecret(text); {
	case err != nil:
		c.add(key, "is not base64") // err would tell a part of it
	case len(secret) < minSecret:
		c.add(key, "is %d bytes long, expected %d or more", len(secret), minSecret)
	}
}

func decodeSecret(text string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.TrimSpace(text))
}

// Secret is the bytes of secret_key or secret_key_file.
func (c Config) Secret() ([]byte, error) {
	if c.SecretKeyFile == "" {
		return decodeSecret(c.SecretKey.Reveal())
	}
	content, err := os.ReadFile(string(c.SecretKeyFile))
	if err != nil {
		return nil, err
	}
	return decodeSecret(string(content))
}

func (c *faultsOf) tls() {
	if t := c.config.TLS; t != (TLS{}) {
		c.pair("tls", t.CertificateFile, t.KeyFile)
	}
}

func (c *faultsOf) scim() {
	for i, a := range c.config.Proxies.Addresses {
		if _, err := netip.ParsePrefix(a); err != nil {
			c.add(fmt.Sprintf("proxies.addresses[%d]", i), "is not a network such as 10.0.0.0/24")
		}
	}
	if h := c.config.Proxies.CertificateHeader; h != "" && len(c.config.Proxies.Addresses) == 0 {
		c.add("proxies.certificate_header", "is believed of nobody: proxies.addresses is empty")
	}
	c.requests("scim.per_second", c.config.SCIM.PerSecond)
	c.requests("scim.burst", c.config.SCIM.Burst)
}

func (c *faultsOf) requests(key string, n int) {
	if n < 1 || n > 1_000_000 {
		c.add(key, "is %d, expected 1 to 1000000 requests", n)
	}
}

func (c *faultsOf) logging() {
	c.oneOf("log.level", c.config.Log.Level, "debug", "info", "warn", "error")
	c.oneOf("log.format", c.config.Log.Format, "json", "text")
}

func (c *faultsOf) limits() {
	if every := c.config.SweepInterval; every != 0 {
		c.between("sweep_interval", every, time.Second, time.Minute)
	}
	l := c.config.Limits
	if l.BodyBytes < 512<<10 || l.BodyBytes > 16<<20 {
		c.add("limits.body_bytes", "is %d, expected %d to %d", l.BodyBytes, 512<<10, 16<<20)
	}
	if l.HeaderBytes < 32<<10 || l.HeaderBytes > 1<<20 {
		c.add("limits.header_bytes", "is %d, expected %d to %d", l.HeaderBytes, 32<<10, 1<<20)
	}
	c.between("limits.read_header", l.ReadHeader, time.Second, 5*time.Minute)
	c.between("limits.read", l.Read, time.Second, 5*time.Minute)
	c.between("limits.write", l.Write, time.Second, 5*time.Minute)
	c.between("limits.idle", l.Idle, time.Second, 5*time.Minute)
}

func (c *faultsOf) between(key string, d Duration, low, high time.Duration) {
	if time.Duration(d) < low || time.Duration(d) > high {
		c.add(key, "is %v, expected %v to %v", d, low, high)
	}
}

func (c *faultsOf) oneOf(key, text string, allowed ...string) {
	if !slices.Contains(allowed, text) {
		c.add(key, "is %q, expected one of %s", text, strings.Join(allowed, ", "))
	}
}

func (c *faultsOf) require(key, text string) {
	if strings.TrimSpace(text) == "" {
		c.add(key, "is missing")
	}
}

var (
	phone   = regexp.MustCompile(`^\+39\d{6,11}$`)
	ipaCode = regexp.MustCompile(`^\S{1,16}$`)
)

// spid checks what our metadata will say. SPID regole tecniche, metadata; Avviso 29.
func (c *faultsOf) spid() {
	s := c.config.SPID
	if s.EntityID != c.config.BaseURL { // the default, checked already
		c.siteURL("spid.entity_id", s.EntityID)
	}
	c.spidKey()
	c.require("spid.organization.name", s.Organization.Name)
	c.require("spid.organization.display_name", s.Organization.DisplayName)
	c.siteURL("spid.organization.url", s.Organization.URL)
	c.require("spid.contact.ipa_code", s.Contact.IPACode)
	if !ipaCode.MatchString(s.Contact.IPACode) {
		c.add("spid.contact.ipa_code", "is not 1 to 16 characters without blanks")
	}
	if a, err := mail.ParseAddress(s.Contact.Email); err != nil || a.Address != s.Contact.Email {
		c.add("spid.contact.email", "is not an e-mail address")
	}
	if t := s.Contact.Telephone; t != "" && !phone.MatchString(t) {
		c.add("spid.contact.telephone", "is not +39 and digits without blanks")
	}
	if len(s.IdPs) == 0 {
		c.add("spid.idps", "is empty, expected the metadata of one identity provider or more")
	}
	c.files("spid.idps", s.IdPs)
}

// spidKey checks the pair that signs our messages. SPID Avviso 29.
func (c *faultsOf) spidKey() {
	loaded, ok := c.pair("spid", c.config.SPID.CertificateFile, c.config.SPID.KeyFile)
	if !ok {
		return
	}
	if key, ok := loaded.PrivateKey.(*rsa.PrivateKey); !ok || key.N.BitLen() < minRSA {
		c.add("spid.key_file", "is not an RSA key of %d bits or more", minRSA)
	}
}
