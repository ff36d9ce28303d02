package registry

import (
	"fmt"
	"strings"
	"time"
)

// FiscalCode is the code of a natural person [codice fiscale]: 16 upper-case
// characters with a right check character (DM 23/12/1976 n. 13813). It is the one
// key common to every SPID provider, CIE and CNS.
type FiscalCode string

// CompanyCode is the fiscal code of a company [codice fiscale dell'azienda]:
// 11 digits, or the 16 characters of a sole trader's own code.
type CompanyCode string

// The places of a personal code that hold digits, from the right: these are
// replaced by letters when two people would share one code [omocodia].
var digitPlaces = [...]int{14, 13, 12, 10, 9, 7, 6}

const (
	codeLetters      = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	homocodeLetters  = "LMNPQRSTUV" // the letter for each digit 0-9
	monthLetters     = "ABCDEHLMPRST"
	personCodeLength = 16
)

// Values of the characters in odd places (first, third, ...), digits then letters.
var oddDigits = [10]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21}
var oddLetters = [26]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}

// ParseFiscalCode reads a personal code, in any case and with surrounding blanks.
// It accepts the letters of omocodia in the seven digit places. A provisional code
// of 11 digits is refused: it can never reach a first access (REQUIREMENTS B.1).
func ParseFiscalCode(s string) (FiscalCode, error) {
	code := upper(strings.TrimSpace(s))
	if len(code) == 11 && allDigits(code) {
		return "", refuse(Invalid, "fiscalCode: a provisional code of 11 digits cannot be used for a person; the definitive one has 16 characters")
	}
	if len(code) != personCodeLength {
		return "", refuse(Invalid, "fiscalCode: has %d characters, must have 16", len(code))
	}
	if err := checkShape(code); err != nil {
		return "", err
	}
	if want := checkCharacter(code[:15]); code[15] != want {
		return "", refuse(Invalid, "fiscalCode: check character is %c, expected %c", code[15], want)
	}
	if _, err := birthDate(code); err != nil {
		return "", err
	}
	return FiscalCode(code), nil
}

// upper turns the letters a-z into capitals and leaves everything else alone: a
// letter of another alphabet that looks or folds like one of ours is none of ours.
func upper(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, s)
}

// checkShape tests that letters and digits stand where they belong.
func checkShape(code string) error {
	for i := range code {
		c := code[i]
		digitPlace := isDigitPlace(i)
		ok := c >= 'A' && c <= 'Z' && !digitPlace
		if digitPlace {
			ok = c >= '0' && c <= '9' || strings.IndexByte(homocodeLetters, c) >= 0
		}
		if !ok {
			return refuse(Invalid, "fiscalCode: character %d is not allowed in its place", i+1)
		}
	}
	return nil
}

func isDigitPlace(i int) bool {
	for _, p := range digitPlaces {
		if p == i {
			return true
		}
	}
	return false
}

// checkCharacter computes the last character over the first 15.
func checkCharacter(first15 string) byte {
	sum := 0
	for i := range len(first15) {
		c := first15[i]
		odd := i%2 == 0 // the places are counted from one
		switch {
		case odd && c <= '9':
			sum += oddDigits[c-'0']
		case odd:
			sum += oddLetters[c-'A']
		case c <= '9':
			sum += int(c - '0')
		default:
			sum += int(c - 'A')
		}
	}
	return codeLetters[sum%26]
}

// Folded is the code with the letters of omocodia turned back into digits and the
// check character computed anew: every variant of one code folds to the same key.
func (c FiscalCode) Folded() FiscalCode {
	b := []byte(c)
	for _, p := range digitPlaces {
		if i := strings.IndexByte(homocodeLetters, b[p]); i >= 0 {
			b[p] = byte('0' + i)
		}
	}
	b[15] = checkCharacter(string(b[:15]))
	return FiscalCode(b)
}

// Masked shows the code as logs may hold it: the first three characters only.
func (c FiscalCode) Masked() string {
	if len(c) < 3 {
		return "***"
	}
	return string(c[:3]) + "*************"
}

// birthDate reads the day of birth; the century is the one that is not in the
// future of 2100, so only day and month are checked.
func birthDate(code string) (time.Time, error) {
	folded := string(FiscalCode(code).Folded())
	month := strings.IndexByte(monthLetters, folded[8]) + 1
	if month == 0 {
		return time.Time{}, refuse(Invalid, "fiscalCode: character 9 is no month letter")
	}
	var year, day int
	if _, err := fmt.Sscanf(folded[6:8]+" "+folded[9:11], "%d %d", &year, &day); err != nil {
		return time.Time{}, refuse(Invalid, "fiscalCode: day or year of birth is no number")
	}
	if day > 40 {
		day -= 40 // women
	}
	t := time.Date(2000+year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Day() != day || int(t.Month()) != month {
		return time.Time{}, refuse(Invalid, "fiscalCode: day of birth does not exist")
	}
	return t, nil
}

// ParseCompanyCode reads a company's fiscal code: 11 digits with their check
// digit, or a personal code of 16 characters.
func ParseCompanyCode(s string) (CompanyCode, error) {
	code := upper(strings.Join(strings.Fields(s), ""))
	if len(code) == personCodeLength {
		person, err := ParseFiscalCode(code)
		return CompanyCode(person), err
	}
	if len(code) != 11 || !allDigits(code) {
		return "", refuse(Invalid, "company fiscal code: must be 11 digits or 16 characters")
	}
	if want := checkDigit(code[:10]); code[10] != want {
		return "", refuse(Invalid, "company fiscal code: check digit is %c, expected %c", code[10], want)
	}
	return CompanyCode(code), nil
}

// checkDigit computes the eleventh digit of a numeric code (the rule of partita IVA).
func checkDigit(first10 string) byte {
	sum := 0
	for i := range len(first10) {
		d := int(first10[i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) > 0
}
