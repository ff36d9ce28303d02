package config

import (
	"reflect"
	"slices"
	"strings"
)

const prefix = "VARCO_"

// Variable is one environment variable and the key that it overrides.
type Variable struct{ Name, Key string }

// Variables lists every variable, in the order of [Config]. Lists are separated by
// commas. Applications can be set in the file only.
func Variables() []Variable {
	var list []Variable
	for _, leaf := range leavesOf(new(Config)) {
		list = append(list, Variable{Name: variableOf(leaf.key), Key: leaf.key})
	}
	return list
}

func variableOf(key string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// leaf is one value of a configuration that a single text can set.
type leaf struct {
	key   string
	value reflect.Value
}

func leavesOf(c *Config) []leaf { return appendLeaves(nil, "", reflect.ValueOf(c).Elem()) }

func appendLeaves(list []leaf, path string, v reflect.Value) []leaf {
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag.Get("json")
		key := strings.TrimPrefix(path+"."+tag, ".")
		field := v.Field(i)
		switch {
		case tag == "" || field.Type() == reflect.TypeFor[[]Application]():
		case field.Kind() == reflect.Struct:
			list = appendLeaves(list, key, field)
		default:
			list = append(list, leaf{key, field})
		}
	}
	return list
}

// foreign are the VARCO_ variables that scripts and tests use.
func foreign(name string) bool {
	return name == "VARCO_VULNDB" || strings.HasPrefix(name, "VARCO_TEST_")
}

// environment sets what the VARCO_ variables of environ say.
func (c *faultsOf) environment(environ []string) {
	leaves := leavesOf(c.config)
	for _, entry := range environ {
		name, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, prefix) || foreign(name) {
			continue
		}
		i := slices.IndexFunc(leaves, func(l leaf) bool { return variableOf(l.key) == name })
		if i < 0 {
			c.list = append(c.list, Fault{Source: name, Msg: "unknown variable"})
			continue
		}
		c.config.variables[leaves[i].key] = name
		if err := setText(leaves[i].value, text); err != nil {
			c.add(leaves[i].key, "%v", err)
		}
	}
}
