package saml

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	dsig "github.com/russellhaering/goxmldsig"
)

// detached is a signature beside the text it covers, as the redirect binding has it
// (SAML bindings §3.4.4.1): the text is the raw query, octet for octet as received.
type detached struct {
	text      string
	algorithm string
	value     []byte
}

// verify checks the signature against each certificate in turn.
func (d detached) verify(certs []*x509.Certificate) error {
	algo, ok := signatureMethods[d.algorithm]
	if !ok {
		return refuse(0, "SigAlg", "not RSA or ECDSA with SHA-256 or longer")
	}
	for _, cert := range certs {
		value := d.value
		if key, isEC := cert.PublicKey.(*ecdsa.PublicKey); isEC {
			value, _ = ecdsaASN1(d.value, key)
		}
		if strongKey(cert) == nil && cert.CheckSignature(algo, []byte(d.text), value) == nil {
			return nil
		}
	}
	return refuse(0, "Signature", "no trusted certificate verifies the query")
}

// rawQuery holds the parameters that a query string gives, still escaped.
type rawQuery map[string]string

// splitQuery takes a raw query string apart. A parameter given twice, or one that is
// not expected, could be read in two ways and is refused.
func splitQuery(raw string, expected ...string) (rawQuery, error) {
	if len(raw) > maxForm {
		return nil, malformed("query", "%d bytes, at most %d", len(raw), maxForm)
	}
	q := rawQuery{}
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		if !slices.Contains(expected, name) {
			return nil, malformed("query", "an unexpected parameter")
		}
		if _, twice := q[name]; twice {
			return nil, malformed("query", "%s is given twice", name)
		}
		q[name] = value
	}
	return q, nil
}

// value unescapes one parameter.
func (q rawQuery) value(name string) (string, error) {
	v, err := url.QueryUnescape(q[name])
	if err != nil {
		return "", malformed("query", "%s is not escaped well", name)
	}
	return v, nil
}

// signature takes the detached signature over the named parameters, nil when there is none.
func (q rawQuery) signature(names ...string) (*detached, error) {
	if q["Signature"] == "" && q["SigAlg"] == "" {
		return nil, nil
	}
	algo, err := q.value("SigAlg")
	if err != nil {
		return nil, err
	}
	b64, err := q.value("Signature")
	if err != nil {
		return nil, err
	}
	value, err := base64.StdEncoding.DecodeString(stripSpace(b64))
	if err != nil || len(value) == 0 {
		return nil, malformed("Signature", "not base64")
	}
	return &detached{text: q.join(append(names, "SigAlg")...), algorithm: algo, value: value}, nil
}

// join puts the named parameters back together in that order, without the absent ones.
func (q rawQuery) join(names ...string) string {
	var parts []string
	for _, name := range names {
		if value, given := q[name]; given {
			parts = append(parts, name+"="+value)
		}
	}
	return strings.Join(parts, "&")
}

// redirectMessage is what a redirect carries, unescaped and inflated.
type redirectMessage struct {
	xml        []byte
	relayState string
	signature  *detached // nil: not signed
}

// readRedirect reads the SAMLRequest (or SAMLResponse) of a raw query string.
func readRedirect(raw, param string) (redirectMessage, error) {
	q, err := splitQuery(raw, param, "RelayState", "SAMLEncoding", "SigAlg", "Signature")
	if err != nil {
		return redirectMessage{}, err
	}
	if enc, _ := q.value("SAMLEncoding"); enc != "" && enc != "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE" {
		return redirectMessage{}, malformed("SAMLEncoding", "only DEFLATE is served")
	}
	var m redirectMessage
	if m.xml, err = q.message(param); err != nil {
		return redirectMessage{}, err
	}
	if m.relayState, err = q.value("RelayState"); err != nil {
		return redirectMessage{}, err
	}
	if err = checkRelayState(m.relayState); err != nil {
		return redirectMessage{}, err
	}
	m.signature, err = q.signature(param, "RelayState")
	return m, err
}

func (q rawQuery) message(param string) ([]byte, error) {
	b64, err := q.value(param)
	if err != nil {
		return nil, err
	}
	data, err := decodePost(b64)
	if err != nil {
		return nil, err
	}
	return inflate(data)
}

// redirectURL makes the address that carries a message by redirect, signed.
func redirectURL(location, param string, xml []byte, relayState string, key KeyPair) (string, error) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err = w.Write(xml); err != nil {
		return "", err
	}
	if err = w.Close(); err != nil {
		return "", err
	}
	query := param + "=" + url.QueryEscape(base64.StdEncoding.EncodeToString(packed.Bytes()))
	if relayState != "" {
		query += "&RelayState=" + url.QueryEscape(relayState)
	}
	signed, err := signQuery(query, key)
	if err != nil {
		return "", err
	}
	if strings.Contains(location, "?") {
		return location + "&" + signed, nil
	}
	return location + "?" + signed, nil
}

// signQuery appends SigAlg and Signature to a query string (RSA-SHA256).
func signQuery(query string, key KeyPair) (string, error) {
	query += "&SigAlg=" + url.QueryEscape(dsig.RSASHA256SignatureMethod)
	digest := sha256.Sum256([]byte(query))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key.Key, crypto.SHA256, digest[:])
	if err != nil {
		return "", err
	}
	return query + "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(sig)), nil
}
