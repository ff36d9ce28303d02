package scim

import "testing"

func TestUserNamesThatCouldBeTakenForAnother(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"anna.rossi@mecc.example", ""},
		{"Dirk Müller", ""},
		{"Ἀλέξανδρος", ""},
		{"иванов-07", ""},
		{"straße", ""},
		{"花子.ハナコ", ""},
		{"CLLTTR65C14F257H", ""},
		{"an\tna", "control character"},
		{"anna\u007f", "control character"},
		{"an\u200bna", "invisible character"},
		{"an\u200dna", "invisible character"},
		{"an\u00adna", "invisible character"},
		{"\ufeffanna", "invisible character"},
		{"anna\u202egpj", "turns the direction"},
		{"anna\u2066", "turns the direction"},
		{"an\ufe0fna", "invisible character"},
		{"an\u115fna", "invisible character"},
		{"ａｎｎａ", "NFKC"},
		{"anna\u00a0rossi", "NFKC"},
		{"u\u0308", "NFKC"},
		{"\u212aarl", "NFKC"},
		{"ﬁrst", "NFKC"},
		{"anna\ue000", "assigns to nothing"},
		{"anna\U000e1234", "assigns to nothing"},
		{"anna ", "begins or ends with a blank"},
		{"аnna", "mixes letters of different scripts: Latin, Cyrillic"},
		{"annα", "mixes letters of different scripts: Latin, Greek"},
		{"раураl.x", "mixes letters of different scripts: Latin, Cyrillic"},
	} {
		t.Run(tt.name, func(t *testing.T) { checkRefusal(t, checkUserName(tt.name), "", tt.want) })
	}
}
