package saml

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"
)

// Holder names whom a certificate is made for (Avviso SPID 29, public body).
type Holder struct {
	EntityID string // the service provider's entityID, written as uri
	Name     string // display name of the service
	Body     string // name of the public body
	IPACode  string // its code in the index of public administrations
	Locality string // its seat
}

// Object identifiers of Avviso SPID 29.
var (
	oidURI            = asn1.ObjectIdentifier{2, 5, 4, 83}
	oidOrganizationID = asn1.ObjectIdentifier{2, 5, 4, 97}
	oidBasic          = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidKeyUsage       = asn1.ObjectIdentifier{2, 5, 29, 15}
)

// GenerateKeyPair makes an RSA key of 2048, 3072 or 4096 bits and a self-signed
// certificate of the profile that SPID asks of a public service provider (Avviso 29
// v3), valid from one day before now for ten years.
func GenerateKeyPair(h Holder, bits int, now time.Time) (KeyPair, error) {
	if bits < minRSA {
		return KeyPair{}, fmt.Errorf("key pair: %d bits, at least %d", bits, minRSA)
	}
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return KeyPair{}, fmt.Errorf("key pair: %w", err)
	}
	template, err := certificateTemplate(h, now)
	if err != nil {
		return KeyPair{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return KeyPair{}, fmt.Errorf("key pair: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return KeyPair{}, fmt.Errorf("key pair: %w", err)
	}
	return KeyPair{Key: key, Certificate: cert}, nil
}

func certificateTemplate(h Holder, now time.Time) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("key pair: %w", err)
	}
	policies, err := publicPolicies()
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		SerialNumber: serial,
		Subject: pkix.Name{
			CommonName:   h.Name,
			Organization: []string{h.Body},
			Locality:     []string{h.Locality},
			Country:      []string{"IT"},
			ExtraNames: []pkix.AttributeTypeAndValue{
				{Type: oidURI, Value: h.EntityID},
				{Type: oidOrganizationID, Value: "PA:IT-" + h.IPACode},
			},
		},
		NotBefore:          now.AddDate(0, 0, -1),
		NotAfter:           now.AddDate(10, 0, 0),
		SignatureAlgorithm: x509.SHA256WithRSA,
		// Go ignores PolicyIdentifiers when it creates (1.24) and always marks
		// basicConstraints critical, which Avviso 29 forbids: it is given as extra.
		Policies: policies,
		ExtraExtensions: []pkix.Extension{
			{Id: oidBasic, Value: []byte{0x30, 0x00}},                                // CA:FALSE
			{Id: oidKeyUsage, Critical: true, Value: []byte{0x03, 0x02, 0x06, 0xc0}}, // digitalSignature, nonRepudiation
		},
	}, nil
}

// publicPolicies are the certificate policies of a public service provider:
// AgID's own, and the one of SPID (Avviso 29 v3).
func publicPolicies() ([]x509.OID, error) {
	var oids []x509.OID
	for _, s := range []string{"1.3.76.16.6", "1.3.76.16.4.2.1"} {
		oid, err := x509.ParseOID(s)
		if err != nil {
			return nil, fmt.Errorf("key pair: policy: %w", err)
		}
		oids = append(oids, oid)
	}
	return oids, nil
}
