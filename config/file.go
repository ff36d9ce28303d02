package config

import (
	"crypto/tls"
	"fmt"
	"os"
	"slices"
)

// readable notes a fault unless file can be read.
func (c *faultsOf) readable(key string, file File) bool {
	opened, err := os.Open(string(file))
	if err != nil {
		c.add(key, "%s: %v", file, plain(err))
		return false
	}
	defer opened.Close()
	if info, err := opened.Stat(); err != nil || info.IsDir() {
		c.add(key, "%s: is a folder", file)
		return false
	}
	return true
}

// files checks a list of files, which must differ.
func (c *faultsOf) files(key string, list []File) {
	for i, file := range list {
		item := fmt.Sprintf("%s[%d]", key, i)
		c.readable(item, file)
		if slices.Contains(list[:i], file) {
			c.add(item, "%s: is listed twice", file)
		}
	}
}

// pair loads a certificate and its private key from the two files of section; ok
// is false where a fault was noted.
func (c *faultsOf) pair(section string, certificate, key File) (loaded tls.Certificate, ok bool) {
	certificateKey, keyKey := section+".certificate_file", section+".key_file"
	c.require(certificateKey, string(certificate))
	c.require(keyKey, string(key))
	if certificate == "" || key == "" || !c.readable(certificateKey, certificate) || !c.readable(keyKey, key) {
		return loaded, false
	}
	loaded, err := tls.LoadX509KeyPair(string(certificate), string(key))
	if err != nil {
		c.add(keyKey, "does not go with %s: %v", certificateKey, err)
		return loaded, false
	}
	return loaded, true
}

func (c *faultsOf) applications() {
	for i, a := range c.config.Applications {
		item := fmt.Sprintf("applications[%d]", i)
		c.require(item+".name", a.Name)
		if a.Metadata == "" {
			c.add(item+".metadata", "is missing")
		} else {
			c.readable(item+".metadata", a.Metadata)
		}
		switch {
		case len(a.Profiles) == 0:
			c.add(item+".profiles", `is empty, expected codes of profiles or "*"`)
		case len(a.Profiles) > 1 && slices.Contains(a.Profiles, "*"):
			c.add(item+".profiles", `has "*" beside other codes, expected "*" alone`)
		}
	}
}
