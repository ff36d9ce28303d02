package saml

import "net/http"

// Renderer draws the pages of this room. The templates belong to the web room;
// cmd hands them in. name is one of "login", "choice", "post", "logout", "refusal",
// and data is the struct of the same name below; "logout" takes a PostPage that the
// person sends.
type Renderer interface {
	Page(w http.ResponseWriter, r *http.Request, status int, name string, data any)
}

// LoginPage ("login") lists the identity providers, already in random order
// (SPID button rules: no provider may be favoured).
type LoginPage struct {
	Providers []ProviderLink
	Note      string // an Italian sentence above the list, e.g. after a logout; may be empty
}

// ProviderLink is one identity provider of the login page.
type ProviderLink struct {
	Name string // as the provider's metadata shows it, e.g. "Poste ID"
	URL  string // a path of this site that starts the login, already escaped
}

// ChoicePage ("choice") asks in whose name the person acts ("Opera come"). The
// form posts to Action with the hidden field "flow" = Flow and the radio field
// "acting_for" = Choice.Value; no radio is selected beforehand.
type ChoicePage struct {
	Action      string
	Flow        string   // opaque; goes back unchanged
	Person      string   // name and family name
	Application string   // display name of the application waited for; empty when there is none
	Choices     []Choice // companies by name, then the citizen
}

// Choice is one radio button of the choice page.
type Choice struct {
	Value string // the company's codice fiscale, or "citizen"
	Label string // the company's name, or "Cittadino"
	Note  string // the codice fiscale of the company; empty for the citizen
}

// PostPage ("post") only carries a message on: a form that posts Fields to Action.
// It works without script: it has a visible submit button with no name and no value.
type PostPage struct {
	Action string
	Fields []Field // all hidden
	Note   string  // an Italian sentence that says where the form leads
}

// Field is one hidden field of a PostPage.
type Field struct{ Name, Value string }

// RefusalPage ("refusal") tells a person, in plain Italian, why the way ends here.
type RefusalPage struct {
	Title     string // short, e.g. "Accesso non riuscito"
	Text      string // what happened and what can be done; one or two sentences
	Reference string // number to quote to the help desk; the log has the same
	Retry     string // path that starts again; empty when that would not help
}
