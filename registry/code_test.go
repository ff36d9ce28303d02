package registry

import (
	"strings"
	"testing"
)

// Codes of people who do not exist, with right check characters.
var syntheticCodes = []string{
	"CLLTTR65C14F257H", "PRVLCU78L62B819S", "SMPNCL84T31I462U", "SMLLNE75S42E625K",
	"FTTTMS91E09G702Z", "CLLSRN96A58E625P", "CLLNDR88M28A944B", "SMLCHR90B51F240B",
	"FNTPLA82H30F257D", "FNTMRT79P57H223V", "SMPGDU58D05G337E", "SMPBNC87R63G337A",
	"PRVNIO92C48Z129T", "FOXLAX99A01D612M", "DSMMGR83M59D704A", "GNZGUO68H06H294Q",
}

// oddOrder holds each letter at the place of its value in an odd position; the
// digits stand at the letters A to J. A second road to the check character,
// written apart from the table in code.go.
const oddOrder = "BAKPLCQDREVOSFTGUHMINJWZYX"

func withCheck(first15 string) string {
	sum := 0
	for i, c := range first15 {
		if c >= '0' && c <= '9' {
			c = 'A' + c - '0'
		}
		if i%2 == 0 {
			sum += strings.IndexRune(oddOrder, c)
		} else {
			sum += int(c - 'A')
		}
	}
	return first15 + string(rune('A'+sum%26))
}

func TestFiscalCodeValid(t *testing.T) {
	for _, code := range syntheticCodes {
		for _, written := range []string{code, strings.ToLower(code), " " + code + "\n"} {
			got, err := ParseFiscalCode(written)
			if err != nil || string(got) != code {
				t.Errorf("ParseFiscalCode(%q) = %q, %v", written, got, err)
			}
		}
		if got := FiscalCode(code).Folded(); string(got) != code {
			t.Errorf("Folded(%s) = %s, want itself", code, got)
		}
	}
}

// Every one of the 128 ways to replace digits by letters is valid and folds back.
func TestFiscalCodeOmocodia(t *testing.T) {
	places := []int{14, 13, 12, 10, 9, 7, 6}
	for _, code := range syntheticCodes {
		for mask := range 1 << len(places) {
			b := []byte(code[:15])
			for bit, p := range places {
				if mask>>bit&1 == 1 {
					b[p] = "LMNPQRSTUV"[b[p]-'0']
				}
			}
			variant := withCheck(string(b))
			got, err := ParseFiscalCode(variant)
			if err != nil || string(got) != variant {
				t.Fatalf("ParseFiscalCode(%s) = %q, %v", variant, got, err)
			}
			if string(got.Folded()) != code {
				t.Fatalf("Folded(%s) = %s, want %s", variant, got.Folded(), code)
			}
		}
	}
}

func TestFiscalCodePublishedOmocode(t *testing.T) {
	got, err := ParseFiscalCode("SMPMRC85E05F25TU")
	if err != nil || got.Folded() != "SMPMRC85E05F257X" {
		t.Errorf("got %q folded %q, %v; want SMPMRC85E05F257X", got, got.Folded(), err)
	}
}

func TestFiscalCodeRefused(t *testing.T) {
	for _, tc := range []struct{ name, code, want string }{
		{"check character", "CLLTTR65C14F257A", "fiscalCode: check character is A, expected H"},
		{"a letter that folds to one of ours", "ſMPMRC85E05F257X", "fiscalCode: has 17 characters, must have 16"},
		{"check character in lower case", "clltTR65c14f257a", "fiscalCode: check character is A, expected H"},
		{"omocode with the check of its base", "SMPMRC85E05F25TX", "fiscalCode: check character is X, expected U"},
		{"provisional", "09980010368", "fiscalCode: a provisional code of 11 digits cannot be used for a person; the definitive one has 16 characters"},
		{"empty", "", "fiscalCode: has 0 characters, must have 16"},
		{"blank", "   ", "fiscalCode: has 0 characters, must have 16"},
		{"short", "CLLTTR65C14F257", "fiscalCode: has 15 characters, must have 16"},
		{"long", "CLLTTR65C14F257HH", "fiscalCode: has 17 characters, must have 16"},
		{"eleven with a letter", "0998001036A", "fiscalCode: has 11 characters, must have 16"},
		{"blank inside", "CLLTTR 5C14F257H", "fiscalCode: character 7 is not allowed in its place"},
		{"digit in the name", "CLL1TR65C14F257H", "fiscalCode: character 4 is not allowed in its place"},
		{"digit for the month", withCheck("CLLTTR65314F257"), "fiscalCode: character 9 is not allowed in its place"},
		{"letter in the year", withCheck("CLLTTRA5C14F257"), "fiscalCode: character 7 is not allowed in its place"},
		{"letter O for a zero", withCheck("CLLTTR65C1OF257"), "fiscalCode: character 11 is not allowed in its place"},
		{"digit for the comune", withCheck("CLLTTR65C140257"), "fiscalCode: character 12 is not allowed in its place"},
		{"letter in the comune's number", withCheck("CLLTTR65C14F2X7"), "fiscalCode: character 14 is not allowed in its place"},
		{"digit as check", "CLLTTR65C14F2570", "fiscalCode: character 16 is not allowed in its place"},
		{"not ASCII", "CLLTTR65C14F25é", "fiscalCode: character 15 is not allowed in its place"},
		{"month that does not exist", withCheck("CLLTTR65F14F257"), "fiscalCode: character 9 is no month letter"},
		{"day 0", withCheck("CLLTTR65C00F257"), "fiscalCode: day of birth does not exist"},
		{"day 32", withCheck("CLLTTR65C32F257"), "fiscalCode: day of birth does not exist"},
		{"day 40", withCheck("CLLTTR65C40F257"), "fiscalCode: day of birth does not exist"},
		{"31 April", withCheck("CLLTTR65D31F257"), "fiscalCode: day of birth does not exist"},
		{"31 April of a woman", withCheck("CLLTTR65D71F257"), "fiscalCode: day of birth does not exist"},
		{"29 February of a common year", withCheck("CLLTTR65B29F257"), "fiscalCode: day of birth does not exist"},
		{"day 72", withCheck("CLLTTR65C72F257"), "fiscalCode: day of birth does not exist"},
		{"day 32 written with letters", withCheck("CLLTTR65CPNF257"), "fiscalCode: day of birth does not exist"},
	} {
		got, err := ParseFiscalCode(tc.code)
		if got != "" || err == nil || err.Error() != tc.want || KindOf(err) != Invalid {
			t.Errorf("%s: ParseFiscalCode(%q) = %q, %v\nwant %s", tc.name, tc.code, got, err, tc.want)
		}
	}
}

