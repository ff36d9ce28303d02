package saml

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// signer makes signatures of any shape, each with its cryptography right, so that
// what refuses them is the rule about the shape.
type signer struct {
	key  crypto.Signer
	cert *x509.Certificate
}

func newSigner(t *testing.T, key crypto.Signer) signer {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return signer{key, cert}
}

func rsaSigner(t *testing.T, bits int) signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return newSigner(t, key)
}

func ecSigner(t *testing.T, curve elliptic.Curve) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return newSigner(t, key)
}

// shape is what the signature of a test looks like.
type shape struct {
	method, digest, c14n string
	hash, digestHash     crypto.Hash
	transforms           []string
	uri                  string
	prefixList           string
	info                 func(*etree.Element) // changes SignedInfo before it is signed
	sig                  func(*etree.Element) // changes Signature afterwards
}

func goodShape() shape {
	return shape{
		method: dsig.RSASHA256SignatureMethod, digest: "http://www.w3.org/2001/04/xmlenc#sha256", c14n: nsExcC14N,
		hash: crypto.SHA256, digestHash: crypto.SHA256, uri: "#_1",
		transforms: []string{dsig.EnvelopedSignatureAltorithmId.String(), nsExcC14N},
	}
}

const signedDoc = `<s:Assertion xmlns:s="` + nsAssertion + `" xmlns:xs="urn:xs" ID="_1"><s:Issuer>x</s:Issuer><s:Subject/></s:Assertion>`

// sign returns the document signed in the given shape.
func (s signer) sign(t *testing.T, sh shape) *etree.Element {
	t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromString(signedDoc); err != nil {
		t.Fatal(err)
	}
	root := doc.Root()
	sig := element("ds", nsSignature, "Signature")
	info := add(sig, "ds:SignedInfo", "")
	add(info, "ds:CanonicalizationMethod", "", "Algorithm", sh.c14n)
	add(info, "ds:SignatureMethod", "", "Algorithm", sh.method)
	ref := add(info, "ds:Reference", "", "URI", sh.uri)
	transforms := add(ref, "ds:Transforms", "")
	for _, algorithm := range sh.transforms {
		add(transforms, "ds:Transform", "", "Algorithm", algorithm)
	}
	if sh.prefixList != "" {
		add(transforms.ChildElements()[1], "ec:InclusiveNamespaces", "", "xmlns:ec", nsExcC14N, "PrefixList", sh.prefixList)
	}
	add(ref, "ds:DigestMethod", "", "Algorithm", sh.digest)
	add(ref, "ds:DigestValue", base64.StdEncoding.EncodeToString(digest(t, sh.digestHash, canonical(t, sh.transforms[len(sh.transforms)-1], sh.prefixList, root.Copy()))))
	if sh.info != nil {
		sh.info(info)
	}
	detachedInfo, err := detach(info)
	if err != nil {
		t.Fatal(err)
	}
	add(sig, "ds:SignatureValue", base64.StdEncoding.EncodeToString(s.value(t, sh.hash, digest(t, sh.hash, canonical(t, sh.c14n, "", detachedInfo)))))
	if sh.sig != nil {
		sh.sig(sig)
	}
	root.InsertChildAt(1, sig)
	return reread(t, root)
}

