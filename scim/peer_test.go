package scim_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"varco/registry"
	"varco/scim"
	"varco/store/storetest"
)

// from is the answer to a reading with a token from an address.
func (w *world) from(address, token string, header http.Header) int {
	r := httptest.NewRequest(http.MethodGet, "/scim/v2/Users?count=0", nil)
	r.RemoteAddr, r.Header = address, header
	r.Header.Set("Authorization", "Bearer "+token)
	return w.send(r)
}

func (w *world) proving(name string, proof registry.Proof) {
	w.t.Helper()
	w.clientFor(name, registry.NewClient{Company: w.clients["hr"].CompanyID, Scopes: []registry.Scope{registry.ScopeRead}, Proof: proof})
}

func TestClientOfANetwork(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	w.proving("near", registry.Proof{Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/28"), netip.MustParsePrefix("2001:db8::/32")}})
	w.serveWith(w.reg, scim.Config{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}})
	for name, tt := range map[string]struct {
		address, forwarded string
		want               int
	}{
		"inside":                           {"192.0.2.1:1", "", 200},
		"inside, IPv4 written as IPv6":     {"[::ffff:192.0.2.1]:1", "", 200},
		"inside, IPv6":                     {"[2001:db8::1]:1", "", 200},
		"outside":                          {"192.0.2.16:1", "", 401},
		"outside, says it is inside":       {"192.0.2.16:1", "192.0.2.1", 401},
		"by the proxy, inside":             {"10.0.0.7:1", "192.0.2.1", 200},
		"by two proxies, inside":           {"10.0.0.7:1", "192.0.2.1, 10.0.0.8", 200},
		"by the proxy, outside":            {"10.0.0.7:1", "192.0.2.16", 401},
		"by the proxy, outside, has lied":  {"10.0.0.7:1", "192.0.2.1, 192.0.2.16", 401},
		"by the proxy, which does not say": {"10.0.0.7:1", "", 401},
		"by the proxy, which says rubbish": {"10.0.0.7:1", "192.0.2.1, x", 401},
	} {
		h := http.Header{}
		if tt.forwarded != "" {
			h.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := w.from(tt.address, w.tokens["near"], h); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
	r := http.Header{"X-Forwarded-For": {"192.0.2.1"}}
	if status, _ := w.ask(credentials("client_id", string(w.clients["near"].ID), "client_secret", w.tokens["near"]), r); status != 200 {
		t.Errorf("a token, from inside: %d", status) // httptest comes from 192.0.2.1
	}
}

// certificate makes a certificate and its SHA-256.
func certificate(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, sum[:]
}

// A client bound to a certificate comes with it over TLS, or its token is worth nothing (RFC 8705 §3).
func TestClientOfACertificateOverTLS(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	right, sum := certificate(t)
	wrong, _ := certificate(t)
	w.proving("bound", registry.Proof{Certificate: sum})
	server := httptest.NewUnstartedServer(w.handler)
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	defer server.Close()
	for name, tt := range map[string]struct {
		client string
		shown  []tls.Certificate
		want   int
	}{
		"right": {"bound", []tls.Certificate{right}, 200}, "wrong": {"bound", []tls.Certificate{wrong}, 401}, "none": {"bound", nil, 401},
		"not bound, any": {"hr", []tls.Certificate{wrong}, 200}, "not bound, none": {"hr", nil, 200},
	} {
		trust := x509.NewCertPool()
		trust.AddCert(server.Certificate())
		over := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trust, Certificates: tt.shown}}
		r, err := http.NewRequest(http.MethodGet, server.URL+"/scim/v2/Users?count=0", nil)
		w.must(err)
		r.Header.Set("Authorization", "Bearer "+w.tokens[tt.client])
		r.Header.Set("Client-Cert-Sha256", hex.EncodeToString(sum)) // of nobody who is believed
		answer, err := over.RoundTrip(r)
		w.must(err)
		_ = answer.Body.Close()
		over.CloseIdleConnections()
		if answer.StatusCode != tt.want {
			t.Errorf("%s: %d, want %d", name, answer.StatusCode, tt.want)
		}
	}
}

func TestClientOfACertificateByAProxy(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	_, sum := certificate(t)
	_, other := certificate(t)
	w.proving("bound", registry.Proof{Certificate: sum})
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}
	const header = "Client-Cert-Sha256"
	for name, tt := range map[string]struct {
		config  scim.Config
		address string
		shown   string
		want    int
	}{
		"right":                    {scim.Config{Proxies: proxies, CertificateHeader: header}, "10.0.0.7:1", hex.EncodeToString(sum), 200},
		"wrong":                    {scim.Config{Proxies: proxies, CertificateHeader: header}, "10.0.0.7:1", hex.EncodeToString(other), 401},
		"cut short":                {scim.Config{Proxies: proxies, CertificateHeader: header}, "10.0.0.7:1", hex.EncodeToString(sum[:31]), 401},
		"none":                     {scim.Config{Proxies: proxies, CertificateHeader: header}, "10.0.0.7:1", "", 401},
		"from elsewhere":           {scim.Config{Proxies: proxies, CertificateHeader: header}, "10.0.1.7:1", hex.EncodeToString(sum), 401},
		"the header is not agreed": {scim.Config{Proxies: proxies}, "10.0.0.7:1", hex.EncodeToString(sum), 401},
		"no proxy is configured":   {scim.Config{CertificateHeader: header}, "10.0.0.7:1", hex.EncodeToString(sum), 401},
	} {
		w.serveWith(w.reg, tt.config)
		if got := w.from(tt.address, w.tokens["bound"], http.Header{header: {tt.shown}}); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}