func TestFiscalCodeBirthDays(t *testing.T) {
	for _, first15 := range []string{
		"CLLTTR64B29F257", // leap year
		"CLLTTR00B29F257", // 2000 was one
		"CLLTTR65A31F257", "CLLTTR65T71F257", "CLLTTR65A01F257", "CLLTTR65A41F257",
	} {
		if _, err := ParseFiscalCode(withCheck(first15)); err != nil {
			t.Errorf("%s: %v", first15, err)
		}
	}
	for _, month := range "ABCDEHLMPRST" {
		if _, err := ParseFiscalCode(withCheck("CLLTTR65" + string(month) + "28F257")); err != nil {
			t.Errorf("month %c: %v", month, err)
		}
	}
}

func TestMasked(t *testing.T) {
	for code, want := range map[FiscalCode]string{
		"CLLTTR65C14F257H": "CLL*************", "CL": "***", "": "***",
	} {
		if got := code.Masked(); got != want {
			t.Errorf("Masked(%q) = %q, want %q", code, got, want)
		}
	}
}

func TestCompanyCodeValid(t *testing.T) {
	for written, want := range map[string]string{
		"01944260221":        "01944260221",
		"09980010368":        "09980010368",
		"91998010390":        "91998010390", // an unrecognised body
		"80998010377":        "80998010377", // a public body
		"09700101000":        "09700101000", // check digit 0
		" 0998 0010 368 ":    "09980010368",
		"SMLLNE75S42E625K":   "SMLLNE75S42E625K", // a sole trader
		" smllne75s42e625k ": "SMLLNE75S42E625K",
	} {
		got, err := ParseCompanyCode(written)
		if err != nil || string(got) != want {
			t.Errorf("ParseCompanyCode(%q) = %q, %v; want %q", written, got, err, want)
		}
	}
}

func TestCompanyCodeRefused(t *testing.T) {
	const shape = "company fiscal code: must be 11 digits or 16 characters"
	for written, want := range map[string]string{
		"":                  shape,
		"0998001036":        shape,
		"099800103680":      shape,
		"0998001036A":       shape,
		"0998001036٣":       shape, // an Arabic digit
		"09700110457":       "company fiscal code: check digit is 7, expected 6",
		"09700780523":       "company fiscal code: check digit is 3, expected 2",
		"09701510457":       "company fiscal code: check digit is 7, expected 6",
		"SMLLNE75S42E625A":  "fiscalCode: check character is A, expected K",
		"SMLLNE75S42E625KK": shape,
	} {
		got, err := ParseCompanyCode(written)
		if got != "" || err == nil || err.Error() != want || KindOf(err) != Invalid {
			t.Errorf("ParseCompanyCode(%q) = %q, %v\nwant %s", written, got, err, want)
		}
	}
}

// A check digit that finds no single wrong digit would be none.
func TestCompanyCodeSingleDigits(t *testing.T) {
	const right = "09980010368"
	for place := range right {
		for d := byte('0'); d <= '9'; d++ {
			b := []byte(right)
			b[place] = d
			_, err := ParseCompanyCode(string(b))
			if (err == nil) != (string(b) == right) {
				t.Errorf("%s: %v", b, err)
			}
		}
	}
}

func FuzzFiscalCode(f *testing.F) {
	for _, s := range append(syntheticCodes, "SMPMRC85E05F25TU", "09980010368", "", "\xff", "ſMPMRC85E05F257X") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		code, err := ParseFiscalCode(s)
		if err != nil {
			if KindOf(err) != Invalid || !strings.HasPrefix(err.Error(), "fiscalCode: ") {
				t.Errorf("refusal of %q: %v", s, err)
			}
			return
		}
		again, err := ParseFiscalCode(string(code))
		if err != nil || again != code {
			t.Errorf("%q reads as %q, which reads as %q, %v", s, code, again, err)
		}
		folded, err := ParseFiscalCode(string(code.Folded()))
		if err != nil || folded.Folded() != folded || withCheck(string(code[:15])) != string(code) {
			t.Errorf("%q folds to %q, %v", code, folded, err)
		}
	})
}

func FuzzCompanyCode(f *testing.F) {
	for _, s := range []string{"09980010368", "SMLLNE75S42E625K", "", "\xff", "099 80010368"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		code, err := ParseCompanyCode(s)
		if err != nil {
			if code != "" || KindOf(err) != Invalid {
				t.Errorf("refusal of %q: %q, %v", s, code, err)
			}
			return
		}
		again, err := ParseCompanyCode(string(code))
		if err != nil || again != code {
			t.Errorf("%q reads as %q, which reads as %q, %v", s, code, again, err)
		}
	})
}
