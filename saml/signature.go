package saml

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

// The only algorithms accepted (SPID: RSA, SHA-256 or longer).
var (
	signatureMethods = map[string]x509.SignatureAlgorithm{
		dsig.RSASHA256SignatureMethod:   x509.SHA256WithRSA,
		dsig.RSASHA384SignatureMethod:   x509.SHA384WithRSA,
		dsig.RSASHA512SignatureMethod:   x509.SHA512WithRSA,
		dsig.ECDSASHA256SignatureMethod: x509.ECDSAWithSHA256,
		dsig.ECDSASHA384SignatureMethod: x509.ECDSAWithSHA384,
		dsig.ECDSASHA512SignatureMethod: x509.ECDSAWithSHA512,
	}
	digestMethods = map[string]bool{
		"http://www.w3.org/2001/04/xmlenc#sha256":       true,
		"http://www.w3.org/2001/04/xmldsig-more#sha384": true,
		"http://www.w3.org/2001/04/xmlenc#sha512":       true,
	}
)

const ruleSignature = "Signature"

// verifyEnveloped checks the one enveloped signature of el against each of the
// trusted certificates in turn and returns the element as it was signed: the tree
// read back from the very bytes that were digested. Nothing else may be read after.
//
// What the message says about keys (KeyInfo) is dropped before looking.
func verifyEnveloped(el *etree.Element, certs []*x509.Certificate) (*etree.Element, error) {
	detached, err := detach(el)
	if err != nil {
		return nil, err
	}
	sigs := children(detached, nsSignature, "Signature")
	if len(sigs) != 1 {
		return nil, refuse(0, ruleSignature, "%s has %d signatures, expected 1", el.Tag, len(sigs))
	}
	if err := checkSignatureShape(detached, sigs[0]); err != nil {
		return nil, err
	}
	if info := child(sigs[0], nsSignature, "KeyInfo"); info != nil {
		sigs[0].RemoveChild(info)
	}
	for _, cert := range certs {
		if signed := verifyWith(detached, sigs[0], cert); signed != nil {
			return signed, nil
		}
	}
	return nil, refuse(0, ruleSignature, "%s: no trusted certificate verifies the signature", el.Tag)
}

// detach copies an element out of its document with the namespaces it inherits.
func detach(el *etree.Element) (*etree.Element, error) {
	ctx, err := etreeutils.NSBuildParentContext(el)
	if err != nil {
		return nil, refuse(0, "XML", "the namespaces are broken")
	}
	out, err := etreeutils.NSDetatch(ctx, el)
	if err != nil {
		return nil, refuse(0, "XML", "the namespaces are broken")
	}
	return out, nil
}

// verifyWith returns the signed element, or nil when this certificate does not verify it.
func verifyWith(el, sig *etree.Element, cert *x509.Certificate) *etree.Element {
	if strongKey(cert) != nil {
		return nil
	}
	if key, ok := cert.PublicKey.(*ecdsa.PublicKey); ok {
		if !rawToASN1(sig, key) {
			return nil
		}
	}
	ctx := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{cert}})
	// Metadata makes the key trusted; the certificate around it only carries it and
	// its dates mean nothing (several SPID providers sign with expired ones).
	ctx.Clock = dsig.NewFakeClockAt(cert.NotBefore)
	signed, err := ctx.Validate(el)
	if err != nil || signed == nil { // nil without error: the canonical form was empty
		return nil
	}
	if !isElement(signed, el.NamespaceURI(), el.Tag) {
		return nil
	}
	return signed
}

// rawToASN1 turns the r||s of XML signatures (RFC 6931 §2.3.6) into the form that
// crypto/x509 checks. The value of a signature is not itself signed.
func rawToASN1(sig *etree.Element, key *ecdsa.PublicKey) bool {
	value := child(sig, nsSignature, "SignatureValue")
	raw, err := base64.StdEncoding.DecodeString(stripSpace(value.Text()))
	if err != nil {
		return false
	}
	der, ok := ecdsaASN1(raw, key)
	if ok {
		value.SetText(base64.StdEncoding.EncodeToString(der))
	}
	return ok
}

func ecdsaASN1(raw []byte, key *ecdsa.PublicKey) ([]byte, bool) {
	half := (key.Curve.Params().BitSize + 7) / 8
	if len(raw) != 2*half {
		return nil, false
	}
	der, err := asn1.Marshal(struct{ R, S *big.Int }{
		new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:]),
	})
	return der, err == nil
}

