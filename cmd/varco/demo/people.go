package demo

import "varco/registry"

// Person is a synthetic person of the sample world. The codes are valid and
// belong to nobody.
type Person struct {
	FiscalCode  registry.FiscalCode
	GivenName   string
	FamilyName  string
	DateOfBirth string // YYYY-MM-DD
	Gender      string
}

// regulars have entered Varco before, as citizens.
var regulars = []Person{
	{"CLLNDR88M28A944B", "Andrea", "Collaudini", "1988-08-28", "M"},
	{"SMLCHR90B51F240B", "Chiara", "Simulini", "1990-02-11", "F"},
	{"FNTPLA82H30F257D", "Paolo", "Fintini", "1982-06-30", "M"},
	{"FNTMRT79P57H223V", "Marta", "Fintoni", "1979-09-17", "F"},
	{"DSMMGR83M59D704A", "Maria Grazia", "D'Esempio", "1983-08-19", "F"},
	{"PRVNIO92C48Z129T", "Ioana", "Provescu", "1992-03-08", "F"},
	{"FOXLAX99A01D612M", "Al", "Fo", "1999-01-01", "M"},
	{"CMPDVD93L07E289P", "Davide", "Campionari", "1993-07-07", "M"},
}

// newcomers have never entered. There are more than one run shows, because a world
// that is kept (-data) uses them up.
var newcomers = []Person{
	{"TSTLCU69A22D548X", "Luca", "Testoni", "1969-01-22", "M"},
	{"VRFSRA70B46Z129U", "Sara", "Verifichi", "1970-02-06", "F"},
	{"BZZFBA71B21Z330F", "Fabio", "Bozzini", "1971-02-21", "M"},
	{"SCHNNA72C47F257L", "Anna", "Schemati", "1972-03-07", "F"},
	{"MTRMRC73C22B819L", "Marco", "Matrici", "1973-03-22", "M"},
	{"FRMLSE74D46F240H", "Elisa", "Formulari", "1974-04-06", "F"},
	{"RGSPRI75D21I462M", "Piero", "Registri", "1975-04-21", "M"},
	{"CTLGLI76B44A944M", "Giulia", "Cataloghi", "1976-02-04", "F"},
	{"PRTDVD77B18H223L", "Davide", "Prototipi", "1977-02-18", "M"},
	{"CLLNNA62A50F257F", "Anna", "Collaudari", "1962-01-10", "F"},
	{"PRVMRC63A25B819Y", "Marco", "Provati", "1963-01-25", "M"},
	{"SMPLSE64B49F240J", "Elisa", "Esemplari", "1964-02-09", "F"},
}

// People is everybody the test identity provider knows.
func People() []Person { return append(append([]Person{}, regulars...), newcomers...) }

// companies of the sample world: the one that the scripts use, and another one to
// try to look into.
var companies = []registry.NewCompany{
	{
		FiscalCode: "09980010368", Name: "Meccanica Fittizia S.p.A.", VATNumber: "09980010368",
		Types: []string{"DATORE_PRIVATO"},
		Units: []registry.NewUnit{
			{Code: "MO01", Name: "Sede legale Modena"},
			{Code: "MO02", Name: "Stabilimento Mirandola"},
			{Code: "MO03", Name: "Magazzino Carpi"},
		},
	},
	{
		FiscalCode: "09980040357", Name: "Logistica Fintoni S.r.l.", VATNumber: "09980040357",
		Types: []string{"DATORE_PRIVATO"},
		Units: []registry.NewUnit{{Code: "RE01", Name: "Sede Reggio Emilia"}},
	},
}