func reread(t *testing.T, root *etree.Element) *etree.Element {
	t.Helper()
	data, err := serialize(root)
	if err != nil {
		t.Fatal(err)
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(data); err != nil {
		t.Fatal(err)
	}
	return doc.Root()
}

func canonical(t *testing.T, algorithm, prefixes string, el *etree.Element) []byte {
	t.Helper()
	c := dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList(prefixes)
	switch algorithm {
	case dsig.CanonicalXML11AlgorithmId.String():
		c = dsig.MakeC14N11Canonicalizer()
	case dsig.CanonicalXML10ExclusiveWithCommentsAlgorithmId.String():
		c = dsig.MakeC14N10ExclusiveWithCommentsCanonicalizerWithPrefixList(prefixes)
	}
	data, err := c.Canonicalize(el)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func digest(t *testing.T, hash crypto.Hash, data []byte) []byte {
	t.Helper()
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

// value signs a digest; ECDSA as r||s (RFC 6931 §2.3.6).
func (s signer) value(t *testing.T, hash crypto.Hash, digest []byte) []byte {
	t.Helper()
	if key, ok := s.key.(*ecdsa.PrivateKey); ok {
		r, v, err := ecdsa.Sign(rand.Reader, key, digest)
		if err != nil {
			t.Fatal(err)
		}
		half := (key.Curve.Params().BitSize + 7) / 8
		out := make([]byte, 2*half)
		r.FillBytes(out[:half])
		v.FillBytes(out[half:])
		return out
	}
	value, err := s.key.Sign(rand.Reader, digest, hash)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestSignatureShapes(t *testing.T) {
	good := rsaSigner(t, 2048)
	foreign := rsaSigner(t, 2048)
	keyInfo := func(cert *x509.Certificate) func(*etree.Element) {
		return func(sig *etree.Element) {
			add(add(add(sig, "ds:KeyInfo", ""), "ds:X509Data", ""), "ds:X509Certificate", base64.StdEncoding.EncodeToString(cert.Raw))
		}
	}
	for name, c := range map[string]struct {
		change func(*shape)
		want   string // part of the refusal; empty: accepted
	}{
		"plain":                    {func(*shape) {}, ""},
		"with its certificate":     {func(s *shape) { s.sig = keyInfo(good.cert) }, ""},
		"with a foreign one":       {func(s *shape) { s.sig = keyInfo(foreign.cert) }, ""},
		"with an empty one":        {func(s *shape) { s.sig = func(sig *etree.Element) { add(sig, "ds:KeyInfo", "") } }, ""},
		"with a prefix list":       {func(s *shape) { s.prefixList = "xs" }, ""},
		"RSA-SHA512":               {func(s *shape) { s.method, s.hash = dsig.RSASHA512SignatureMethod, crypto.SHA512 }, ""},
		"RSA-SHA1":                 {func(s *shape) { s.method, s.hash = dsig.RSASHA1SignatureMethod, crypto.SHA1 }, "SignatureMethod"},
		"SHA-1 digest":             {func(s *shape) { s.digest, s.digestHash = "http://www.w3.org/2000/09/xmldsig#sha1", crypto.SHA1 }, "DigestMethod"},
		"inclusive C14N":           {func(s *shape) { s.c14n = dsig.CanonicalXML11AlgorithmId.String() }, "CanonicalizationMethod"},
		"C14N with comments":       {func(s *shape) { s.c14n = dsig.CanonicalXML10ExclusiveWithCommentsAlgorithmId.String() }, "CanonicalizationMethod"},
		"inclusive transform":      {func(s *shape) { s.transforms[1] = dsig.CanonicalXML11AlgorithmId.String() }, "second Transform"},
		"transform with comments":  {func(s *shape) { s.transforms[1] = dsig.CanonicalXML10ExclusiveWithCommentsAlgorithmId.String() }, "second Transform"},
		"three transforms":         {func(s *shape) { s.transforms = append(s.transforms, nsExcC14N) }, "Transforms does not hold"},
		"transforms turned around": {func(s *shape) { s.transforms[0], s.transforms[1] = s.transforms[1], s.transforms[0] }, "first Transform"},
		"everything referenced":    {func(s *shape) { s.uri = "" }, "name its parent"},
		"two references": {func(s *shape) {
			s.info = func(info *etree.Element) { info.AddChild(info.ChildElements()[2].Copy()) }
		}, "SignedInfo does not hold"},
		"method with a parameter": {func(s *shape) {
			s.info = func(info *etree.Element) { add(info.ChildElements()[1], "ds:HMACOutputLength", "0") }
		}, "SignatureMethod"},
		"enveloped with a parameter": {func(s *shape) {
			s.info = func(info *etree.Element) { add(info.FindElement(".//Transform"), "ds:XPath", "x") }
		}, "first Transform"},
		"Object":        {func(s *shape) { s.sig = func(sig *etree.Element) { add(sig, "ds:Object", "x") } }, "Signature does not hold"},
		"foreign child": {func(s *shape) { s.sig = func(sig *etree.Element) { add(sig, "x", "", "xmlns", "urn:x") } }, "foreign element"},
		"another's key": {func(s *shape) {
			s.sig = func(sig *etree.Element) { sig.FindElement("./SignatureValue").SetText("AAAA") }
		}, "no trusted certificate"},
	} {
		sh := goodShape()
		c.change(&sh)
		signed, err := verifyEnveloped(good.sign(t, sh), []*x509.Certificate{foreign.cert, good.cert})
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want == "" && child(signed, nsSignature, "Signature") != nil:
			t.Errorf("%s: what is returned holds the signature", name)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestSignatureOnce(t *testing.T) {
	s := rsaSigner(t, 2048)
	root := s.sign(t, goodShape())
	root.AddChild(child(root, nsSignature, "Signature").Copy())
	if _, err := verifyEnveloped(reread(t, root), []*x509.Certificate{s.cert}); err == nil || !strings.Contains(err.Error(), "2 signatures") {
		t.Errorf("got %v", err)
	}
}

func TestSignatureKeys(t *testing.T) {
	ec := func(method string, hash crypto.Hash) func(*shape) {
		return func(s *shape) { s.method, s.hash = method, hash }
	}
	for name, c := range map[string]struct {
		s      signer
		change func(*shape)
		ok     bool
	}{
		"RSA 1024": {rsaSigner(t, 1024), func(*shape) {}, false},
		"P-224":    {ecSigner(t, elliptic.P224()), ec(dsig.ECDSASHA256SignatureMethod, crypto.SHA256), false},
		"P-256":    {ecSigner(t, elliptic.P256()), ec(dsig.ECDSASHA256SignatureMethod, crypto.SHA256), true},
		"P-521":    {ecSigner(t, elliptic.P521()), ec(dsig.ECDSASHA512SignatureMethod, crypto.SHA512), true},
		"P-256 cut": {ecSigner(t, elliptic.P256()), func(s *shape) {
			ec(dsig.ECDSASHA256SignatureMethod, crypto.SHA256)(s)
			s.sig = func(sig *etree.Element) { sig.FindElement("./SignatureValue").SetText("AAAA") }
		}, false},
	} {
		sh := goodShape()
		c.change(&sh)
		if _, err := verifyEnveloped(c.s.sign(t, sh), []*x509.Certificate{c.s.cert}); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The same keys sign queries.
func TestDetachedSignatureKeys(t *testing.T) {
	const text = "SAMLRequest=x&SigAlg=y"
	for name, c := range map[string]struct {
		s      signer
		method string
		ok     bool
	}{
		"RSA 2048": {rsaSigner(t, 2048), dsig.RSASHA256SignatureMethod, true},
		"RSA 1024": {rsaSigner(t, 1024), dsig.RSASHA256SignatureMethod, false},
		"P-256":    {ecSigner(t, elliptic.P256()), dsig.ECDSASHA256SignatureMethod, true},
		"SHA-1":    {rsaSigner(t, 2048), dsig.RSASHA1SignatureMethod, false},
	} {
		hash := crypto.SHA256
		if name == "SHA-1" {
			hash = crypto.SHA1
		}
		d := detached{text: text, algorithm: c.method, value: c.s.value(t, hash, digest(t, hash, []byte(text)))}
		if err := d.verify([]*x509.Certificate{c.s.cert}); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		d.text += "x"
		if d.verify([]*x509.Certificate{c.s.cert}) == nil {
			t.Errorf("%s: another text is accepted", name)
		}
	}
}
