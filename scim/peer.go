package scim

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// peer is whom a request comes from, as the connection tells; headers are believed only of a trusted proxy.
type peer struct {
	address     netip.Addr
	certificate []byte // SHA-256 of the client's TLS certificate; nil: none was shown
}

func (s *server) peer(r *http.Request) peer {
	var p peer
	if port, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		p.address = port.Addr().Unmap()
	}
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		sum := sha256.Sum256(r.TLS.PeerCertificates[0].Raw)
		p.certificate = sum[:]
	}
	if !s.trusted(p.address) {
		return p
	}
	p.certificate = s.forwardedCertificate(r) // the other is the proxy's own
	p.address = s.forwarded(r, p.address)
	return p
}

// forwardedCertificate is the one that the proxy says it was shown. Where the header comes twice a client may have
// written one of them.
func (s *server) forwardedCertificate(r *http.Request) []byte {
	values := r.Header.Values(s.config.CertificateHeader)
	if s.config.CertificateHeader == "" || len(values) != 1 {
		return nil
	}
	sum, err := hex.DecodeString(values[0])
	if err != nil || len(sum) != sha256.Size {
		return nil
	}
	return sum
}

// forwarded is the last address of X-Forwarded-For that is no proxy of ours: what stands before it anybody may have
// written.
func (s *server) forwarded(r *http.Request, last netip.Addr) netip.Addr {
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		a, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return last
		}
		if last = a.Unmap(); !s.trusted(last) {
			return last
		}
	}
	return last
}

func (s *server) trusted(a netip.Addr) bool {
	return slices.ContainsFunc(s.config.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// key names the peer among strangers: of IPv6 the network, since one host has many addresses.
func (p peer) key() string {
	if p.address.Is6() {
		network, _ := p.address.Prefix(64)
		return network.String()
	}
	return p.address.String()
}
