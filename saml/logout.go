package saml

import (
	"net/http"

	"varco/registry"
)

// askLogout shows the form that ends the login, for links and bookmarks. It waits
// for the person: a link on another site must not log anybody out.
func (s *Server) askLogout(w http.ResponseWriter, r *http.Request) error {
	s.pages.Page(w, r, http.StatusOK, "logout", PostPage{Action: pathLogout, Note: "Uscita: con l'accesso si chiudono anche le sessioni nelle applicazioni."})
	return nil
}

// logout ends the login of this browser and every application session that came from
// it. Who is not logged in any more is out already.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) error {
	err := s.reg.Leave(r.Context(), secretOf(r, cookieLogin), s.reference(r.Context()))
	if err != nil && registry.KindOf(err) != registry.NotFound {
		return err
	}
	s.clear(w, cookieLogin)
	http.Redirect(w, r, pathLogin+"?uscita", http.StatusSeeOther)
	return nil
}

// refuseSPIDLogout stands at the address that SPID's metadata must name. A login of
// level 2 or 3 opens no session at the provider, so none has reason to ask; who asks
// all the same is told the truth.
func (s *Server) refuseSPIDLogout(w http.ResponseWriter, r *http.Request) error {
	s.pages.Page(w, r, http.StatusNotImplemented, "refusal", RefusalPage{
		Title: "Uscita non eseguita", Reference: s.reference(r.Context()), Retry: pathLogout,
		Text: "L'uscita chiesta dal gestore di identità non è ancora servita. Da qui si può uscire da questo servizio.",
	})
	return nil
}

// showSPMetadata serves what SPID's providers load.
func (s *Server) showSPMetadata(w http.ResponseWriter, _ *http.Request) error {
	return writeMetadata(w, s.sp.Metadata)
}

// showIdPMetadata serves what applications load.
func (s *Server) showIdPMetadata(w http.ResponseWriter, _ *http.Request) error {
	return writeMetadata(w, s.issuer.Metadata)
}

func writeMetadata(w http.ResponseWriter, build func() ([]byte, error)) error {
	data, err := build()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/samlmetadata+xml")
	w.Write(data)
	return nil
}