// checkSignatureShape leaves only one way to read a signature: SignedInfo,
// SignatureValue and at most a KeyInfo; one Reference to the parent; the two
// transforms of SAML core §5.4.4; no ds:Object, no parameters.
func checkSignatureShape(parent, sig *etree.Element) error {
	if err := onlyChildren(sig, "SignedInfo SignatureValue", "SignedInfo SignatureValue KeyInfo"); err != nil {
		return err
	}
	info := child(sig, nsSignature, "SignedInfo")
	if err := onlyChildren(info, "CanonicalizationMethod SignatureMethod Reference"); err != nil {
		return err
	}
	ref := child(info, nsSignature, "Reference")
	if err := onlyChildren(ref, "Transforms DigestMethod DigestValue"); err != nil {
		return err
	}
	id, _ := attr(parent, "ID")
	if uri, _ := attr(ref, "URI"); !ncName.MatchString(id) || uri != "#"+id {
		return refuse(0, ruleSignature, "the Reference does not name its parent")
	}
	return checkAlgorithms(info, ref)
}

func checkAlgorithms(info, ref *etree.Element) error {
	canonical := child(info, nsSignature, "CanonicalizationMethod")
	if algorithm(canonical) != nsExcC14N {
		return refuse(0, ruleSignature, "CanonicalizationMethod is not exclusive C14N")
	}
	method := child(info, nsSignature, "SignatureMethod")
	if _, ok := signatureMethods[algorithm(method)]; !ok || len(method.ChildElements()) > 0 {
		return refuse(0, ruleSignature, "SignatureMethod is not RSA or ECDSA with SHA-256 or longer")
	}
	digest := child(ref, nsSignature, "DigestMethod")
	if !digestMethods[algorithm(digest)] || len(digest.ChildElements()) > 0 {
		return refuse(0, ruleSignature, "DigestMethod is not SHA-256 or longer")
	}
	if text(child(ref, nsSignature, "DigestValue")) == "" {
		return refuse(0, ruleSignature, "DigestValue is empty")
	}
	return checkTransforms(child(ref, nsSignature, "Transforms"))
}

func checkTransforms(transforms *etree.Element) error {
	if err := onlyChildren(transforms, "Transform Transform"); err != nil {
		return err
	}
	list := transforms.ChildElements()
	if algorithm(list[0]) != string(dsig.EnvelopedSignatureAltorithmId) || len(list[0].ChildElements()) > 0 {
		return refuse(0, ruleSignature, "the first Transform is not enveloped-signature")
	}
	if algorithm(list[1]) != nsExcC14N {
		return refuse(0, ruleSignature, "the second Transform is not exclusive C14N")
	}
	for _, c := range list[1].ChildElements() {
		if !isElement(c, nsExcC14N, "InclusiveNamespaces") {
			return refuse(0, ruleSignature, "a Transform has parameters")
		}
	}
	return nil
}

func algorithm(el *etree.Element) string {
	a, _ := attr(el, "Algorithm")
	return a
}

// onlyChildren checks that el holds exactly one of the given sequences of ds elements.
func onlyChildren(el *etree.Element, allowed ...string) error {
	var names []string
	for _, c := range el.ChildElements() {
		if c.NamespaceURI() != nsSignature {
			return refuse(0, ruleSignature, "%s holds a foreign element", el.Tag)
		}
		names = append(names, c.Tag)
	}
	got := strings.Join(names, " ")
	for _, want := range allowed {
		if got == want {
			return nil
		}
	}
	return refuse(0, ruleSignature, "%s does not hold exactly %s", el.Tag, allowed[0])
}

// sign puts an enveloped RSA-SHA256 signature into el, right after its Issuer where
// it has one, as the schemas of SAML want it, else in front.
func sign(el *etree.Element, key KeyPair) error {
	ctx, err := dsig.NewSigningContext(key.Key, [][]byte{key.Certificate.Raw})
	if err != nil {
		return err
	}
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	sig, err := ctx.ConstructSignature(el.Copy(), true)
	if err != nil {
		return err
	}
	at := 0
	if issuer := child(el, nsAssertion, "Issuer"); issuer != nil {
		at = issuer.Index() + 1
	}
	el.InsertChildAt(at, sig)
	return nil
}
