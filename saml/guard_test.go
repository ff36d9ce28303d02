package saml

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMessagesThatAreNotRead(t *testing.T) {
	for name, doc := range map[string]string{
		"nothing":                      "",
		"byte order mark":              "\xef\xbb\xbf<a/>",
		"not UTF-8":                    "<a>\xff</a>",
		"DOCTYPE":                      "<!DOCTYPE a><a/>",
		"entity":                       "<a>&x;</a>",
		"comment":                      "<a><!-- x --></a>",
		"CDATA":                        "<a><![CDATA[x]]></a>",
		"processing instruction":       "<a><?x y?></a>",
		"instruction in front":         "<?x y?><a/>",
		"blank before declaration":     " <?xml version=\"1.0\"?><a/>",
		"declared Latin-1":             `<?xml version="1.0" encoding="ISO-8859-1"?><a/>`,
		"second root":                  "<a/><b/>",
		"text behind":                  "<a/>x",
		"attribute twice":              `<a x="1" x="2"/>`,
		"attribute twice by namespace": `<a xmlns:p="urn:n" xmlns:q="urn:n" p:x="1" q:x="2"/>`,
		"ID twice":                     `<a ID="1"><b ID="1"/></a>`,
		"ID and Id":                    `<a ID="1"><b Id="1"/></a>`,
		"ID and xml:id":                `<a ID="1"><b xml:id="1"/></a>`,
		"two IDs on one element":       `<a ID="1" Id="2"/>`,
		"colons in a name":             `<a:b:c xmlns:a="urn:n"/>`,
		"open":                         "<a>",
		"33 deep":                      strings.Repeat("<a>", 33) + strings.Repeat("</a>", 33),
		"too long":                     "<a>" + strings.Repeat("x", maxXML) + "</a>",
		"2001 elements":                "<a>" + strings.Repeat("<b/>", maxElements) + "</a>",
		"65 attributes":                "<a" + manyAttributes(maxAttrs+1) + "/>",
	} {
		root, err := parseMessage([]byte(doc))
		var refusal *Refusal
		if !errors.As(err, &refusal) || !refusal.Malformed || root != nil {
			t.Errorf("%s: got %v, %v, want malformed", name, root, err)
		}
	}
	for _, doc := range []string{
		`<?xml version="1.0" encoding="UTF-8"?>` + "\n<a ID=\"1\"><b ID=\"2\">&lt;!--&#10;</b></a>\n",
		strings.Repeat("<a>", 32) + strings.Repeat("</a>", 32),
		"<a>" + strings.Repeat("<b/>", maxElements-1) + "</a>",
		"<a" + manyAttributes(maxAttrs) + "/>",
	} {
		if _, err := parseMessage([]byte(doc)); err != nil {
			t.Errorf("%.40s: %v", doc, err)
		}
	}
}

func manyAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` a%d=""`, i)
	}
	return b.String()
}

func deflated(t testing.TB, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(data)
	w.Close()
	return out.Bytes()
}

func TestInflateStopsAtTheLimit(t *testing.T) {
	bomb := deflated(t, make([]byte, 50<<20))
	if _, err := inflate(bomb); err == nil || !strings.Contains(err.Error(), "more than 65536") {
		t.Errorf("bomb of %d bytes: %v", len(bomb), err)
	}
	if out, err := inflate(deflated(t, make([]byte, maxInflated))); err != nil || len(out) != maxInflated {
		t.Errorf("at the limit: %d bytes, %v", len(out), err)
	}
}

func TestRelayState(t *testing.T) {
	for s, ok := range map[string]bool{
		"":                               true,
		"_opaque":                        true,
		"https://app.example.org/?a=b&c": true,
		strings.Repeat("x", maxRelay):    true,
		strings.Repeat("x", maxRelay+1):  false,
		"a\nb":                           false,
		"a\x7fb":                         false,
		"\xff":                           false,
	} {
		if err := checkRelayState(s); (err == nil) != ok {
			t.Errorf("%.20q: %v", s, err)
		}
	}
}

func FuzzRelayState(f *testing.F) {
	f.Add("_a")
	f.Add("a\x00")
	f.Add("\xc3\x28")
	f.Fuzz(func(t *testing.T, s string) {
		if checkRelayState(s) != nil {
			return
		}
		if len(s) > maxRelay || !utf8.ValidString(s) || strings.ContainsAny(s, "\r\n\x00") {
			t.Errorf("accepted %q", s)
		}
	})
}

func FuzzRedirectQuery(f *testing.F) {
	message := url.QueryEscape(base64.StdEncoding.EncodeToString(deflated(f, []byte("<a/>"))))
	f.Add("SAMLRequest=" + message + "&RelayState=x&SigAlg=a&Signature=YQ%3D%3D")
	f.Add("SAMLRequest=" + message + "&SAMLRequest=" + message)
	f.Add("RelayState=%zz&SAMLRequest=")
	f.Fuzz(func(t *testing.T, raw string) {
		m, err := readRedirect(raw, "SAMLRequest")
		if err != nil {
			return
		}
		if len(m.xml) > maxInflated {
			t.Errorf("%d bytes inflated", len(m.xml))
		}
		if m.signature != nil && !strings.HasPrefix(m.signature.text, "SAMLRequest=") {
			t.Errorf("signed text %q", m.signature.text)
		}
		if _, err := parseMessage(m.xml); err != nil && !errors.As(err, new(*Refusal)) {
			t.Errorf("untyped refusal: %v", err)
		}
	})
}
