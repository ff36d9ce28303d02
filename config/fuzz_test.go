package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"varco/config"
)

// Whatever the file holds, Load answers with faults that name their source, and
// takes no file that encoding/json, told to be strict, would refuse.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(`{"spid": [{"idps": {}}], "spid": null, "": [[1e9, true]]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "varco.json")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := config.Load(path, nil)
		var faults config.Faults
		if !errors.As(err, &faults) { // spid.key is missing in every folder of this test
			t.Fatalf("no faults: %v", err)
		}
		decodes := true
		for _, fault := range faults {
			if fault.Source != path || fault.Msg == "" {
				t.Errorf("%+v names no source or no reason", fault)
			}
			decodes = decodes && fault.Key != "" && fault.Msg != "unknown key"
		}
		strict := json.NewDecoder(bytes.NewReader(content))
		strict.DisallowUnknownFields()
		if err := strict.Decode(new(config.Config)); decodes && isUnknownField(err) {
			t.Errorf("taken, though %v", err)
		}
	})
}

func isUnknownField(err error) bool {
	return err != nil && bytes.HasPrefix([]byte(err.Error()), []byte("json: unknown field"))
}
