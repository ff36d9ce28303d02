package saml

import "fmt"

// Refusal says why a message is not accepted. It never carries a value that
// identifies a person, nor the message itself.
type Refusal struct {
	Case    int    // row of the SPID table of responses; 0 = a rule outside that table
	Rule    string // the place and the rule, e.g. "Assertion/Conditions/NotOnOrAfter"
	Msg     string // what was found and what was expected
	Anomaly int    // NN of the SPID anomaly "ErrorCode nrNN" that the provider reported; else 0
	Status  string // second-level SAML status to answer the application with; "" = no answer can be trusted to reach it
	// Malformed tells that the message was not even read: too long, not XML, two
	// ways to read it.
	Malformed bool
}

// Error gives the rule, the message and the SPID case.
func (r *Refusal) Error() string {
	if r.Case == 0 {
		return r.Rule + ": " + r.Msg
	}
	return fmt.Sprintf("%s: %s (SPID case %d)", r.Rule, r.Msg, r.Case)
}

// refuse makes a refusal of SPID case n (0: none).
func refuse(n int, rule, format string, args ...any) error {
	return &Refusal{Case: n, Rule: rule, Msg: fmt.Sprintf(format, args...)}
}

// malformed makes a refusal of a message that cannot be read.
func malformed(rule, format string, args ...any) error {
	return &Refusal{Rule: rule, Msg: fmt.Sprintf(format, args...), Malformed: true}
}

// answer makes a refusal that is reported to the application with a SAML status.
func answer(status, rule, format string, args ...any) error {
	return &Refusal{Rule: rule, Msg: fmt.Sprintf(format, args...), Status: status}
}
