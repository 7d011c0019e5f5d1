package report

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"io"
	"strings"
)

//go:embed page
var files embed.FS

// script and style are the script and the style sheet of the page, each joined from several files.
var (
	script = joined("dom.js", "chart.js", "table.js", "distribution.js", "budgets.js", "sections.js", "page.js")
	style  = joined("page.css")
	page   = template.Must(template.ParseFS(files, "page/page.html"))
)

// joined returns the concatenated contents of the files.
func joined(names ...string) string {
	var all strings.Builder
	for _, name := range names {
		text, err := files.ReadFile("page/" + name)
		if err != nil {
			panic(err) // the file is embedded
		}
		all.Write(text)
	}
	return all.String()
}

// policy returns the content security policy of a page. A live page may connect to its server and load images from it.
func policy(live bool) string {
	images, connections := "data:", "'none'"
	if live {
		images, connections = "data: 'self'", "'self'"
	}
	return "default-src 'none'; base-uri 'none'; form-action 'none'; script-src '" + hashOf(script) + "'; style-src '" +
		hashOf(style) + "'; img-src " + images + "; connect-src " + connections
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// write writes the page.
func (p pageData) write(w io.Writer) error {
	p.Title = p.title()
	text, err := json.Marshal(p) // escapes <, > and &
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	err = page.Execute(out, map[string]any{
		"Page": p, "Policy": policy(p.Live), "Script": template.JS(script), "Style": template.CSS(style), "Data": template.JS(text),
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

func (p pageData) title() string {
	if len(p.Searches) == 1 {
		return cmp.Or(p.Title, p.Searches[0].Name)
	}
	return cmp.Or(p.Title, "Searches")
}
