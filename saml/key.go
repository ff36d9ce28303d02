package saml

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
)

// minRSA is the smallest RSA modulus accepted or made, in bits (Avviso SPID 29).
const minRSA = 2048

// KeyPair is a signing key with the certificate that carries its public half.
type KeyPair struct {
	Key         *rsa.PrivateKey
	Certificate *x509.Certificate
}

// ParseKeyPair reads a PEM file that holds an RSA private key (PKCS #1 or PKCS #8)
// and its certificate, in any order.
func ParseKeyPair(data []byte) (KeyPair, error) {
	var kp KeyPair
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if err := kp.take(block); err != nil {
			return KeyPair{}, err
		}
	}
	switch {
	case kp.Key == nil:
		return KeyPair{}, errors.New("key pair: no RSA private key in the file")
	case kp.Certificate == nil:
		return KeyPair{}, errors.New("key pair: no certificate in the file")
	case !kp.Key.PublicKey.Equal(kp.Certificate.PublicKey):
		return KeyPair{}, errors.New("key pair: the certificate belongs to another key")
	}
	return kp, strongKey(kp.Certificate)
}

func (kp *KeyPair) take(block *pem.Block) (err error) {
	switch block.Type {
	case "CERTIFICATE":
		kp.Certificate, err = x509.ParseCertificate(block.Bytes)
	case "RSA PRIVATE KEY":
		kp.Key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PRIVATE KEY":
		var key any
		if key, err = x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			kp.Key, _ = key.(*rsa.PrivateKey)
		}
	}
	if err != nil {
		return fmt.Errorf("key pair: %s: %w", block.Type, err)
	}
	return nil
}

// PEM writes the key pair as ParseKeyPair reads it.
func (kp KeyPair) PEM() ([]byte, error) {
	key, err := x509.MarshalPKCS8PrivateKey(kp.Key)
	if err != nil {
		return nil, fmt.Errorf("key pair: %w", err)
	}
	var out bytes.Buffer
	pem.Encode(&out, &pem.Block{Type: "PRIVATE KEY", Bytes: key})
	pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: kp.Certificate.Raw})
	return out.Bytes(), nil
}

// strongKey refuses keys that are too short to trust: RSA from 2048 bits, the NIST
// curves from P-256.
func strongKey(cert *x509.Certificate) error {
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < minRSA {
			return fmt.Errorf("certificate: RSA key of %d bits, at least %d", key.N.BitLen(), minRSA)
		}
		return nil
	case *ecdsa.PublicKey:
		if key.Curve.Params().BitSize < 256 {
			return fmt.Errorf("certificate: curve %s, at least P-256", key.Curve.Params().Name)
		}
		return nil
	}
	return errors.New("certificate: the key is neither RSA nor ECDSA")
}

// parseCertificate reads the base64 of a ds:X509Certificate.
func parseCertificate(b64 string) (*x509.Certificate, error) {
	der, err := base64.StdEncoding.DecodeString(stripSpace(b64))
	if err != nil {
		return nil, errors.New("certificate: not base64")
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return cert, strongKey(cert)
}
