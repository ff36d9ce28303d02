package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
)

//go:embed static
var staticFiles embed.FS

// staticRoot is the path under which the embedded files are served. It holds a
// hash of their content, so that browsers may keep them for ever and a new version
// of Varco is seen at once.
var staticRoot = "/static/" + hashFiles(staticFiles) + "/"

// StaticRoute is the ServeMux pattern and the handler of the stylesheet, the
// script and the icon.
func StaticRoute() (pattern string, handler http.Handler) {
	return "GET " + staticRoot + "{file}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		http.ServeFileFS(w, r, staticFiles, "static/"+r.PathValue("file"))
	})
}

// staticURL is the path of an embedded file.
func staticURL(name string) (string, error) {
	if _, err := fs.Stat(staticFiles, "static/"+name); err != nil {
		return "", err
	}
	return staticRoot + name, nil
}

func hashFiles(files fs.FS) string {
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(content), content)
		return err
	})
	if err != nil {
		panic(err) // the files are embedded: they can be read
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}
