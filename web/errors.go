package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"varco/registry"
)

// refusal is what people are told for one kind of refusal.
type refusal struct {
	status int
	title  string
	text   string
}

// refusals is the one place where a refusal of the registry becomes a page.
var refusals = map[registry.Kind]refusal{
	registry.Internal:    {http.StatusInternalServerError, "Si è verificato un errore", "L'errore è nostro ed è stato registrato. Riprovare tra qualche minuto."},
	registry.Invalid:     {http.StatusBadRequest, "Richiesta non valida", "Un dato inviato non è corretto."},
	registry.NotFound:    {http.StatusNotFound, "Pagina non trovata", "L'indirizzo richiesto non esiste."},
	registry.Conflict:    {http.StatusConflict, "Operazione non possibile", "Lo stato attuale dei dati non permette l'operazione."},
	registry.Forbidden:   {http.StatusForbidden, "Operazione non consentita", "Non è permesso eseguire questa operazione."},
	registry.Stale:       {http.StatusPreconditionFailed, "Dati cambiati nel frattempo", "Un'altra operazione ha modificato i dati. Ricaricare la pagina e riprovare."},
	registry.Unavailable: {http.StatusServiceUnavailable, "Servizio non disponibile", "Il servizio non risponde. Riprovare tra qualche minuto."},
	registry.TooMany:     {http.StatusTooManyRequests, "Troppe richieste", "Attendere qualche minuto e riprovare."},
}

// refusalPage is the data of the template "refusal".
type refusalPage struct {
	Title     string
	Text      string
	Reference string // the request id
	Retry     string // a path to start again from; here always empty
}

// Refuse answers err: as a page where the caller reads HTML, else as one line of
// text. An error that the registry did not classify says nothing of itself.
func (p *Pages) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	kind := registry.KindOf(err)
	said := refusals[kind]
	page := refusalPage{Title: said.title, Text: said.text, Reference: RequestID(r.Context())}
	var e *registry.Error
	if kind != registry.Internal && errors.As(err, &e) && e.Msg != "" {
		page.Text += " " + e.Msg
	}
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		p.Page(w, r, said.status, "refusal", page)
		return
	}
	answer(w, said.status, fmt.Sprintf("%s: %s [%s]\n", page.Title, page.Text, page.Reference))
}

// anyRoute is the pattern NotFound is mounted at: it matches what nothing else does.
const anyRoute = "/"

// NotFound answers every path that has no route.
func (p *Pages) NotFound(w http.ResponseWriter, r *http.Request) {
	p.Refuse(w, r, &registry.Error{Kind: registry.NotFound})
}
