package config

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

const maxFile = 1 << 20 // bytes

// Load reads the file at path over [Default], then the VARCO_ variables of environ
// (as os.Environ gives them) over the file, and validates the outcome. An empty
// path means that the environment says everything. The error, if any, is [Faults]
// with every fault found.
func Load(path string, environ []string) (Config, error) {
	c := Default()
	c.file, c.variables = path, map[string]string{}
	if path == "" {
		c.file = "environment"
	}
	faults := faultsOf{config: &c}
	if path != "" {
		content, err := read(path)
		if err != nil {
			return c, Faults{{Source: path, Msg: err.Error()}}
		}
		if err := wellFormed(content); err != nil {
			return c, Faults{{Source: path, Msg: err.Error()}}
		}
		faults.decode(content)
		c.resolve(filepath.Dir(path))
	}
	faults.environment(environ)
	if c.SPID.EntityID == "" {
		c.SPID.EntityID = c.BaseURL
	}
	faults.validate()
	return c, faults.err()
}

func read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, plain(err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, plain(err)
	}
	if len(content) > maxFile {
		return nil, errors.New("is larger than 1 MiB")
	}
	return content, nil
}

// plain drops the path from an error of os: the fault already tells it.
func plain(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return errors.New("file not found")
	}
	var pathError *os.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// resolve takes relative paths from dir.
func (c *Config) resolve(dir string) {
	for _, leaf := range leavesOf(c) {
		switch v := leaf.value.Addr().Interface().(type) {
		case *File:
			*v = v.in(dir)
		case *[]File:
			for i := range *v {
				(*v)[i] = (*v)[i].in(dir)
			}
		}
	}
	for i := range c.Applications {
		c.Applications[i].Metadata = c.Applications[i].Metadata.in(dir)
	}
	if path, ok := c.Database.sqlite(); ok {
		c.Database = Database("sqlite:" + string(File(path).in(dir)))
	}
}

func (f File) in(dir string) File {
	if f == "" || filepath.IsAbs(string(f)) {
		return f
	}
	return File(filepath.Join(dir, string(f)))
}

// sqlite is the path of an SQLite database, and whether d is one.
func (d Database) sqlite() (path string, ok bool) {
	return strings.CutPrefix(string(d), "sqlite:")
}
