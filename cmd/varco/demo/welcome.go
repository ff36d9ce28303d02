package demo

import (
	_ "embed"
	"io"
	"text/template"
)

//go:embed welcome.txt
var welcomeText string

var welcome = template.Must(template.New("welcome").Parse(welcomeText))

// Welcome prints where things are and a command to paste for each step of the loop.
func (r Ready) Welcome(w io.Writer, database string) error {
	return welcome.Execute(w, struct {
		Ready
		Person   ReadyPerson
		Database string
	}{r, r.People[0], database})
}
