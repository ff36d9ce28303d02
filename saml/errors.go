package saml

import (
	"errors"
	"log/slog"
	"net/http"

	"varco/registry"
)

// wording is what a person is told of a refusal.
type wording struct {
	status int
	title  string
	text   string
	retry  bool // starting again may help
}

// kindWordings is the one place where a refusal of the registry becomes a page.
var kindWordings = map[registry.Kind]wording{
	registry.Internal:    {http.StatusInternalServerError, "Si è verificato un errore", "L'errore è nostro ed è stato registrato. Riprovare tra qualche minuto.", true},
	registry.Invalid:     {http.StatusBadRequest, "Accesso non riuscito", "Un dato ricevuto non è valido, quindi l'accesso non può proseguire.", true},
	registry.NotFound:    {http.StatusNotFound, "Richiesta scaduta", "La richiesta di accesso è scaduta o è già stata completata. Ripartire dall'applicazione.", true},
	registry.Conflict:    {http.StatusConflict, "Risposta già usata", "Questa risposta è già stata usata una volta. Ripetere l'accesso dall'inizio.", true},
	registry.Forbidden:   {http.StatusForbidden, "Accesso non consentito", "Con questa identità l'accesso richiesto non è consentito. Per chiarimenti rivolgersi all'assistenza.", false},
	registry.Stale:       {http.StatusConflict, "Dati cambiati nel frattempo", "I dati sono cambiati durante l'accesso. Ripetere l'accesso.", true},
	registry.Unavailable: {http.StatusServiceUnavailable, "Servizio non disponibile", "Il servizio non risponde. Riprovare tra qualche minuto.", true},
	registry.TooMany:     {http.StatusTooManyRequests, "Troppe richieste", "Attendere qualche minuto e riprovare.", true},
}

// anomalyWordings are the causes that SPID's providers report, with what SPID wants
// the person to be told (messaggi-errore.rst).
var anomalyWordings = map[int]string{
	19: "Le credenziali inserite più volte non erano corrette. Ripetere l'accesso con quelle giuste.",
	20: "Le credenziali usate non sono del livello richiesto. Chiedere al proprio gestore credenziali del livello giusto.",
	21: "Il tempo per completare l'accesso è scaduto. Ripetere l'accesso senza attendere troppo tra un passo e l'altro.",
	22: "Non è stato dato il consenso all'invio dei dati. Senza il consenso non si può entrare.",
	23: "L'identità è sospesa o revocata, oppure le credenziali sono bloccate. Rivolgersi al proprio gestore di identità.",
	25: "L'accesso è stato annullato. Si può ricominciare.",
	30: "L'identità usata è di un tipo diverso da quello richiesto. Ripetere l'accesso con quella del tipo giusto.",
}

const (
	// ruleProvider marks the refusal of an identity provider that is not configured.
	ruleProvider = "PROVIDER"
	// ruleUnasked marks an answer that nobody asked for, or no longer.
	ruleUnasked = "Response/@InResponseTo"
)

// The wordings of refusals made in this room.
var (
	wordAnomaly   = wording{http.StatusForbidden, "Accesso non riuscito", "Il gestore di identità non ha confermato l'accesso. Riprovare.", true}
	wordOurFault  = wording{http.StatusForbidden, "Accesso non riuscito", "Il gestore di identità non ha accettato la nostra richiesta. L'errore è nostro ed è stato registrato.", false}
	wordRefused   = wording{http.StatusForbidden, "Accesso non riuscito", "Il messaggio ricevuto non ha superato i controlli di sicurezza, quindi non viene accettato.", true}
	wordUnasked   = wording{http.StatusForbidden, "Richiesta scaduta", "La richiesta di accesso a cui il gestore ha risposto è scaduta o è già stata completata. Ripetere l'accesso.", true}
	wordMalformed = wording{http.StatusBadRequest, "Messaggio non leggibile", "Il messaggio ricevuto non è leggibile, quindi non viene accettato.", true}
	wordElsewhere = wording{http.StatusForbidden, "Accesso aperto altrove", "Un altro accesso è stato aperto dopo questo, in un'altra scheda o in un altro browser. Proseguire là, oppure ricominciare da qui.", true}
	wordProvider  = wording{http.StatusNotFound, "Gestore di identità sconosciuto", "Il gestore di identità indicato non è tra quelli ammessi.", true}
)

// wordingOf words any error.
func wordingOf(err error) wording {
	var refusal *Refusal
	var refused *registry.Error
	switch {
	case errors.As(err, &refusal):
		return refusal.wording()
	case errors.As(err, &refused) && refused.Rule == ruleProvider:
		return wordProvider
	case errors.As(err, &refused) && refused.Rule == registry.RuleOtherBrowser:
		return wordElsewhere
	default:
		return kindWordings[registry.KindOf(err)]
	}
}

func (r *Refusal) wording() wording {
	switch {
	case r.Malformed:
		return wordMalformed
	case r.Rule == ruleUnasked:
		return wordUnasked
	case r.Anomaly == 0:
		return wordRefused
	}
	// Anomalies 8 to 18 blame the request, which is ours.
	if r.Anomaly >= 8 && r.Anomaly <= 18 {
		return wordOurFault
	}
	word := wordAnomaly
	if text, known := anomalyWordings[r.Anomaly]; known {
		word.text = text
	}
	return word
}

// refuse answers with a page and writes the one log line of the refusal.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	word := wordingOf(err)
	s.logRefusal(r, word.status, err)
	page := RefusalPage{Title: word.title, Text: word.text, Reference: s.reference(r.Context())}
	if word.retry {
		page.Retry = pathLogin
	}
	s.pages.Page(w, r, word.status, "refusal", page)
}

// logRefusal never writes a message, a token or a codice fiscale: refusals hold none.
func (s *Server) logRefusal(r *http.Request, status int, err error) {
	level := slog.LevelWarn
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	attrs := []slog.Attr{slog.String("request_id", s.reference(r.Context())), slog.Int("status", status), slog.String("error", err.Error())}
	var refusal *Refusal
	if errors.As(err, &refusal) {
		attrs = append(attrs, slog.String("rule", refusal.Rule), slog.Int("spid_case", refusal.Case), slog.Int("anomaly", refusal.Anomaly))
	}
	s.log.LogAttrs(r.Context(), level, "saml refusal", attrs...)
}
