package config

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing wrong with the configuration.
type Fault struct {
	Source string // the file or the variable
	Key    string // as in spid.idps[0]; empty when the fault is the source itself
	Msg    string
}

func (f Fault) Error() string {
	if f.Key == "" {
		return f.Source + ": " + f.Msg
	}
	return f.Source + ": " + f.Key + ": " + f.Msg
}

// Faults are all things wrong with the configuration, one a line.
type Faults []Fault

func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// faultsOf collects the faults of one configuration.
type faultsOf struct {
	config *Config
	list   Faults
}

// add notes a fault of key, under the file or the variable that set it. Of the
// faults of one key the first counts: the others follow from it.
func (c *faultsOf) add(key, format string, args ...any) {
	if slices.ContainsFunc(c.list, func(f Fault) bool { return f.Key == key }) {
		return
	}
	source := c.config.file
	set, _, _ := strings.Cut(key, "[") // spid.idps for spid.idps[0]
	if variable, ok := c.config.variables[set]; ok {
		source = variable
	}
	c.list = append(c.list, Fault{Source: source, Key: key, Msg: fmt.Sprintf(format, args...)})
}

// err is the faults as an error, nil when there is none.
func (c *faultsOf) err() error {
	if len(c.list) == 0 {
		return nil
	}
	return c.list
}
