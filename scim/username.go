package scim

import (
	"strings"
	"unicode"

	scimerrors "github.com/elimity-com/scim/errors"
	"golang.org/x/text/unicode/norm"
)

// checkUserName refuses a user name that people could take for another one (RFC 8264 §4.1, UTS #39 §5.1): whoever reads
// it in a list must be sure whom it means. Since what is kept is in normal form NFKC, [registry.UserNameKey] need only
// see to the case of letters.
func checkUserName(name string) error {
	for _, rule := range []struct {
		broken bool
		why    string
	}{
		{strings.ContainsFunc(name, unicode.IsControl), "holds a control character"},
		{strings.ContainsFunc(name, invisible), "holds an invisible character or one that turns the direction of writing"},
		{!norm.NFKC.IsNormalString(name), "is not in Unicode normal form NFKC"},
		{strings.ContainsFunc(name, unnamed), "holds a character that Unicode assigns to nothing"},
		{strings.TrimSpace(name) != name, "begins or ends with a blank"},
		{len(scriptsOf(name)) > 1, "mixes letters of different scripts: " + strings.Join(scriptsOf(name), ", ")},
	} {
		if rule.broken {
			return refuse(scimerrors.ScimTypeInvalidValue, "userName: %s", rule.why)
		}
	}
	return nil
}

// invisible characters are those that are not shown, or only by what they do to others.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// unnamed characters are private or not assigned.
func unnamed(r rune) bool {
	return unicode.In(r, unicode.Co, unicode.Cn)
}

// alike are the scripts with letters that look like those of another one.
var alike = []struct {
	name  string
	table *unicode.RangeTable
}{
	{"Latin", unicode.Latin}, {"Greek", unicode.Greek}, {"Cyrillic", unicode.Cyrillic}, {"Armenian", unicode.Armenian},
	{"Cherokee", unicode.Cherokee}, {"Coptic", unicode.Coptic}, {"Lisu", unicode.Lisu},
}

// scriptsOf are the scripts among those alike that a text has letters of.
func scriptsOf(s string) []string {
	var found []string
	for _, script := range alike {
		if strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(script.table, r) }) {
			found = append(found, script.name)
		}
	}
	return found
}
