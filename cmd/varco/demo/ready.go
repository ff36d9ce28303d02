package demo

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// Ready is the content of the ready file. Scripts outside the project read it:
// names and meaning are a contract. No URL ends in a slash.
type Ready struct {
	BaseURL               string        `json:"base_url"`
	SCIMURL               string        `json:"scim_url"`
	SCIMToken             string        `json:"scim_token"`
	SCIMTokenOtherCompany string        `json:"scim_token_other_company"`
	Company               ReadyCompany  `json:"company"`
	AppURL                string        `json:"app_url"`
	ClockURL              string        `json:"clock_url"`
	People                []ReadyPerson `json:"people"`
}

// ReadyCompany is the company that the tokens' scripts use.
type ReadyCompany struct {
	FiscalCode string   `json:"fiscal_code"`
	Name       string   `json:"name"`
	Units      []string `json:"units"` // codes
}

// ReadyPerson is a person on offer.
type ReadyPerson struct {
	FiscalCode  string `json:"fiscal_code"`
	Name        string `json:"name"`
	FamilyName  string `json:"family_name"`
	FirstAccess bool   `json:"first_access"`
}

// Ready tells where things are under a base URL.
func (w World) Ready(baseURL string) Ready {
	r := Ready{
		BaseURL: baseURL, SCIMURL: baseURL + "/scim/v2", SCIMToken: w.Token, SCIMTokenOtherCompany: w.OtherToken,
		Company: ReadyCompany{FiscalCode: string(w.Company.FiscalCode), Name: w.Company.Name},
		AppURL:  baseURL + AppPath, ClockURL: baseURL + ClockPath,
	}
	for _, u := range w.Units {
		r.Company.Units = append(r.Company.Units, u.Code)
	}
	for _, p := range w.People {
		r.People = append(r.People, ReadyPerson{string(p.FiscalCode), p.GivenName, p.FamilyName, p.FirstAccess})
	}
	return r
}

// Where the sample world hangs on the listener.
const (
	IDPPath   = "/demo/idp"
	AppPath   = "/demo/app"
	ClockPath = "/demo/clock"
)

// Write puts the ready file in place at once: it is written beside and renamed, so
// that whoever waits for it never reads half of it.
func (r Ready) Write(path string) error {
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	beside, err := os.CreateTemp(filepath.Dir(path), ".ready-*")
	if err != nil {
		return err
	}
	defer os.Remove(beside.Name())
	if _, err := beside.Write(append(content, '\n')); err != nil {
		return err
	}
	if err := beside.Close(); err != nil {
		return err
	}
	return os.Rename(beside.Name(), path)
}
